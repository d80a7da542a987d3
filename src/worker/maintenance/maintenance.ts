import type { Store } from '../../store/store.ts'

/** Jobs that are failed at a time; each takes some ten times as long as one that is removed. */
const EXPIRE_CHUNK = 100

/** One duty: does a bit of work, and returns in how many ms it wants to be called again. */
export interface Duty {
  run: () => Promise<number>
}

/** Fails jobs that were not started in time. */
export function expirer(store: Store, everyMs: number): Duty {
  return { run: async () => ((await store.expire(EXPIRE_CHUNK)).length < EXPIRE_CHUNK ? everyMs : 0) }
}

/**
 * The duties that any worker may do, one at a time, beside its own work. A duty that fails is tried again later: the
 * database is away, and the worker's loop says so.
 */
export class Maintenance {
  readonly #duties: { duty: Duty; at: number }[]
  readonly #retryMs: number
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #stopped = false

  constructor(duties: readonly Duty[], retryMs: number) {
    this.#duties = duties.map((duty) => ({ duty, at: 0 }))
    this.#retryMs = retryMs
  }

  /** Does every duty once, then each in its own time. */
  async start(): Promise<void> {
    await this.#round()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#running
  }

  async #round(): Promise<void> {
    this.#running = this.#doDue()
    await this.#running
    if (this.#stopped) return
    const next = Math.min(...this.#duties.map(({ at }) => at))
    this.#timer = setTimeout(() => void this.#round(), Math.max(1, next - performance.now()))
  }

  async #doDue(): Promise<void> {
    for (const entry of this.#duties) {
      if (this.#stopped) return
      if (entry.at > performance.now()) continue
      const inMs = await entry.duty.run().catch(() => this.#retryMs)
      entry.at = performance.now() + inMs
    }
  }
}
