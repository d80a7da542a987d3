import { OffstageError } from '../core/errors.ts'
import type { Job, JobDetail, JobId } from '../core/job.ts'
import type { Store } from '../store/store.ts'
import { type Connection, closedError } from './connection.ts'
import { jobNotFound } from './job-ids.ts'

/** How often to look when nothing wakes. */
const POLL_MS = 500
/** A busy database wakes all the time: looks are at least so far apart. */
const GAP_MS = 10
const CHUNK = 500

interface Wait {
  id: JobId
  resolve: (job: JobDetail) => void
  reject: (error: unknown) => void
}

/** Waits for jobs to end: any number of them with one query a look. */
export class Waiter {
  readonly #connection: Connection
  readonly #waits = new Set<Wait>()
  /** Set while somebody looks. */
  #alarm: Alarm | undefined

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** @throws OffstageError WAIT_TIMEOUT, JOB_NOT_FOUND, CLOSED */
  wait(id: JobId, timeoutMs: number | undefined): Promise<JobDetail> {
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined
      const end = <Value>(settle: (value: Value) => void) => {
        return (value: Value) => {
          clearTimeout(timer)
          this.#waits.delete(wait)
          settle(value)
        }
      }
      const wait: Wait = { id, resolve: end(resolve), reject: end(reject) }
      this.#waits.add(wait)
      // A timer holds 31 bits of milliseconds: what is longer than these 24 days may as well be for ever.
      if (timeoutMs !== undefined && timeoutMs < 2 ** 31) {
        timer = setTimeout(() => wait.reject(timedOut(id, timeoutMs)), timeoutMs)
      }
      if (this.#alarm === undefined) void this.#look()
      else this.#alarm.ring()
    })
  }

  /** Looks again and again, as long as somebody waits. */
  async #look(): Promise<void> {
    const alarm = new Alarm(this.#connection.closing)
    this.#alarm = alarm
    let unlisten: (() => void) | undefined
    try {
      const store = await this.#connection.store()
      unlisten = store.onWake(() => alarm.ring())
      while (this.#waits.size > 0) {
        await this.#lookOnce(store).catch(unlessTransient)
        if (this.#waits.size > 0) await alarm.sleep()
      }
    } catch (error) {
      for (const wait of this.#waits) wait.reject(error)
    } finally {
      unlisten?.()
      alarm.stop()
      this.#alarm = undefined
    }
    // Somebody may have begun to wait after the last look and before this one was over.
    if (this.#waits.size > 0) void this.#look()
  }

  async #lookOnce(store: Store): Promise<void> {
    if (this.#connection.closing.aborted) throw closedError()
    const waits = [...this.#waits]
    const ids = [...new Set(waits.map(({ id }) => id))]
    const found = new Map<JobId, Job>()
    for (let start = 0; start < ids.length; start += CHUNK) {
      const { jobs } = await store.list({ ids: ids.slice(start, start + CHUNK), limit: CHUNK })
      for (const job of jobs) found.set(job.id, job)
    }
    for (const wait of waits) {
      const job = found.get(wait.id)
      if (job === undefined) wait.reject(jobNotFound(wait.id))
      else if (job.status !== 'pending' && job.status !== 'running') {
        const detail = await store.get(wait.id)
        if (detail === undefined) wait.reject(jobNotFound(wait.id))
        else wait.resolve(detail)
      }
    }
  }
}

/** Sleeps until it rings, at least `GAP_MS` and at most `POLL_MS`. */
class Alarm {
  readonly #closing: AbortSignal
  #rung = false
  #wake: () => void = () => {}

  constructor(closing: AbortSignal) {
    this.#closing = closing
    closing.addEventListener('abort', this.ring)
  }

  readonly ring = (): void => {
    this.#rung = true
    this.#wake()
  }

  stop(): void {
    this.#closing.removeEventListener('abort', this.ring)
  }

  async sleep(): Promise<void> {
    await pause(GAP_MS)
    if (!this.#rung) {
      let timer: NodeJS.Timeout | undefined
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        timer = setTimeout(resolve, POLL_MS)
      })
      clearTimeout(timer)
    }
    this.#rung = false
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** A database that is away may be back with the next look. */
function unlessTransient(error: unknown): void {
  if (!(error instanceof OffstageError) || !error.transient) throw error
}

function timedOut(id: JobId, timeoutMs: number): OffstageError {
  return new OffstageError('WAIT_TIMEOUT', `job ${id} has not ended within ${timeoutMs / 1_000} s; it goes on`)
}
