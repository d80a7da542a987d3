import type { WorkerState } from '../core/events.ts'

const FIRST_MS = 50
const LONGEST_MS = 5_000

/** What a worker does while its database fails: tries again, ever less often, and says so once. */
export class Outage {
  readonly #tell: (state: WorkerState, message: string) => void
  #failures = 0

  constructor(tell: (state: WorkerState, message: string) => void) {
    this.#tell = tell
  }

  /** Returns in how many ms to try again: with jitter, so that many workers do not come back in step. */
  failed(error: unknown): number {
    this.#failures += 1
    if (this.#failures === 3) this.#tell('database-away', `${(error as Error).message}; the worker keeps trying`)
    const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.#failures, 10))
    return longest * (0.5 + Math.random() / 2)
  }

  over(): void {
    if (this.#failures >= 3) this.#tell('database-back', 'the database answers again')
    this.#failures = 0
  }
}
