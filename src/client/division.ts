/** How long one way is tried before it is judged by what was done meanwhile. */
const WINDOW_MS = 20
/** Batches of the other way may be among the first after a change. */
const MIXED = 3
/** Of so many windows one is of the way that did less: it may be the better one by now. */
const TRIAL_EVERY = 16
/** So much more has to be done in several batches at a time: they cost the database more, which others may have need of. */
const WORTH = 1.1

/**
 * Whether the jobs of callers that all wait for an answer are to be stored in several batches at a time, or in one. One
 * costs the least. With several, the database is at work while this process makes the next and the disk writes the
 * last; whether that brings more depends on the disk, the network, the processors and on who else is there, so it is
 * tried, again and again.
 */
export class Division {
  /** Jobs a millisecond: in one batch at a time, and in several. */
  readonly #rates: [one: number, several: number] = [0, 0]
  #way: 0 | 1 = 0
  #windows = 0
  #since: number | undefined
  #jobs = 0
  #mixed = 0

  /** Whether to divide now. */
  get divides(): boolean {
    return this.#way === 1
  }

  /** A batch has been answered, while all who wait go on at once. */
  answered(jobs: number, now = performance.now()): void {
    if (this.#mixed > 0) {
      this.#mixed -= 1
      this.#since = now
      return
    }
    this.#since ??= now
    this.#jobs += jobs
    const ms = now - this.#since
    if (ms >= WINDOW_MS) this.#judge(this.#jobs / ms)
  }

  /** Nobody waited for a while: what has been counted tells nothing. */
  paused(): void {
    this.#since = undefined
    this.#jobs = 0
  }

  #judge(rate: number): void {
    const before = this.#rates[this.#way]
    this.#rates[this.#way] = before === 0 ? rate : (before + rate) / 2
    this.#windows += 1
    this.paused()
    const better = this.#rates[1] > WORTH * this.#rates[0] ? 1 : 0
    // The second window is the first of the other way.
    const way = this.#windows % TRIAL_EVERY === 1 ? ((1 - better) as 0 | 1) : better
    if (way === this.#way) return
    this.#way = way
    this.#mixed = MIXED
  }
}
