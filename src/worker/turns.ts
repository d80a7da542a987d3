import { Loop } from './loop.ts'
import type { Outage } from './outage.ts'

/** A part of what a worker does in a turn; returns for how many ms it has nothing more to do. */
export type Step = () => Promise<number>

/**
 * Does the steps again and again, by turns or each in a loop of its own. A step that fails is tried again after a
 * while, and what comes after it in the same turn has to wait.
 */
export class Turns {
  /** Each step is in a loop of its own, so that one need not wait for the other's answer. */
  readonly apart: boolean
  readonly #loops: readonly Loop[]

  constructor(steps: readonly Step[], outage: Outage, apart: boolean) {
    this.apart = apart
    const turns = apart ? steps.map((step) => [step]) : [steps]
    this.#loops = turns.map((turn, source) => new Loop(() => takeTurn(turn, outage, source)))
  }

  start(): void {
    for (const loop of this.#loops) loop.start()
  }

  wake(): void {
    for (const loop of this.#loops) loop.wake()
  }

  /** Resolves when what is under way has ended. */
  async stop(): Promise<void> {
    await Promise.all(this.#loops.map((loop) => loop.stop()))
  }
}

async function takeTurn(steps: readonly Step[], outage: Outage, source: number): Promise<number> {
  try {
    let sleepMs = Number.POSITIVE_INFINITY
    for (const step of steps) sleepMs = Math.min(sleepMs, await step())
    outage.over(source)
    return sleepMs
  } catch (error) {
    return outage.failed(error, source)
  }
}
