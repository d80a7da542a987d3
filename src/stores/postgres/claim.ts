import type { Claim, ClaimedJob, ClaimRequest, ClaimStep, NewJob } from '../../store/store.ts'
import type { Ahead } from './ahead.ts'
import { texts } from './arrays.ts'
import { readTaken, type Taken, type TakenJob } from './claim-answer.ts'
import { claimAlong, claimMerged, claimOne } from './claim-statements.ts'
import type { PostgresDatabase } from './database.ts'
import type { Question } from './exchange.ts'
import type { Handler, Names } from './names.ts'
import { Sweep } from './sweep.ts'

/** How many jobs a claim may find taken by others before its own, at least and at most: it learns what there are. */
const MARGIN = 32
const WIDEST = 16_384
/**
 * Jobs taken between two sweeps. What they leave at the front of the index of `ready` every claim steps over, which
 * begins to be felt at this number; a sweep of so many takes some hundredths of a second.
 */
const SWEPT = 50_000
/** Where others claim from the same queue, how long this one does not try to be alone with it, at first and at most. */
const SHARED_MS = 1_000
const LONGEST_SHARED_MS = 60_000

export interface ClaimQuestion {
  /** To be asked for when the names of the jobs are stored. */
  question(): Question
  read(rows: readonly unknown[][]): Promise<Claim>
}

/** What one statement is to take. */
interface Wanted {
  step: ClaimStep
  limit: number
  start: number
  promote: boolean
  /** Whether it is the first of its claim: only that can have a row in `ahead`. */
  first: boolean
}

/** Takes due jobs in the order of priority, due time and id: from `ready` to `running`, or to a row in `ahead`. */
export class Claimer {
  readonly #database: PostgresDatabase
  readonly #names: Names
  readonly #ahead: Ahead
  readonly #sweep: Sweep
  #margin = MARGIN
  /** Whether the last claim of all queues, or of some, found more than one. */
  #severalOfAll = false
  #severalOfSome = false
  /** Until when it reckons with others, and for how long it does when it meets some. */
  #sharedUntil = 0
  #sharedMs = SHARED_MS

  constructor(database: PostgresDatabase, names: Names, ahead: Ahead) {
    this.#database = database
    this.#names = names
    this.#ahead = ahead
    this.#sweep = new Sweep(database, '{ready}, {running}, {ahead}, {delayed}', SWEPT)
  }

  async claim(request: ClaimRequest): Promise<Claim> {
    const jobs: TakenJob[] = []
    const ahead = new Set<number>()
    let last: Taken | undefined
    let promote = true
    for (const step of request.steps) {
      const limit = Math.min(step.limit, request.limit - jobs.length)
      if (limit <= 0 || (step.queues !== 'all' && step.queues.length === 0)) continue
      const start = Math.max(0, request.start - jobs.length)
      last = await this.#take(request, { step, limit, start, promote, first: jobs.length === 0 })
      promote = false
      jobs.push(...last.jobs)
      for (const seq of last.ahead) ahead.add(seq)
    }
    last ??= await this.#take(request, { step: NOWHERE, limit: 0, start: 0, promote: true, first: false })
    return await this.#claimed(request, { ...last, jobs, ahead })
  }

  /** Takes what one step allows; again where the statement could not take all that there is. */
  async #take(request: ClaimRequest, wanted: Wanted): Promise<Taken> {
    const { step, limit } = wanted
    let { promote } = wanted
    for (;;) {
      const merged = (request.except?.length ?? 0) > 0 || this.#several(step)
      const alone =
        !merged && this.#database.place.ctid && limit > this.#database.wide && performance.now() >= this.#sharedUntil
      const depth = merged ? limit + Math.round(this.#margin) : undefined
      const question = this.#ask(request, { ...wanted, promote }, depth, alone)
      const taken = alone ? await this.#takeAlone(question) : await this.#answer(question)
      this.#learn(step, taken.queues > 1)
      if (taken.promoted) promote = false
      else if (!merged && taken.queues > 1 && limit > 0) continue
      else if (!taken.crowded) {
        if (merged) this.#margin = Math.max(MARGIN, this.#margin * 0.95)
        return taken
      } else if (alone) {
        if (taken.jobs.length > 0) return taken
      } else {
        const isWidest = this.#margin >= WIDEST
        this.#margin = Math.min(WIDEST, this.#margin * (taken.jobs.length > 0 ? 2 : 4))
        if (taken.jobs.length > 0 || isWidest) return taken
      }
    }
  }

  async #answer({ statement, values }: Question): Promise<Taken> {
    return readTaken(await this.#database.hot(statement, values))
  }

  /** Whoever meets others, or waits for what somebody holds until that is given up, passes by it for a while. */
  async #takeAlone(question: Question): Promise<Taken> {
    try {
      const taken = await this.#answer(question)
      if (taken.crowded) this.#share()
      else this.#beAlone()
      return taken
    } catch (error) {
      this.#share()
      throw error
    }
  }

  #share(): void {
    this.#sharedUntil = performance.now() + this.#sharedMs
    this.#sharedMs = Math.min(LONGEST_SHARED_MS, this.#sharedMs * 2)
  }

  #beAlone(): void {
    this.#sharedUntil = 0
    this.#sharedMs = SHARED_MS
  }

  /**
   * A claim as a question that can go along with an enqueue: of one step, and of one queue, that of all the jobs. Of
   * several it takes nothing without an answer first.
   */
  along({ lease, claim, start, ...request }: ClaimRequest, jobs: readonly NewJob[]): ClaimQuestion | undefined {
    const [step, ...others] = request.steps
    const isPlain = step !== undefined && others.length === 0 && (request.except?.length ?? 0) === 0
    const queue = jobs[0]?.queue
    if (!isPlain || queue === undefined || jobs.some((job) => job.queue !== queue)) return undefined
    if (this.#several(step) || (step.queues !== 'all' && !step.queues.includes(queue))) return undefined
    const limit = Math.min(step.limit, request.limit)
    const database = this.#database
    return {
      question: () => ({
        statement: claimAlong(database, limit),
        values: [database.givenClock, lease, limit, claim, this.#names.queueId(queue), start],
      }),
      read: (rows) => this.#claimed({ lease, claim }, readTaken(rows)),
    }
  }

  #ask(request: ClaimRequest, wanted: Wanted, depth: number | undefined, alone: boolean): Question {
    const { step, limit, start, promote, first } = wanted
    const { queues } = step
    const { except = [] } = request
    const database = this.#database
    const named = queues !== 'all'
    const ahead = first && limit > database.wide
    const names = named ? texts(queues, (name) => name) : null
    const values = [database.givenClock, request.lease, limit, request.claim, names, promote, start]
    if (depth === undefined) return { statement: claimOne(database, { named, limit, ahead, alone }), values }
    const passed = except.length === 0 ? null : texts(except, (name) => name)
    const statement = claimMerged(database, { named, passing: passed !== null, ahead })
    return { statement, values: [...values, passed, depth] }
  }

  async #claimed(
    { lease, claim }: Pick<ClaimRequest, 'lease' | 'claim'>,
    { jobs, ahead, now, nextDueAt }: Taken,
  ): Promise<Claim> {
    this.#sweep.took(jobs.length)
    this.#ahead.took(lease, claim, ahead)
    return {
      jobs: await this.#toJobs(jobs, claim, now),
      now,
      nextDueInMs: nextDueAt === null ? undefined : Math.max(0, nextDueAt - now),
    }
  }

  #several(step: ClaimStep): boolean {
    return step.queues === 'all' ? this.#severalOfAll : step.queues.length > 1 && this.#severalOfSome
  }

  #learn(step: ClaimStep, several: boolean): void {
    if (step.queues === 'all') this.#severalOfAll = several
    else if (step.queues.length > 1) this.#severalOfSome = several
  }

  async #toJobs(jobs: readonly TakenJob[], claim: number, now: number): Promise<ClaimedJob[]> {
    const names = this.#names
    const handlerIds = new Set(jobs.map(({ handler }) => handler))
    await names.know([...new Set(jobs.map(({ queue }) => queue))], [...handlerIds])
    const handlers = new Map(Array.from(handlerIds, (id) => [id, names.handler(id)]))
    return jobs.map((job) => {
      const { class: className, method } = handlers.get(job.handler) as Handler
      return {
        key: job.seq,
        id: job.id,
        class: className,
        method,
        args: job.args,
        queue: names.queueName(job.queue),
        priority: 0 - job.rank,
        attempt: job.attempt + 1,
        claim,
        maxAttempts: job.maxAttempts + job.spared,
        crashes: job.crashes,
        spared: job.spared,
        policy: job.policy ?? undefined,
        // Expiry is about being started: a job that has had an attempt has been.
        expired: job.expiresAt !== null && job.expiresAt <= now && job.attempt === 0,
        createdAt: job.createdAt,
        runAt: job.runAt,
      }
    })
  }
}

/** Nothing is to be taken, but what comes due is made ready all the same. */
const NOWHERE: ClaimStep = { queues: [], limit: 0 }
