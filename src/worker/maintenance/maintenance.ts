import type { Registry } from '../../core/registry.ts'
import type { Settings } from '../../core/settings.ts'
import type { Measurement } from '../../store/measure.ts'
import type { Lease, Store } from '../../store/store.ts'
import { pruner } from './pruner.ts'
import { Rates } from './rates.ts'
import { rescuer } from './rescuer.ts'
import { Scheduler, type Schedules } from './scheduler.ts'

/** Jobs that are failed at a time; each takes some ten times as long as one that is removed. */
const EXPIRE_CHUNK = 100

/** One duty: does a bit of work, and returns in how many ms it wants to be called again. */
export interface Duty {
  run: () => Promise<number>
}

export interface MaintenanceOptions {
  store: Store
  registry: Registry
  settings: Settings
  scheduling: Schedules
  host: string
  /** The database's clock, as near as the worker knows it. */
  now: () => number
  /** What was counted of what this worker settled. */
  measurement: Measurement
  /** Undefined while this worker has none. */
  lease: () => Lease | undefined
  warn: (message: string) => void
  /** Called when there may be something to claim. */
  wake: () => void
}

/** Fails jobs that were not started in time. */
function expirer(store: Store, everyMs: number): Duty {
  return { run: async () => ((await store.expire(EXPIRE_CHUNK)).length < EXPIRE_CHUNK ? everyMs : 0) }
}

/**
 * The duties that any worker may do, one at a time, beside its own work. A duty that fails is tried again later: the
 * database is away, and the worker's loop says so.
 */
export class Maintenance {
  readonly #duties: { duty: Duty; at: number }[]
  readonly #retryMs: number
  readonly #rates: Rates
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #stopped = false

  constructor(options: MaintenanceOptions) {
    const { store, settings, lease, warn, wake } = options
    const { leaseMs, pollMs } = settings.worker
    // A tenth of a lease: together with the lease's own length this keeps a rescue within what is promised.
    this.#retryMs = Math.max(100, Math.min(1_000, leaseMs / 10))
    this.#rates = new Rates(options)
    const duties = [
      rescuer({
        ...options,
        leaseMs,
        everyMs: this.#retryMs,
        isAlive: () => lease() !== undefined,
        onRescue: ({ id, workerId }) => {
          warn(`job ${id} was taken over from worker ${workerId}, which is gone`)
          wake()
        },
      }),
      new Scheduler({ ...options, everyMs: pollMs }),
      expirer(store, pollMs),
      pruner(store, settings.retention),
      this.#rates,
    ]
    this.#duties = duties.map((duty) => ({ duty, at: 0 }))
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

  /** Writes what is to be written before the lease ends. */
  async finish(): Promise<void> {
    await this.#rates.finish()
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
      const inMs = await entry.duty.run().catch(() => this.#retryMs * (0.5 + Math.random()))
      entry.at = performance.now() + inMs
    }
  }
}
