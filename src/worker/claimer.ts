import { planClaim } from '../core/claim-plan.ts'
import { attemptPolicy, NO_POLICY } from '../core/policy.ts'
import type { Registry } from '../core/registry.ts'
import type { Settings } from '../core/settings.ts'
import { isSuspect } from '../core/transition.ts'
import type { ClaimedJob, Lease, Store } from '../store/store.ts'
import { Attempt } from './attempt.ts'
import type { DatabaseClock } from './database-clock.ts'
import type { Lane } from './lane.ts'
import { LostClaims } from './lost-claims.ts'
import type { Recorder } from './recorder.ts'

export interface Round {
  /** How many jobs were claimed. */
  found: number
  /** A lane had room for more than there was. */
  hungry: boolean
  /** How long nothing will be due, in ms. */
  sleepMs: number
}

/** Gets what was claimed for a lane, at once: the lease may be gone when the next lane has claimed. */
export type Take = (lane: Lane, attempts: readonly Attempt[]) => void

/** Claims for each lane what it has room for. */
export class Claimer {
  readonly #store: Store
  readonly #registry: Registry
  readonly #queues: Settings['worker']['queues']
  readonly #clock: DatabaseClock
  readonly #recorder: Recorder
  /** Those whose answer never came. */
  readonly lost: LostClaims
  /** How many claims there were: the number of each, in no lease used twice. */
  #claims = 0

  constructor(options: {
    store: Store
    registry: Registry
    queues: Settings['worker']['queues']
    clock: DatabaseClock
    recorder: Recorder
  }) {
    this.#store = options.store
    this.lost = new LostClaims(options.store)
    this.#registry = options.registry
    this.#queues = options.queues
    this.#clock = options.clock
    this.#recorder = options.recorder
  }

  /** One lane after the other, or all at once where the store can do so. @throws what the store throws. */
  async claim(lanes: readonly Lane[], lease: Lease, take: Take): Promise<Round> {
    const round: Round = { found: 0, hungry: false, sleepMs: Number.POSITIVE_INFINITY }
    if (this.#store.parallel === 1 || lanes.length === 1) {
      for (const lane of lanes) await this.#claimFor(lane, lease, take, round)
      return round
    }
    const claims = await Promise.allSettled(lanes.map((lane) => this.#claimFor(lane, lease, take, round)))
    for (const claim of claims) if (claim.status === 'rejected') throw claim.reason
    return round
  }

  async #claimFor(lane: Lane, lease: Lease, take: Take, round: Round): Promise<void> {
    const limit = lane.wanted()
    if (limit === 0) return
    const start = lane.free
    const steps = planClaim(this.#queues, limit, this.#claims++)
    const number = this.#claims
    const askedAt = performance.now()
    const request = { lease, claim: number, steps, limit, start, except: lane.except }
    const claim = await this.#store.claim(request).catch((error: unknown) => {
      this.lost.add(lease, number)
      throw error
    })
    lane.claimed(performance.now() - askedAt)
    this.#clock.learn(claim.now, askedAt)
    take(
      lane,
      claim.jobs.map((job, index) => this.#attempt(job, lease, index < start && !isSuspect(job.crashes))),
    )
    round.found += claim.jobs.length
    round.hungry ||= claim.jobs.length < limit
    round.sleepMs = Math.min(round.sleepMs, claim.nextDueInMs ?? Number.POSITIVE_INFINITY)
  }

  #attempt(job: ClaimedJob, lease: Lease, marked: boolean): Attempt {
    const policy = attemptPolicy(this.#registry.find(job.class, job.method)?.policy ?? NO_POLICY, job.policy)
    return new Attempt(job, lease, policy, this.#recorder, this.#clock.now, marked)
  }
}
