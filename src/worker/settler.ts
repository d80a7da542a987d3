import type { Settlement, Store } from '../store/store.ts'

/** Settlements written by one transaction: more would make others wait for the lock too long. */
const BATCH = 1_000

/** Gathers settlements, and writes them in batches. What could not be written stays, in order, for the next flush. */
export class Settler {
  readonly #store: Store
  #pending: Settlement[] = []
  #onItsWay = 0

  constructor(store: Store) {
    this.#store = store
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
        this.#pending = [...batch, ...this.#pending]
        throw error
      } finally {
        this.#onItsWay = 0
      }
      left -= most
    }
  }
}
