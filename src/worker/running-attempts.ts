import type { JobKey } from '../store/store.ts'
import type { Attempt } from './attempt.ts'

/**
 * The attempts that run in a lane. An array whose holes are filled from its end, and no Map: one that every job is
 * added to and deleted from makes itself a new table every hundred jobs, in the old part of the heap, which then grows
 * by 260 bytes a job until a full collection.
 */
export class RunningAttempts {
  readonly #attempts: Attempt[] = []

  get size(): number {
    return this.#attempts.length
  }

  add(attempt: Attempt): void {
    attempt.place = this.#attempts.length
    this.#attempts.push(attempt)
  }

  /** Does nothing when it is not there. */
  delete(attempt: Attempt): void {
    const { place } = attempt
    if (this.#attempts[place] !== attempt) return
    const last = this.#attempts.pop() as Attempt
    if (last === attempt) return
    this.#attempts[place] = last
    last.place = place
  }

  /** There are a hundred at most, and who asks is about to stop one. */
  get(key: JobKey): Attempt | undefined {
    return this.#attempts.find(({ job }) => job.key === key)
  }

  /** As they are now: what is done with one may end it. */
  values(): Attempt[] {
    return [...this.#attempts]
  }
}
