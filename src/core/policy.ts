import type { Backoff } from './handler.ts'

/** A handler's options, checked and in the engine's own units. What is undefined is not set. */
export interface HandlerPolicy {
  readonly retries: number
  readonly backoff: Backoff
  readonly timeoutMs: number | undefined
  readonly onCrash: 'retry' | 'fail'
  readonly memoryLimit: number | undefined
  readonly maxJobsPerChild: number
  readonly expiresInMs: number | undefined
  readonly priority: number
  readonly queue: string
  readonly tags: readonly string[]
  readonly unique: UniquePolicy | undefined
}

/** Without a key, it is the arguments that have to differ. */
export interface UniquePolicy {
  readonly key: string | undefined
  readonly forMs: number | undefined
}

/** What a job was enqueued with that differs from its handler, as plain data: it is stored as JSON. */
export interface JobPolicy {
  timeoutMs?: number
  backoff?: Exclude<Backoff, (...args: never[]) => unknown>
  onCrash?: 'retry' | 'fail'
}

/** What decides about one attempt of one job. */
export type AttemptPolicy = Pick<HandlerPolicy, 'backoff' | 'timeoutMs' | 'onCrash'>

/** Of a handler that is not in the registry, and so says nothing. */
export const NO_POLICY: AttemptPolicy = { backoff: 0, timeoutMs: undefined, onCrash: 'retry' }

/** The job's own policy over its handler's. Without one, the handler's own object: the common case costs nothing. */
export function attemptPolicy(handler: AttemptPolicy, jobPolicy: string | undefined): AttemptPolicy {
  if (jobPolicy === undefined) return handler
  const own = JSON.parse(jobPolicy) as JobPolicy
  return {
    backoff: own.backoff ?? handler.backoff,
    timeoutMs: own.timeoutMs ?? handler.timeoutMs,
    onCrash: own.onCrash ?? handler.onCrash,
  }
}
