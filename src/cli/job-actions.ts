import type { JobStatus } from '../core/job.ts'

/** What a person can do to a job, by the name of the store's command. */
export type Change = 'cancel' | 'retry' | 'runNow' | 'delete'

interface Action {
  /** As it is typed. */
  command: string
  /** The statuses that a job must have for it. */
  from: readonly JobStatus[]
  /** Why it is refused for every other. */
  only: string
  /** As in `12 jobs cancelled`. */
  done: string
}

export const ACTIONS: Readonly<Record<Change, Action>> = {
  cancel: {
    command: 'cancel',
    from: ['pending', 'running'],
    only: 'only a job that has not ended can be cancelled',
    done: 'cancelled',
  },
  retry: {
    command: 'retry',
    from: ['failed', 'cancelled'],
    only: 'only a failed or cancelled job can be retried',
    done: 'runs again',
  },
  runNow: {
    command: 'run-now',
    from: ['pending'],
    only: 'only a pending job can be made due',
    done: 'due now',
  },
  delete: {
    command: 'delete',
    from: ['pending', 'completed', 'failed', 'cancelled'],
    only: 'a running job cannot be deleted',
    done: 'deleted',
  },
}

/** Why a job in this status does not allow it, and what it does allow. */
export function refusal(change: Change, status: JobStatus): string {
  const possible = Object.values(ACTIONS)
    .filter(({ from }) => from.includes(status))
    .map(({ command }) => command)
  return `${ACTIONS[change].only}; possible now: ${possible.join(', ')}`
}
