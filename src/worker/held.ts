import type { AttemptRef, Lease } from '../store/store.ts'
import type { Attempt } from './attempt.ts'
import type { Lane } from './lane.ts'
import type { Settler } from './settler.ts'

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

  /** Puts back what was claimed and not started. The store cancels what somebody asked to cancel. */
  giveBack(jobs: readonly { job: AttemptRef; lease: Lease }[]): void {
    const finishedAt = this.#now()
    for (const { job, lease } of jobs) {
      const next = { status: 'released', suspect: false } as const
      this.#settler.add({ job, lease, next, outcome: undefined, startedAt: undefined, finishedAt })
    }
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

  /** The jobs of a lease that was lost run elsewhere soon, if not already: they must end here, at once. */
  abandon(lease: Lease): void {
    for (const attempt of this.#running(lease)) attempt.stop('released', 0)
    this.giveBackAhead()
  }

  /** True while attempts of other leases than this one have not ended. */
  hasLeftovers(lease: Lease | undefined): boolean {
    return this.lanes.some(
      (lane) => lane.running.size > 0 && lane.running.values().some((each) => each.lease !== lease),
    )
  }

  #running(lease: Lease): Attempt[] {
    return this.lanes.flatMap((lane) => lane.running.values().filter((attempt) => attempt.lease === lease))
  }
}
