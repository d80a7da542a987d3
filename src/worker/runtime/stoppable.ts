import type { Outcome } from '../../core/outcome.ts'
import type { RunningAttempt, StopReason } from './runtime.ts'

/** setTimeout takes no more; longer ones would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** The part of a running attempt that is the same everywhere: it settles once, and a stop has a grace. */
export abstract class StoppableAttempt implements RunningAttempt {
  readonly outcome: Promise<Outcome>
  stopReason: StopReason | undefined
  settled = false
  #resolve: (outcome: Outcome) => void = () => {}
  #deadline = Number.POSITIVE_INFINITY
  #timer: NodeJS.Timeout | undefined

  constructor() {
    this.outcome = new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  /** Tells the code that it should stop. */
  protected abstract abort(reason: StopReason): void
  /** The code did not stop in time. */
  protected abstract giveUp(reason: StopReason): void

  settle(outcome: Outcome): void {
    if (this.settled) return
    this.settled = true
    clearTimeout(this.#timer)
    this.#resolve(outcome)
  }

  stop(reason: StopReason, graceMs: number): void {
    if (this.settled) return
    const deadline = performance.now() + graceMs
    if (deadline >= this.#deadline) return
    this.#deadline = deadline
    if (this.stopReason === undefined) {
      this.stopReason = reason
      this.abort(reason)
      if (this.settled) return
    }
    const first = this.stopReason
    clearTimeout(this.#timer)
    if (graceMs <= 0) this.giveUp(first)
    else this.#timer = setTimeout(() => this.giveUp(first), Math.min(graceMs, LONGEST_TIMER_MS))
  }
}
