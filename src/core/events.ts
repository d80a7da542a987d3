import type { JobError, JobId } from './job.ts'
import { checkFunction, checkOneOf } from './options.ts'

/** What every event about a job says of it. */
export interface JobEventBase {
  id: JobId
  class: string
  method: string
  queue: string
}

/** What every event about an attempt says of it. */
export interface AttemptEventBase extends JobEventBase {
  attempt: number
  maxAttempts: number
  /** Null when no worker held it: it was cancelled or expired while it was pending. */
  workerId: string | null
}

/** Everything that `offstage.on` can tell, in this process: by name, what the listener gets. */
export interface OffstageEvents {
  /**
   * An enqueue was stored. `args` is JSON text, with `"[secret]"` for each secret. `inTransaction`: in one of the
   * caller's own, so that the job exists only if that commits, which nobody here hears of.
   */
  dispatched: JobEventBase & {
    args: string
    priority: number
    runAt: Date | null
    delayMs: number
    inTransaction: boolean
  }
  running: AttemptEventBase & { args: string }
  completed: AttemptEventBase & { durationMs: number }
  /** An attempt failed, timed out or crashed, and the job runs again. */
  retrying: AttemptEventBase & { error: JobError; nextAttemptAt: Date; outcome: 'failed' | 'timed_out' | 'crashed' }
  /** The job failed for good. */
  failed: AttemptEventBase & { error: JobError; reason: string | null }
  cancelled: AttemptEventBase & { durationMs: number | null }
  snoozed: AttemptEventBase & { nextAttemptAt: Date }
  /** Given back without having spent an attempt. */
  released: AttemptEventBase
  /** A late write about an attempt that is no longer the worker's own was refused. */
  stale: AttemptEventBase & { write: 'settle' | 'log' | 'progress' }
  /** The worker, not a job: it started, stopped, lost its lease, or cannot reach the database. */
  worker: { workerId: string; state: WorkerState; message: string }
}

const NAMES: Readonly<Record<EventName, true>> = {
  dispatched: true,
  running: true,
  completed: true,
  retrying: true,
  failed: true,
  cancelled: true,
  snoozed: true,
  released: true,
  stale: true,
  worker: true,
}

/** @throws OffstageError OPTION_INVALID for a name that nothing is told by, or for what is no function. */
export function checkListener(name: unknown, listener: unknown): void {
  checkOneOf(name, Object.keys(NAMES), 'the name of an event')
  checkFunction(listener ?? null, 'the listener of an event')
}

export type WorkerState = 'started' | 'stopping' | 'stopped' | 'lost' | 'database-away' | 'database-back' | 'warning'

export type EventName = keyof OffstageEvents
export type Listener<Name extends EventName> = (event: OffstageEvents[Name]) => void

/**
 * A typed emitter. A listener that throws does not harm the engine: its error goes to `onError`.
 * `has` lets the hot path skip building events that nobody listens to.
 */
export class Events {
  #listeners = new Map<EventName, Set<Listener<never>>>()
  #onError: (error: unknown) => void

  constructor(onError: (error: unknown) => void = () => {}) {
    this.#onError = onError
  }

  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void {
    let set = this.#listeners.get(name)
    if (set === undefined) {
      set = new Set()
      this.#listeners.set(name, set)
    }
    set.add(listener as Listener<never>)
    return () => void set.delete(listener as Listener<never>)
  }

  has(name: EventName): boolean {
    return (this.#listeners.get(name)?.size ?? 0) > 0
  }

  emit<Name extends EventName>(name: Name, event: OffstageEvents[Name]): void {
    const set = this.#listeners.get(name)
    if (set === undefined) return
    for (const listener of set) {
      try {
        ;(listener as Listener<Name>)(event)
      } catch (error) {
        this.#onError(error)
      }
    }
  }
}
