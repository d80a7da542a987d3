import type { MetricRow } from '../../store/insight.ts'
import type { Measurement } from '../../store/measure.ts'
import { isOfDatabase } from '../../store/retry.ts'
import type { Lease, Store } from '../../store/store.ts'
import type { Duty } from './maintenance.ts'

const EVERY_MS = 5_000
/** Rows that wait for the database at most. */
const MOST = 10_000

export interface RatesOptions {
  store: Store
  measurement: Measurement
  /** Undefined while the worker has none. */
  lease: () => Lease | undefined
  warn: (message: string) => void
}

/** Writes what a worker has counted, every few seconds and at its end. No work ever waits for it. */
export class Rates implements Duty {
  readonly #options: RatesOptions
  #unwritten: MetricRow[] = []

  constructor(options: RatesOptions) {
    this.#options = options
  }

  readonly run = async (): Promise<number> => {
    await this.#write()
    return EVERY_MS
  }

  /** The last of them; what cannot be written now is dropped. */
  async finish(): Promise<void> {
    await this.#write().catch((error: unknown) => this.#drop(error))
  }

  async #write(): Promise<void> {
    const { store, measurement } = this.#options
    const lease = this.#options.lease()
    if (lease === undefined) return
    const rows = [...this.#unwritten, ...measurement.take()]
    if (rows.length === 0) return
    this.#unwritten = rows
    try {
      await store.addMetrics(lease, rows)
      this.#unwritten = []
    } catch (error) {
      if (!isOfDatabase(error) || rows.length > MOST) this.#drop(error)
      else throw error
    }
  }

  #drop(error: unknown): void {
    this.#unwritten = []
    this.#options.warn(`some rates could not be written, and are missing: ${(error as Error).message}`)
  }
}
