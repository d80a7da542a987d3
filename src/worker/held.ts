import { setTimeout as pause } from 'node:timers/promises'
import type { AttemptRef, Lease } from '../store/store.ts'
import type { Lane } from './lane.ts'
import type { Settler } from './settler.ts'

/** How long what was stopped is waited for. */
const STOPPED_MS = 3_000

/** What a worker holds: the attempts in its lanes, running and claimed ahead, until they are settled. */
export class Held {
  readonly lanes: readonly Lane[]
  readonly #settler: Settler
  readonly #now: () => number

  /** @param now The database's clock, as near as the worker knows it. */
  constructor(lanes: readonly Lane[], settler: Settler, now: () => number) {
    this.lanes = lanes
    this.#settler = settler
    this.#now = now
  }

  get isEmpty(): boolean {
    return this.lanes.every((lane) => lane.running.size + lane.buffered === 0)
  }

  get isRunning(): boolean {
    return this.lanes.some((lane) => lane.running.size > 0)
  }

  /** Puts back what was claimed and not started. The store cancels what somebody asked to cancel. False: nothing was. */
  giveBack(jobs: readonly { job: AttemptRef; lease: Lease }[]): boolean {
    const finishedAt = this.#now()
    for (const { job, lease } of jobs) {
      const next = { status: 'released', suspect: false } as const
      this.#settler.add({ job, lease, next, outcome: undefined, startedAt: undefined, finishedAt })
    }
    return jobs.length > 0
  }

  /** The same with all that has not been started yet. */
  giveBackAhead(): void {
    for (const lane of this.lanes) this.giveBack(lane.takeBuffered())
  }

  cancel(job: AttemptRef, graceMs: number): void {
    for (const lane of this.lanes) {
      this.giveBack(lane.takeBuffered(job.key))
      const attempt = lane.running.get(job.key)
      if (attempt?.job.claim === job.claim) attempt.stop('cancelled', graceMs)
    }
  }

  /**
   * Ends what runs, at once: it comes out released, as if it had not been claimed. Resolves when it has ended; what waits
   * for the database to be told of its start has not begun, and is left behind when that takes too long.
   */
  async stop(): Promise<void> {
    for (const lane of this.lanes) for (const attempt of lane.running.values()) attempt.stop('released', 0)
    const giveUpAt = performance.now() + STOPPED_MS
    await this.ended(() => giveUpAt)
  }

  /** Resolves when nothing runs any more, or when it is later than `deadline` says, by `performance.now()`. */
  async ended(deadline: () => number): Promise<void> {
    while (this.isRunning && performance.now() < deadline()) await pause(5)
  }
}
