/** How long work that never waits may go on before the event loop has its turn. */
const TURN_MS = 5

/**
 * A turn of the event loop, as long as work of one kind that is done in microtasks may take of it. Timers, the app's requests
 * and the database's answers wait behind that.
 */
export class Turn {
  readonly #next: () => void
  #endsAt: number | undefined

  /** @param next Called in the turn that comes after one in which {@link isOver} was asked. */
  constructor(next: () => void = () => {}) {
    this.#next = next
  }

  /** True when the rest has to wait for the next turn. The first to ask begins it. */
  isOver(): boolean {
    const now = performance.now()
    if (this.#endsAt !== undefined) return now >= this.#endsAt
    this.#endsAt = now + TURN_MS
    setImmediate(() => {
      this.#endsAt = undefined
      this.#next()
    })
    return false
  }
}
