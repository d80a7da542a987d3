import type { WorkerState } from '../core/events.ts'

const FIRST_MS = 50
/** Short enough that a database which is back is used at once, as people see it. */
const LONGEST_MS = 2_000

/** What a worker does while its database fails: tries again, ever less often, and says so once. */
export class Outage {
  readonly #tell: (state: WorkerState, message: string) => void
  /** How often in a row each source of calls has failed; those that have not are not in it. */
  readonly #failures = new Map<number, number>()
  #told = false

  constructor(tell: (state: WorkerState, message: string) => void) {
    this.#tell = tell
  }

  /** Returns in how many ms to try again: with jitter, so that many workers do not come back in step. */
  failed(error: unknown, source = 0): number {
    const failures = (this.#failures.get(source) ?? 0) + 1
    this.#failures.set(source, failures)
    if (failures === 3 && !this.#told) {
      this.#told = true
      this.#tell('database-away', `${(error as Error).message}; the worker keeps trying`)
    }
    const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 10))
    return longest * (0.5 + Math.random() / 2)
  }

  over(source = 0): void {
    if (this.#failures.size === 0) return
    this.#failures.delete(source)
    if (this.#failures.size > 0 || !this.#told) return
    this.#told = false
    this.#tell('database-back', 'the database answers again')
  }
}
