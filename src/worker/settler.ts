import type { Settlement, Store } from '../store/store.ts'

/** Settlements written by one transaction: more would make others wait for the lock too long. */
const BATCH = 1_000

/** Gathers settlements, and writes them in batches. What could not be written stays, in order, for the next flush. */
export class Settler {
  readonly #store: Store
  #pending: Settlement[] = []
  #flushing: Promise<void> | undefined

  constructor(store: Store) {
    this.#store = store
  }

  get size(): number {
    return this.#pending.length
  }

  add(settlement: Settlement): void {
    this.#pending.push(settlement)
  }

  /** Writes all there is. @throws what the store throws; nothing is lost by it. */
  async flush(): Promise<void> {
    // Two at a time would write one batch twice: the second call waits for the first, then writes the rest.
    while (this.#flushing !== undefined) await this.#flushing
    if (this.#pending.length === 0) return
    this.#flushing = this.#write()
    try {
      await this.#flushing
    } finally {
      this.#flushing = undefined
    }
  }

  async #write(): Promise<void> {
    while (this.#pending.length > 0) {
      const batch = this.#pending.length <= BATCH ? this.#pending : this.#pending.slice(0, BATCH)
      const rest = this.#pending.length <= BATCH ? [] : this.#pending.slice(BATCH)
      this.#pending = rest
      try {
        await this.#store.settle(batch)
      } catch (error) {
        this.#pending = [...batch, ...this.#pending]
        throw error
      }
    }
  }
}
