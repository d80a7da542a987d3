/**
 * The one owner of a worker's time: calls `poll`, sleeps for what that returns, and is woken early. Whoever has
 * news wakes it; however often it is woken meanwhile, it polls once, after the events at hand have been handled.
 */
export class Loop {
  readonly #poll: () => Promise<number>
  #running: Promise<void> | undefined
  #stopping = false
  #woken = false
  #wakeSleeper: (() => void) | undefined

  /** @param poll Returns how many ms to sleep; never rejects. */
  constructor(poll: () => Promise<number>) {
    this.#poll = poll
  }

  start(): void {
    this.#running ??= this.#run()
  }

  wake(): void {
    this.#woken = true
    this.#wakeSleeper?.()
  }

  /** Resolves when the poll that is under way has ended; there is none after it. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.wake()
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      this.#woken = false
      const sleepMs = await this.#poll()
      if (this.#stopping) return
      if (!this.#woken && sleepMs > 0) await this.#sleep(sleepMs)
      // Lets what is done by now arrive, so that the next poll settles it in one batch.
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        this.#wakeSleeper = undefined
        resolve()
      }
      const timer = setTimeout(done, Math.min(ms, 2 ** 31 - 1))
      this.#wakeSleeper = done
    })
  }
}
