import { setTimeout as pause } from 'node:timers/promises'
import type { Lane } from './lane.ts'

/** What a worker does with its running attempts when it stops: waits for them, then puts them back. */
export class Drain {
  #deadline = Number.POSITIVE_INFINITY

  /** Shortens the grace to so many ms from now; never lengthens it. */
  hurry(graceMs: number): void {
    this.#deadline = Math.min(this.#deadline, performance.now() + graceMs)
  }

  /** Resolves when nothing runs any more: what had not finished by the deadline was stopped, and comes out released. */
  async finish(lanes: readonly Lane[], graceMs: number): Promise<void> {
    this.hurry(graceMs)
    const running = () => lanes.some((lane) => lane.running.size > 0)
    while (running() && performance.now() < this.#deadline) await pause(10)
    for (const lane of lanes) for (const attempt of lane.running.values()) attempt.stop('released', 0)
    while (running()) await pause(5)
  }
}
