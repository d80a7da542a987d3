/**
 * The database's clock, as near as a worker knows it: what the last claim said, and the time since by a clock that
 * nobody can set. So the worker's own clock may be wrong by hours without any harm.
 */
export class DatabaseClock {
  #offset = Date.now() - performance.now()

  learn(databaseNow: number): void {
    this.#offset = databaseNow - performance.now()
  }

  /** Milliseconds since 1970. */
  readonly now = (): number => Math.round(this.#offset + performance.now())
}
