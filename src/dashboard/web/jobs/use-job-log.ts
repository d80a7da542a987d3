import { useEffect, useState } from 'react'
import type { LogEntry, LogPage } from '../../api.ts'
import { ApiFailure, get } from '../api/client.ts'

export interface JobLogState {
  lines: readonly LogEntry[]
  live: boolean
  loading: boolean
  error: ApiFailure | undefined
  retry: () => void
}

const EVERY_MS = 1000

/**
 * What an attempt has logged, and what it logs while it runs: each look asks only for what has come since.
 * @param watch True while more may come: looked at again even when the last look said that it had ended.
 */
export function useJobLog(id: string, attempt: number, watch: boolean): JobLogState {
  const [lines, setLines] = useState<readonly LogEntry[]>([])
  const [state, setState] = useState<{ live: boolean; loading: boolean; error?: ApiFailure }>({
    live: false,
    loading: true,
  })
  const [tries, setTries] = useState(0)

  // biome-ignore lint/correctness/useExhaustiveDependencies: another try begins again
  useEffect(() => {
    const stop = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    let after = 0
    setLines([])
    setState({ live: false, loading: true })

    const look = async () => {
      try {
        if (document.visibilityState === 'visible') {
          const page = await get<LogPage>(`jobs/${id}/logs`, { attempt, after }, stop.signal)
          const moved = page.next > after
          after = page.next
          if (page.lines.length > 0) setLines((before) => [...before, ...page.lines])
          setState({ live: page.live, loading: false })
          if (moved && page.lines.length > 0) return void look()
          if (!page.live && !watch) return
        }
        timer = setTimeout(look, EVERY_MS)
      } catch (error) {
        if (!stop.signal.aborted)
          setState({ live: false, loading: false, ...(error instanceof ApiFailure && { error }) })
      }
    }
    void look()
    return () => {
      stop.abort()
      clearTimeout(timer)
    }
  }, [id, attempt, watch, tries])

  return { lines, live: state.live, loading: state.loading, error: state.error, retry: () => setTries(tries + 1) }
}
