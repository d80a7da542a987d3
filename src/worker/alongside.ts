import type { Enqueued } from '../core/job.ts'
import type { Registry } from '../core/registry.ts'
import type { Lease, NewJob } from '../store/store.ts'
import type { Claimer, Take } from './claimer.ts'
import type { Lane } from './lane.ts'

export interface AlongsideOptions {
  claimer: Claimer
  registry: Registry
  lanes: readonly Lane[]
  /** The lease to claim with; undefined while the worker claims nothing, or has something to do. */
  idleLease: () => Lease | undefined
  take: (lease: Lease) => Take
  /** Has the worker look for itself. */
  look: () => void
}

/**
 * Claims along with what the worker's own process enqueues, while the worker has nothing to do: what is stored starts
 * without a round trip and a commit more. One at a time; under load the worker's own claims are the better way.
 */
export class Alongside {
  readonly #options: AlongsideOptions
  #underWay = false
  #heard = 0

  constructor(options: AlongsideOptions) {
    this.#options = options
  }

  /** True when news need not be looked at now: it is about what is under way here, or is looked at behind it. */
  hear(): boolean {
    this.#heard += 1
    return this.#underWay
  }

  /** Stores the jobs, and claims; undefined where that is nothing for this worker now. */
  enqueue(jobs: readonly NewJob[]): Promise<Enqueued[]> | undefined {
    const { claimer, registry, lanes, idleLease } = this.#options
    const lease = idleLease()
    const [first] = jobs
    if (this.#underWay || lease === undefined || first === undefined || !claimer.goesAlong) return undefined
    // One that is due later changes when the worker has to look again.
    if (!jobs.every(({ due }) => 'inMs' in due && due.inMs <= 0)) return undefined
    const isolation = registry.find(first.class, first.method)?.isolation
    const lane = lanes.find((each) => each.isolation === isolation)
    return lane === undefined || lane.wanted() === 0 ? undefined : this.#claim(jobs, lane, lease)
  }

  async #claim(jobs: readonly NewJob[], lane: Lane, lease: Lease): Promise<Enqueued[]> {
    const { claimer, take, look } = this.#options
    this.#underWay = true
    this.#heard = 0
    let more = true
    try {
      const done = await claimer.along(jobs, lane, lease, take(lease))
      // That something was stored was heard once, since the store tells everybody. Twice, and somebody else stored, too.
      more = done.more || this.#heard > 1
      return done.enqueued
    } finally {
      this.#underWay = false
      if (more) look()
    }
  }
}
