import type { PostgresDatabase } from './database.ts'

/** A sweep reads the whole index: with a long backlog it takes longer, and is made less often. */
const RESTS = 10
/** How long a sweep may take where the disk is slow. */
const PATIENCE_MS = 60_000

/**
 * Clears away what a store leaves behind in tables whose rows come and go. The server does the same by itself, but looks
 * only once a minute, and at 100,000 jobs a second the front of an index is by then a field of millions of dead entries.
 * Nobody waits for it: it takes no lock that a statement of ours needs, and leaves a table alone that is being cleared.
 */
export class Sweep {
  readonly #database: PostgresDatabase
  readonly #tables: string
  readonly #every: number
  #taken = 0
  #running = false
  #notBefore = 0

  /**
   * @param tables As they are called in a statement: `{ready}, {running}`.
   * @param every So many rows are taken out of them between two sweeps.
   */
  constructor(database: PostgresDatabase, tables: string, every: number) {
    this.#database = database
    this.#tables = tables
    this.#every = every
  }

  /** To be told of whatever is taken. */
  took(rows: number): void {
    this.#taken += rows
    if (this.#taken >= this.#every && performance.now() >= this.#notBefore) this.#begin(false)
  }

  /** Gives back to the disk what is free at the end of the tables, which keeps out all who use them for a moment. */
  shrink(): void {
    this.#begin(true)
  }

  #begin(shrinks: boolean): void {
    if (this.#running) return
    this.#taken = 0
    this.#running = true
    const beganAt = performance.now()
    void this.#run(shrinks).finally(() => {
      this.#running = false
      this.#notBefore = performance.now() + RESTS * (performance.now() - beganAt)
    })
  }

  async #run(shrinks: boolean): Promise<void> {
    const tables = this.#database.named(this.#tables)
    const text = `vacuum (skip_locked, truncate ${shrinks}, index_cleanup true) ${tables}`
    // Whose tables they are not is only warned; and what fails is done by the server, or by the next sweep.
    await this.#database.pool.use((session) => session.query(text, [], PATIENCE_MS)).catch(() => {})
  }
}
