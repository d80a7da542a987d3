/** A clock that stands still until a test moves it. Give its `now` to a store as the database's clock. */
export class ManualClock {
  #now: number

  /** @param start ms since 1970. */
  constructor(start = Date.UTC(2026, 0, 15, 10)) {
    this.#now = start
  }

  /** Bound, so that it can be handed over as a function. */
  readonly now = (): number => this.#now

  advance(ms: number): void {
    this.#now += ms
  }
}
