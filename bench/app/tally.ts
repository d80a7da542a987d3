/** Counts the no-op jobs that run in this process, and takes the time of the first and the last of them. */
export class Tally {
  static current: Tally | undefined
  readonly latencies: number[] = []
  /** Fulfilled when the last one has started. */
  readonly done: Promise<void>
  firstAt = 0
  lastAt = 0
  seen = 0
  readonly #expected: number
  #finish: () => void = () => {}

  private constructor(expected: number) {
    this.#expected = expected
    this.done = new Promise((resolve) => {
      this.#finish = resolve
    })
  }

  static expect(jobs: number): Tally {
    Tally.current = new Tally(jobs)
    return Tally.current
  }

  count(): void {
    this.seen += 1
    if (this.seen === 1) this.firstAt = performance.now()
    if (this.seen === this.#expected) {
      this.lastAt = performance.now()
      this.#finish()
    }
  }

  took(ms: number): void {
    this.latencies.push(ms)
    this.count()
  }
}
