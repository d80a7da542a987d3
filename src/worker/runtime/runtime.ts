import type { Outcome } from '../../core/outcome.ts'
import type { Severity } from '../../store/queried.ts'

/** All that a job's code is given to know: what a runtime hands to the place where the code runs. */
export interface AttemptInput {
  id: string
  class: string
  method: string
  /** The argument list, as JSON text. */
  args: string
  attempt: number
  maxAttempts: number
}

/** What a running attempt tells while it runs. */
export interface AttemptHooks {
  /** The code begins now: it had to wait for a child to be ready, say, which is no part of how long it runs. */
  onStart?(): void
  onLog(severity: Severity, text: string): void
  /** `value` is JSON text. */
  onProgress(value: string): void
}

/** Why an attempt is stopped: the outcome's kind if it obeys or has to be killed. */
export type StopReason = 'cancelled' | 'timed_out' | 'released'

/** A running attempt, from the worker's side. */
export interface RunningAttempt {
  /**
   * Never rejects. Settles once: with what the code came to, or with what stopped it. Code that was done at once has
   * no promise: at 100,000 jobs a second it would cost more than the job.
   */
  readonly outcome: Outcome | Promise<Outcome>
  /**
   * Aborts the attempt's signal now; what still runs after `graceMs` is killed (`process`, `thread`) or given up
   * (`inline`). Either way the outcome is then the reason's. A second call can only shorten the grace.
   */
  stop(reason: StopReason, graceMs: number): void
}

/** A place where attempts run. One for each kind of isolation in a worker. */
export interface Runtime {
  start(input: AttemptInput, hooks: AttemptHooks): RunningAttempt
  /** Starts what the first attempt will need, so that it need not wait for it. */
  warm?(): void
  /** Ends every child now. Attempts that still run there come out as `released`. */
  close(): Promise<void>
}
