/**
 * The time in which this process can hear what it is told. While it is stopped, its machine sleeps or a job holds its
 * event loop, the clock goes on, and an answer that came meanwhile is heard only after the timers that are due. So all of
 * that counts as little: no timer alone can say that nothing was answered.
 */
export class Awake {
  readonly #everyMs: number
  readonly #onTick: () => void
  #turn: NodeJS.Timeout | undefined
  #ms = 0
  /** Of `performance.now`. */
  #tickedAt = 0

  constructor(everyMs: number, onTick: () => void) {
    this.#everyMs = everyMs
    this.#onTick = onTick
  }

  /** Counted while it is on only: to be compared with what it was a moment of that ago. */
  get now(): number {
    if (this.#turn === undefined) return this.#ms
    return this.#ms + Math.min(performance.now() - this.#tickedAt, 2 * this.#everyMs)
  }

  count(on: boolean): void {
    if (on === (this.#turn !== undefined)) return
    if (!on) {
      this.#ms = this.now
      clearInterval(this.#turn)
      this.#turn = undefined
      return
    }
    this.#tickedAt = performance.now()
    this.#turn = setInterval(() => {
      this.#ms = this.now
      this.#tickedAt = performance.now()
      this.#onTick()
    }, this.#everyMs).unref()
  }
}
