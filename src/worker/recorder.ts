import type { Severity } from '../store/queried.ts'
import { isOfDatabase } from '../store/retry.ts'
import type { AttemptRecord, AttemptRef, Lease, Store } from '../store/store.ts'
import type { Attempt } from './attempt.ts'

/** What is kept of what one attempt logs; what it says beyond that is dropped, and the last line says so. */
export const MAX_LINES = 2_000
export const MAX_BYTES = 512 * 1024
const BATCH = 500

/** Gathers what attempts log and report, and the starts of prefetched ones; writes them in batches. */
export class Recorder {
  readonly #store: Store
  readonly #warn: (message: string) => void
  #pending: { lease: Lease; record: AttemptRecord }[] = []
  /** The last progress of each attempt: only that counts. */
  #progress = new Map<Attempt, string>()
  /** Prefetched, and started since the last flush. */
  #unmarked: Attempt[] = []

  /** @param warn Told when a record is dropped because what it says cannot be stored. */
  constructor(store: Store, warn: (message: string) => void) {
    this.#store = store
    this.#warn = warn
  }

  log(attempt: Attempt, severity: Severity, text: string, at: number): void {
    const { job, lease } = attempt
    this.#pending.push({ lease, record: { kind: 'log', ...fence(job), at, severity, text, job } })
  }

  progress(attempt: Attempt, value: string): void {
    this.#progress.set(attempt, value)
  }

  /** Of a prefetched attempt: that it has started is written with the next flush, unless it has ended by then. */
  started(attempt: Attempt): void {
    this.#unmarked.push(attempt)
  }

  /** Writes all there is. What could not be written stays for the next flush, which the caller tries. */
  async flush(): Promise<void> {
    for (const attempt of this.#unmarked) if (!attempt.ended) this.#pending.push(startOf(attempt))
    this.#unmarked = []
    for (const [{ job, lease }, value] of this.#progress) {
      this.#pending.push({ lease, record: { kind: 'progress', ...fence(job), value, job } })
    }
    this.#progress.clear()
    while (this.#pending.length > 0) {
      const lease = (this.#pending[0] as { lease: Lease }).lease
      const other = this.#pending.findIndex((entry) => entry.lease !== lease)
      const end = Math.min(other === -1 ? this.#pending.length : other, BATCH)
      const records = this.#pending.slice(0, end).map(({ record }) => record)
      await this.#store.record(lease, records).catch((error: unknown) => {
        if (isOfDatabase(error)) throw error
        return this.#oneByOne(lease, records)
      })
      this.#pending.splice(0, end)
    }
  }

  /** One of them cannot be stored: it is dropped, and the others are not. */
  async #oneByOne(lease: Lease, records: readonly AttemptRecord[]): Promise<void> {
    for (const record of records) {
      await this.#store.record(lease, [record]).catch((error: unknown) => {
        if (isOfDatabase(error)) throw error
        this.#warn(`a ${record.kind} of attempt ${record.attempt} could not be stored: ${(error as Error).message}`)
      })
    }
  }

  /** Marks one attempt as started, on disk, before it is. */
  async markStarted(attempt: Attempt): Promise<boolean> {
    const { lease, record } = startOf(attempt)
    return (await this.#store.record(lease, [record])).length === 0
  }
}

function startOf(attempt: Attempt): { lease: Lease; record: AttemptRecord } {
  const { job, lease, startedAt } = attempt
  return { lease, record: { kind: 'start', ...fence(job), at: startedAt } }
}

function fence({ key, attempt, claim }: AttemptRef): Pick<AttemptRef, 'key' | 'attempt' | 'claim'> {
  return { key, attempt, claim }
}
