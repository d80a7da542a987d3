import type { PostgresDatabase } from './database.ts'

/**
 * Jobs taken between two sweeps. What they leave at the front of the index of `ready` every claim steps over, which
 * begins to be felt at this number; a sweep of so many takes some hundredths of a second.
 */
const EVERY = 50_000
/** A sweep reads the whole index: with a long backlog it takes longer, and is made less often. */
const RESTS = 10
/** How long a sweep may take where the disk is slow. */
const PATIENCE_MS = 60_000

/**
 * Clears away what the claims of this store leave behind. The server does the same by itself, but looks only once a
 * minute, and at 100,000 jobs a second the front of the index is by then a field of millions of dead entries.
 * Nobody waits for it: it takes no lock that a statement of ours needs, and leaves a table alone that is being cleared.
 */
export class Sweep {
  readonly #database: PostgresDatabase
  #taken = 0
  #running = false
  #notBefore = 0

  constructor(database: PostgresDatabase) {
    this.#database = database
  }

  /** To be told of every claim. */
  took(jobs: number): void {
    this.#taken += jobs
    if (this.#taken < EVERY || this.#running || performance.now() < this.#notBefore) return
    this.#taken = 0
    this.#running = true
    const beganAt = performance.now()
    void this.#run().finally(() => {
      this.#running = false
      this.#notBefore = performance.now() + RESTS * (performance.now() - beganAt)
    })
  }

  async #run(): Promise<void> {
    const tables = this.#database.named('{ready}, {running}, {ahead}, {delayed}')
    const text = `vacuum (skip_locked, truncate false, index_cleanup true) ${tables}`
    // Whose tables they are not is only warned; and what fails is done by the server, or by the next sweep.
    await this.#database.pool.use((session) => session.query(text, [], PATIENCE_MS)).catch(() => {})
  }
}
