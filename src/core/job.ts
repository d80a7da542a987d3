import type { AttemptOutcome } from './outcome.ts'

/** A UUIDv7 in its canonical text form. Made by the client, so that an enqueue can be repeated safely. */
export type JobId = string

/** The five stored statuses; everything finer (delayed, retrying, cancelling…) is a {@link Job.reason}. */
export const JOB_STATUSES = ['pending', 'running', 'completed', 'failed', 'cancelled'] as const
export type JobStatus = (typeof JOB_STATUSES)[number]

/** The statuses that a job ends in. A finished job changes only when a person retries it. */
export type FinalStatus = Exclude<JobStatus, 'pending' | 'running'>

/** An error as it is stored and shown: plain data, with its whole chain of causes. */
export interface JobError {
  name: string
  message: string
  stack?: string
  code?: string
  cause?: JobError
}

/** One execution of a job, as `offstage.jobs.get` shows it. */
export interface JobAttempt {
  attempt: number
  outcome: AttemptOutcome | null
  workerId: string | null
  startedAt: Date
  finishedAt: Date | null
  error: JobError | null
}

/** One stored unit of background work, as queries return it. `JSON.stringify` gives the documented JSON. */
export interface Job {
  id: JobId
  class: string
  method: string
  /** With `"[secret]"` for each secret. */
  args: unknown[]
  status: JobStatus
  /** Why it is in that status: `delayed`, `retrying`, `paused`, `claimed`, `cancelling`, `moving`, or how it ended. */
  reason: string | null
  priority: number
  queue: string
  /** Attempts started so far; 0 before the first. */
  attempt: number
  /** Attempts it may use. Crashes and snoozes spend none, so each of them raises it by one. */
  maxAttempts: number
  runAt: Date
  createdAt: Date
  startedAt: Date | null
  finishedAt: Date | null
  progress: unknown
  result: unknown
  error: JobError | null
  tags: string[]
}

/** A job with the history of its attempts. */
export interface JobDetail extends Job {
  attempts: JobAttempt[]
}

/** What a single enqueue answers: `duplicate` when a job of that id was stored before. */
export interface Enqueued {
  id: JobId
  status: 'created' | 'duplicate'
}
