import { useState } from 'react'
import { toast } from '../components/toasts.tsx'
import { refresh } from './cache.ts'
import { send } from './client.ts'

/** Sends commands that have no form of their own: says what came of each, and has the topics looked at again. */
export function useCommand(topics: readonly string[]) {
  const [busy, setBusy] = useState<string | undefined>()
  const run = async (method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, done: string, body?: unknown) => {
    setBusy(path)
    try {
      await send(method, path, body)
      toast({ tone: 'good', text: done })
    } catch (error) {
      toast({ tone: 'bad', text: `That did not work. ${error instanceof Error ? error.message : String(error)}` })
      throw error
    } finally {
      setBusy(undefined)
      refresh(topics)
    }
  }
  return {
    /** The path that is being sent, if any. */
    busy,
    run: (...command: Parameters<typeof run>) => void run(...command).catch(() => undefined),
    /** The same, for a dialog that stays open when it did not work. */
    tried: run,
  }
}
