import { isOfDatabase } from '../store/retry.ts'
import type { Settlement, Store } from '../store/store.ts'

/** Settlements written by one transaction: more would make others wait for the lock too long. */
const BATCH = 1_000

/** Gathers settlements, and writes them in batches. What could not be written stays, in order, for the next flush. */
export class Settler {
  readonly #store: Store
  readonly #warn: (message: string) => void
  #pending: Settlement[] = []
  #onItsWay = 0

  /** @param warn Told when a job is failed because its own outcome cannot be written. */
  constructor(store: Store, warn: (message: string) => void) {
    this.#store = store
    this.#warn = warn
  }

  /** How many are not written yet. */
  get size(): number {
    return this.#pending.length + this.#onItsWay
  }

  add(settlement: Settlement): void {
    this.#pending.push(settlement)
  }

  /** Writes the first so many; one call at a time. @throws what the store throws; nothing is lost by it. */
  async flush(count: number): Promise<void> {
    for (let left = count; left > 0; ) {
      const most = Math.min(left, BATCH)
      const all = this.#pending.length <= most
      const batch = all ? this.#pending : this.#pending.slice(0, most)
      this.#pending = all ? [] : this.#pending.slice(most)
      this.#onItsWay = batch.length
      try {
        await this.#store.settle(batch)
      } catch (error) {
        const left = isOfDatabase(error) ? batch : await this.#oneByOne(batch)
        this.#pending = [...left, ...this.#pending]
        if (left.length > 0) throw error
      } finally {
        this.#onItsWay = 0
      }
      left -= most
    }
  }

  /** One of them spoils the batch. Returns those that could not be written in any way. */
  async #oneByOne(batch: readonly Settlement[]): Promise<Settlement[]> {
    const left: Settlement[] = []
    for (const settlement of batch) {
      try {
        await this.#store.settle([settlement])
      } catch (error) {
        if (isOfDatabase(error) || !(await this.#settleSpoiled(settlement, error))) left.push(settlement)
      }
    }
    return left
  }

  /** Its result or its error cannot be stored: better the job fails, and says so, than that it holds up all others. */
  async #settleSpoiled(settlement: Settlement, cause: unknown): Promise<boolean> {
    const { job, lease, startedAt, finishedAt } = settlement
    const message = `its outcome could not be stored: ${(cause as Error).message}`
    const error = { name: 'OffstageError', message }
    const ended = { job, lease, startedAt, finishedAt, outcome: 'failed', next: { status: 'failed' } } as const
    try {
      await this.#store.settle([{ ...ended, reason: 'not stored', error }])
    } catch {
      return false
    }
    this.#warn(`job ${job.id} failed: ${message}`)
    return true
  }
}
