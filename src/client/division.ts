/** How long one way is tried before it is judged by what was done meanwhile. */
const WINDOW_MS = 20
/** So many windows of each way make a trial, in turns: how fast things go changes from one to the next. */
const PAIRS = 5
/** For so many windows what has been found is kept. */
const KEPT = 80
/** Batches of the other way may be among the first after a change. */
const MIXED = 3
/** So much more has to be done in several batches at a time: they cost the database more, which others may have need of. */
const WORTH = 1.1

/**
 * Whether the jobs of callers that all wait for an answer are to be stored in several batches at a time, or in one. One
 * costs the least. With several, the database is at work while this process makes the next and the disk writes the
 * last; whether that brings more depends on the disk, the network, the processors and on who else is there, so it is
 * tried, again and again (decision 16).
 */
export class Division {
  #window = 0
  /** What the windows of the trial came to, in jobs a millisecond: in one batch at a time, and in several. */
  #tried: [one: number, several: number] = [0, 0]
  #pays = false
  #since: number | undefined
  #jobs = 0
  #mixed = 0

  /** Whether to divide now. */
  get divides(): boolean {
    return this.#isTrial ? this.#window % 2 === 1 : this.#pays
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

  get #isTrial(): boolean {
    return this.#window < 2 * PAIRS
  }

  #judge(rate: number): void {
    const divided = this.divides
    if (this.#isTrial) this.#tried[divided ? 1 : 0] += rate
    this.#window = (this.#window + 1) % (2 * PAIRS + KEPT)
    if (this.#window === 2 * PAIRS) {
      const [one, several] = this.#tried
      this.#pays = several > WORTH * one
      this.#tried = [0, 0]
    }
    this.paused()
    if (this.divides !== divided) this.#mixed = MIXED
  }
}
