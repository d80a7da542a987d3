import { servesQueue } from '../core/claim-plan.ts'
import type { Enqueued } from '../core/job.ts'
import type { Registry } from '../core/registry.ts'
import type { Lease, NewJob } from '../store/store.ts'
import { type Claimer, MOST_ALONG, type Take } from './claimer.ts'
import type { Lane } from './lane.ts'

export interface AlongsideOptions {
  claimer: Claimer
  registry: Registry
  lanes: readonly Lane[]
  /** Those that the worker serves, as described. */
  queues: string
  /** The lease to claim with; undefined while the worker claims nothing, or has something to do. */
  idleLease: () => Lease | undefined
  take: (lease: Lease) => Take
  /** Has the worker look for itself. */
  look: () => void
}

function isDueNow({ due }: NewJob): boolean {
  return 'inMs' in due && due.inMs <= 0
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
    const isolationOf = (job: NewJob) => registry.find(job.class, job.method)?.isolation
    const isolation = isolationOf(first)
    const lane = lanes.find((each) => each.isolation === isolation)
    if (lane === undefined || lane.wanted() === 0 || jobs.length > MOST_ALONG) return undefined
    // What is due later, or is for another lane, is a reason to look that a claim for this one does not see.
    const areForIt = jobs.every(
      (job) => isolationOf(job) === isolation && isDueNow(job) && servesQueue(this.#options.queues, job.queue),
    )
    return areForIt ? this.#claim(jobs, lane, lease) : undefined
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
