/**
 * The database's clock, as near as a worker knows it: what the claims said, and the time since by a clock that nobody
 * can set. So the worker's own clock may be wrong by hours without any harm.
 */
export class DatabaseClock {
  #offset = Date.now() - performance.now()

  /**
   * An answer says what the time was at some moment between the call and now: what is known is changed only if it cannot
   * have been so. How long the answers of a server took must not make the clock jump.
   * @param askedAt When the call was made, by `performance.now()`.
   */
  learn(databaseNow: number, askedAt: number): void {
    const least = databaseNow - performance.now()
    const most = databaseNow + 1 - askedAt
    this.#offset = Math.min(most, Math.max(least, this.#offset))
  }

  /** Milliseconds since 1970. */
  readonly now = (): number => Math.round(this.#offset + performance.now())
}
