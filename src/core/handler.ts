import type { HandlerPolicy } from './policy.ts'
import type { StandardSchemaV1 } from './standard-schema.ts'

/** Where a handler's code runs. See the isolation table in the README. */
export type Isolation = 'process' | 'thread' | 'inline'

/** A time span: a number of seconds, or text such as `'250ms'`, `'10s'`, `'5m'`, `'2h'`, `'1d'`. */
export type Duration = number | string

/**
 * How long to wait before the next attempt.
 * A number or text is a fixed delay; a list gives the delay after the 1st, 2nd… attempt, its last one repeating.
 */
export type Backoff =
  | Duration
  | readonly Duration[]
  | { type: 'fixed'; delay: Duration }
  | {
      type: 'exponential'
      /** The first delay; default 1 s. */
      delay?: Duration
      /** What each further delay is multiplied by; default 2. */
      factor?: number
      /** The longest delay; default 1 h. */
      max?: Duration
      /** The share of the delay that is random, 0 to 1; default 0.2. */
      jitter?: number
    }
  | BackoffFunction

/** Gets the number of the attempt that failed (1 for the first) and its error; returns the delay. */
export type BackoffFunction = (attempt: number, error: Error) => Duration

/** What makes two jobs of a method the same: their arguments (`true`), or a key; and for how long, at least. */
export type Unique = boolean | string | { key?: string; for?: Duration }

export type Priority = 'high' | 'medium' | 'low' | number

/** What an enqueue policy gets and gives: the options of a job that is about to be stored. */
export interface EnqueueTerms {
  /** Larger runs first. */
  priority: number
  /** Seconds from now. */
  delay: number
  retries: number
}

/** A pure strategy that decides the start delay and the retries of a job when it is enqueued. */
export type EnqueuePolicy = (terms: Readonly<EnqueueTerms>) => { delay: number; retries: number }

/** What can be set for a handler in the allow-list; `runBackgroundJob` options override it job by job. */
export interface HandlerOptions {
  /** Extra attempts after the first. Default: `MAX_RETRIES`, else 3. */
  retries?: number
  backoff?: Backoff
  /** Asked after a failure, in the job's own process; `false` fails the job at once. */
  retryIf?: (error: unknown) => boolean
  /** How long an attempt may run before it is stopped; none by default. */
  timeout?: Duration
  isolation?: Isolation
  /** What a crash of the process means: run again (default; spends no retry) or fail. */
  onCrash?: 'retry' | 'fail'
  /** MiB of memory (resident for `process`, heap for `thread`) above which the child is replaced or ended. */
  memoryLimit?: number
  /** How many attempts a warm child runs before it is replaced. Default: 1,000, but at most one a minute. */
  maxJobsPerChild?: number
  /** A job not started within this time fails with the reason `expired`. */
  expiresIn?: Duration
  priority?: Priority
  queue?: string
  tags?: readonly string[]
  /**
   * Only one at a time: while a job of this method with the same arguments, or with the same `key`, is pending or running,
   * and for so long after it was stored, another one is not stored. `true`, a key, or both a key and a time.
   */
  unique?: Unique
  /** Computes the start delay and the retries of each job from its options; such as `priorityWeighted`. */
  policy?: EnqueuePolicy
  /** Any Standard Schema of the argument list: checked at enqueue and again before execution. */
  args?: StandardSchemaV1
  /** Makes the instance for an attempt, instead of `new Class()`. */
  create?: () => object | Promise<object>
}

/** An allow-listed method of a class, with its options resolved. The registry holds one for each. */
export interface Handler {
  readonly className: string
  readonly method: string
  readonly target: new () => object
  /** As written, over the defaults. The engine reads numbers and spans from `policy`. */
  readonly options: Readonly<HandlerOptions>
  readonly isolation: Isolation
  readonly policy: HandlerPolicy
}
