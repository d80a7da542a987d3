import { planClaim } from '../core/claim-plan.ts'
import type { Enqueued } from '../core/job.ts'
import { attemptPolicy, NO_POLICY } from '../core/policy.ts'
import type { Registry } from '../core/registry.ts'
import type { Settings } from '../core/settings.ts'
import { isSuspect } from '../core/transition.ts'
import type { Claim, ClaimedJob, ClaimRequest, Lease, NewJob, Store } from '../store/store.ts'
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

/** What came of a claim along with an enqueue. */
export interface Along {
  enqueued: Enqueued[]
  /** There may be more to claim: only another look can tell. */
  more: boolean
}

/** More than that many at once are no longer about how soon the first one starts. */
export const MOST_ALONG = 10

/** Where no claim was made after all. */
const NOTHING: Claim = { jobs: [], now: 0, nextDueInMs: undefined }

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
    const claim = await this.#under(lane, lease, limit, take, (request) => this.#store.claim(request))
    round.found += claim.jobs.length
    round.hungry ||= claim.jobs.length < limit
    round.sleepMs = Math.min(round.sleepMs, claim.nextDueInMs ?? Number.POSITIVE_INFINITY)
  }

  /** Whether the store can claim along with an enqueue. */
  get goesAlong(): boolean {
    return this.#store.enqueueAndClaim !== undefined
  }

  /** Stores jobs, and claims a few for one lane with the same call. @throws what the store throws. */
  async along(jobs: readonly NewJob[], lane: Lane, lease: Lease, take: Take): Promise<Along> {
    const { enqueueAndClaim } = this.#store
    const limit = Math.min(lane.free, MOST_ALONG)
    if (enqueueAndClaim === undefined || limit === 0) return { enqueued: await this.#store.enqueue(jobs), more: true }
    let enqueued: Enqueued[] = []
    let stored = false
    try {
      const claim = await this.#under(lane, lease, limit, take, async (request) => {
        const done = await enqueueAndClaim(jobs, request)
        enqueued = done.enqueued
        stored = true
        return done.claim ?? NOTHING
      })
      return { enqueued, more: claim.jobs.length === 0 || claim.jobs.length === limit }
    } catch (error) {
      // The jobs are stored: it is only not known which of them are claimed.
      if (stored) return { enqueued, more: true }
      throw error
    }
  }

  /** Makes one claim, and has what it brings taken. What is lost on the way is looked for by its number. */
  async #under(
    lane: Lane,
    lease: Lease,
    limit: number,
    take: Take,
    make: (request: ClaimRequest) => Promise<Claim>,
  ): Promise<Claim> {
    const start = lane.free
    const steps = planClaim(this.#queues, limit, this.#claims++)
    const number = this.#claims
    const askedAt = performance.now()
    let claim: Claim
    lane.expected += limit
    try {
      claim = await make({ lease, claim: number, steps, limit, start, except: lane.except })
    } catch (error) {
      this.lost.add(lease, number)
      throw error
    } finally {
      lane.expected -= limit
    }
    lane.claimed(performance.now() - askedAt)
    if (claim !== NOTHING) this.#clock.learn(claim.now, askedAt)
    take(
      lane,
      claim.jobs.map((job, index) => this.#attempt(job, lease, index < start && !isSuspect(job.crashes))),
    )
    return claim
  }

  #attempt(job: ClaimedJob, lease: Lease, marked: boolean): Attempt {
    const policy = attemptPolicy(this.#registry.find(job.class, job.method)?.policy ?? NO_POLICY, job.policy)
    return new Attempt(job, lease, policy, this.#recorder, this.#clock.now, marked)
  }
}
