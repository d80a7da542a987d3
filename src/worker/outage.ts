import { setTimeout as pause } from 'node:timers/promises'
import { OffstageError } from '../core/errors.ts'
import type { WorkerState } from '../core/events.ts'

const FIRST_MS = 50
/** Short enough that a database which is back is used at once, as people see it. */
const LONGEST_MS = 2_000

/** What a worker does while its database fails: tries again, ever less often, and says so once. */
export class Outage {
  readonly #tell: (state: WorkerState, message: string) => void
  readonly #patience: number
  /** How often in a row each source of calls has failed; those that have not are not in it. */
  readonly #failures = new Map<number, number>()
  #told = false

  /** @param patience The failure in a row that is told: it may be over in a moment. */
  constructor(tell: (state: WorkerState, message: string) => void, patience = 3) {
    this.#tell = tell
    this.#patience = patience
  }

  /** Returns in how many ms to try again: with jitter, so that many workers do not come back in step. */
  failed(error: unknown, source = 0): number {
    const failures = (this.#failures.get(source) ?? 0) + 1
    this.#failures.set(source, failures)
    if (!this.#told && (failures >= this.#patience || isBusy(error))) {
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

/** Then it was waited for already. */
function isBusy(error: unknown): boolean {
  return error instanceof OffstageError && error.code === 'DATABASE_BUSY'
}

/**
 * Makes a call again and again while the database is away; what time does not heal is thrown at once.
 * @returns undefined when `over` has ended the waiting.
 */
export async function whileAway<Result>(
  call: () => Promise<Result>,
  outage: Outage,
  over: AbortSignal,
): Promise<Result | undefined> {
  const ended = new Promise<undefined>((resolve) => over.addEventListener('abort', () => resolve(undefined)))
  while (!over.aborted) {
    try {
      const result = await Promise.race([call(), ended])
      outage.over()
      return result
    } catch (error) {
      if (!(error instanceof OffstageError) || !error.transient) throw error
      await pause(outage.failed(error), undefined, { signal: over }).catch(() => {})
    }
  }
  return undefined
}
