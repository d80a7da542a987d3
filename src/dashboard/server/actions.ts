import type { JobStatus } from '../../core/job.ts'
import type { CommandResult } from '../../store/commands.ts'
import type { Store } from '../../store/store.ts'
import type { JobAction } from '../api.ts'
import type { Permission } from './auth/permissions.ts'
import { Problem } from './problem.ts'
import { jobMissing } from './reads/logs.ts'

interface Action {
  /** The statuses that a job must have for it. */
  from: readonly JobStatus[]
  permission: Permission
  /** What it is refused with in every other status. */
  only: string
  run: (store: Store, ids: readonly string[]) => Promise<CommandResult[]>
}

/** What a person can do to a job. */
export const ACTIONS: Readonly<Record<JobAction, Action>> = {
  retry: {
    from: ['failed', 'cancelled'],
    permission: 'jobs.retry',
    only: 'only a failed or cancelled job can be retried',
    run: (store, ids) => store.retry(ids),
  },
  'run-now': {
    from: ['pending'],
    permission: 'jobs.run-now',
    only: 'only a pending job can be made due',
    run: (store, ids) => store.runNow(ids),
  },
  cancel: {
    from: ['pending', 'running'],
    permission: 'jobs.cancel',
    only: 'only a job that has not ended can be cancelled',
    run: (store, ids) => store.cancel(ids),
  },
  delete: {
    from: ['pending', 'completed', 'failed', 'cancelled'],
    permission: 'jobs.delete',
    only: 'a running job cannot be deleted: cancel it first',
    run: (store, ids) => store.delete(ids),
  },
}

export const ACTION_NAMES = Object.keys(ACTIONS) as JobAction[]

export function actionsOf(status: JobStatus): JobAction[] {
  return ACTION_NAMES.filter((name) => ACTIONS[name].from.includes(status))
}

/** What an action on one job is answered with when it could not be done. */
export function refusalOf(action: JobAction, { id, result, status }: CommandResult): Problem | undefined {
  if (result === 'missing') return jobMissing(id)
  if (result !== 'state') return undefined
  const message = `job ${id} is ${status ?? 'in another state'} by now: ${ACTIONS[action].only}`
  return new Problem(409, { code: 'JOB_STATE', message, ...(status === undefined ? {} : { status }) })
}
