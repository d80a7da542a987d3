import { useState } from 'react'
import type { CommandResult } from '../../../store/commands.ts'
import type { JobAction } from '../../api.ts'
import { useRefusal } from '../access.ts'
import { refresh } from '../api/cache.ts'
import { ApiFailure, send } from '../api/client.ts'
import { toast } from '../components/toasts.tsx'
import { counted } from '../format/number.ts'
import { openDialog } from '../shell/opened-dialog.ts'
import { ACTIONS } from './actions.ts'

const CHANGED = ['jobs', 'queues', 'workers', 'operations']

export interface JobActions {
  /** Why this person may not; undefined when they may. */
  reason(action: JobAction): string | undefined
  /** Does it to one job; asks before what cannot be undone. */
  one(action: JobAction, id: string, name: string, then?: () => void): void
  /** Does it to each of some jobs. */
  many(action: JobAction, ids: readonly string[], then?: () => void): void
  busy: boolean
}

/** What can be done to jobs: does it, says what came of it, and has everything looked at again. */
export function useJobActions(): JobActions {
  const refusal = useRefusal()
  const [busy, setBusy] = useState(false)

  const attempt = async (work: () => Promise<void>) => {
    setBusy(true)
    try {
      await work()
    } finally {
      setBusy(false)
      refresh(CHANGED)
    }
  }
  const doOne = (action: JobAction, id: string, then?: () => void) =>
    attempt(async () => {
      const { result } = await send<{ result: 'done' | 'requested' }>('POST', `jobs/${id}/${action}`)
      const { done } = ACTIONS[action]
      toast({ tone: 'good', text: result === 'requested' ? 'Asked to stop: it ends within its grace.' : `${done}.` })
      then?.()
    })
  const doMany = (action: JobAction, ids: readonly string[], then?: () => void) =>
    attempt(async () => {
      const { results } = await send<{ results: CommandResult[] }>('POST', 'jobs/actions', { action, ids })
      toast(summary(action, results))
      then?.()
    })

  return {
    busy,
    reason: (action) => refusal(`jobs.${action}`),
    one(action, id, name, then) {
      if (action !== 'delete') return void doOne(action, id, then).catch(tell(action))
      openDialog({
        kind: 'confirm',
        title: `Delete ${name}?`,
        text: `Job ${id} ${ACTIONS.delete.means.one}.`,
        button: 'Delete',
        danger: true,
        onConfirm: () => doOne(action, id, then),
      })
    },
    many(action, ids, then) {
      if (action !== 'delete') return void doMany(action, ids, then).catch(tell(action))
      openDialog({
        kind: 'confirm',
        title: `Delete ${counted(ids.length, 'job')}?`,
        text: `They ${ACTIONS.delete.means.many}.`,
        button: 'Delete',
        danger: true,
        onConfirm: () => doMany(action, ids, then),
      })
    },
  }
}

/** What came of it: how many, and how many had moved on. */
export function summary(action: JobAction, results: readonly CommandResult[]) {
  const changed = results.filter(({ result }) => result === 'done' || result === 'requested').length
  const rest = results.length - changed
  const text = `${ACTIONS[action].done} ${counted(changed, 'job')}`
  if (rest === 0) return { tone: 'good', text: `${text}.` } as const
  return { tone: 'wait', text: `${text}; ${counted(rest, 'job')} had moved on or gone.` } as const
}

function tell(action: JobAction) {
  return (error: unknown) => {
    const message = error instanceof Error ? error.message : String(error)
    const moved = error instanceof ApiFailure && error.body.status ? ` It is ${error.body.status} now.` : ''
    toast({ tone: 'bad', text: `${ACTIONS[action].name} did not work. ${message}${moved}` })
  }
}
