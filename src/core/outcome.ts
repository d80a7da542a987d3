import type { JobError } from './job.ts'

/** How an attempt ended, as it is stored and shown. */
export const ATTEMPT_OUTCOMES = ['completed', 'failed', 'cancelled', 'timed_out', 'crashed', 'snoozed'] as const
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number]

/**
 * What running an attempt came to. Outcomes are values: whatever a job throws, returns or does to its process
 * becomes one of these, and `core/transition` alone decides what it means for the job.
 */
export type Outcome =
  | { kind: 'completed'; result?: string | undefined }
  | {
      kind: 'failed'
      error: JobError
      /** False when the job may not be retried: it said so, `retryIf` did, or it was never allowed to run. */
      retry: boolean
      /** The delay that the handler's own backoff function asked for, or `spared` does; else the policy's backoff. */
      retryInMs?: number | undefined
      /** True when the handler's code did not run at all (not allowed, arguments refused, expired). */
      unstarted?: boolean | undefined
      /** True when it was no fault of the job but of where it ran: it is tried again and spends no retry. */
      spared?: boolean | undefined
    }
  | { kind: 'timed_out'; error: JobError }
  | { kind: 'cancelled'; error?: JobError | undefined }
  /** The process or thread that ran it died under it. */
  | { kind: 'crashed'; error: JobError }
  | { kind: 'snoozed'; delayMs: number }
  /** Given back without having spent an attempt: never started, or the worker is stopping. */
  | { kind: 'released' }
