import type { FinalStatus, JobError, JobId, JobStatus } from '../core/job.ts'
import type { AttemptRef } from './store.ts'

/** What a command did to each job it named. `state`: the job is in a state that does not allow it. */
export interface CommandResult {
  id: JobId
  result: 'done' | 'requested' | 'missing' | 'state'
  /** With `state`: the one that it is in; undefined when it is on its way to another database. */
  status?: JobStatus
  /** With `done`: what was changed. */
  job?: AttemptRef
}

/** A job that was failed because nobody started it in time. */
export interface ExpiredJob extends AttemptRef {
  error: JobError
}

export interface Retention {
  /** Milliseconds to keep a finished job, by its final status. Infinity keeps it. */
  completed: number
  failed: number
  cancelled: number
  /** How many are kept at most, the newest, by final status. Looked at once for all that goes because of it. */
  most?: { readonly [status in FinalStatus]?: number } | undefined
}
