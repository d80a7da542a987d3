import type { Held } from './held.ts'
import { type Outage, whileAway } from './outage.ts'

/** How long a worker that stops waits for the database to take the last outcomes. */
const PATIENCE_MS = 3_000

/** How a worker stops: it waits for what runs, puts back what does not end in time, and writes the last of it. */
export class Drain {
  readonly #held: Held
  #deadline = Number.POSITIVE_INFINITY

  constructor(held: Held) {
    this.#held = held
  }

  /** Shortens the grace to so many ms from now; never lengthens it. */
  hurry(graceMs: number): void {
    this.#deadline = Math.min(this.#deadline, performance.now() + graceMs)
  }

  /** Resolves when nothing runs any more: what had not finished by the deadline was stopped, and comes out released. */
  async finish(graceMs: number): Promise<void> {
    this.hurry(graceMs)
    await this.#held.ended(() => this.#deadline)
    await this.#held.stop()
  }

  /** Writes what is left, while the database is away again and again, but not for long. Returns what went wrong. */
  async lastly(write: () => Promise<void>, outage: Outage): Promise<string | undefined> {
    const over = new AbortController()
    const timer = setTimeout(() => over.abort(), PATIENCE_MS)
    let problem: string | undefined = 'the database does not answer'
    const call = async () => {
      try {
        await write()
        problem = undefined
      } catch (error) {
        problem = (error as Error).message
        throw error
      }
    }
    await whileAway(call, outage, over.signal).catch(() => {})
    clearTimeout(timer)
    return problem
  }
}
