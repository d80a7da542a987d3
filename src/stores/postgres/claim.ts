import type { Claim, ClaimedJob, ClaimRequest, ClaimStep } from '../../store/store.ts'
import { texts } from './arrays.ts'
import { type ClaimRow, claimMerged, claimOne } from './claim-statements.ts'
import type { PostgresDatabase } from './database.ts'
import type { Question } from './exchange.ts'
import type { Names } from './names.ts'
import { Sweep } from './sweep.ts'

/** How many jobs a claim may find taken by others before its own, at least and at most: it learns what there are. */
const MARGIN = 32
const WIDEST = 16_384
interface Taken {
  rows: ClaimRow[]
  now: number
  nextDueAt: number | null
  /** How many queues there are to take from. */
  queues: number
  promoted: boolean
  /** It looked no further than where others were taking theirs, and got less than it wanted. */
  crowded: boolean
}

export interface ClaimQuestion {
  question: Question
  read(rows: readonly unknown[][]): Promise<Claim>
}

/** Takes due jobs in the order of priority, due time and id: from `ready` to `running`. */
export class Claimer {
  readonly #database: PostgresDatabase
  readonly #names: Names
  readonly #sweep: Sweep
  #margin = MARGIN
  /** Whether the last claim of all queues, or of some, found more than one. */
  #severalOfAll = false
  #severalOfSome = false

  constructor(database: PostgresDatabase, names: Names) {
    this.#database = database
    this.#names = names
    this.#sweep = new Sweep(database)
  }

  async claim(request: ClaimRequest): Promise<Claim> {
    const rows: ClaimRow[] = []
    let last: Taken | undefined
    let promote = true
    for (const step of request.steps) {
      const limit = Math.min(step.limit, request.limit - rows.length)
      if (limit <= 0 || (step.queues !== 'all' && step.queues.length === 0)) continue
      last = await this.#take(request, step, limit, request.start - rows.length, promote)
      promote = false
      rows.push(...last.rows)
    }
    last ??= await this.#take(request, { queues: [], limit: 0 }, 0, 0, true)
    return await this.#claimed(request, { ...last, rows })
  }

  /** Takes what one step allows; again where the statement could not take all that there is. */
  async #take(
    request: ClaimRequest,
    step: ClaimStep,
    limit: number,
    start: number,
    promoteFirst: boolean,
  ): Promise<Taken> {
    let promote = promoteFirst
    for (;;) {
      const merged = (request.except?.length ?? 0) > 0 || this.#several(step)
      const depth = merged ? limit + Math.round(this.#margin) : undefined
      const { statement, values } = this.#ask(request, step, limit, start, promote, depth)
      const taken = read(await this.#database.hot<ClaimRow>(statement, values))
      this.#learn(step, taken.queues > 1)
      if (taken.promoted) promote = false
      else if (!merged && taken.queues > 1 && limit > 0) continue
      else if (!taken.crowded) {
        if (merged) this.#margin = Math.max(MARGIN, this.#margin * 0.95)
        return taken
      } else {
        const isWidest = this.#margin >= WIDEST
        this.#margin = Math.min(WIDEST, this.#margin * (taken.rows.length > 0 ? 2 : 4))
        if (taken.rows.length > 0 || isWidest) return taken
      }
    }
  }

  /**
   * A claim as a question that can go along with another: of one step, and of one queue as far as is known. With
   * several, to find that out takes an answer first.
   */
  question(request: ClaimRequest): ClaimQuestion | undefined {
    const [step, ...others] = request.steps
    const isPlain = step !== undefined && others.length === 0 && (request.except?.length ?? 0) === 0
    if (!isPlain || this.#several(step)) return undefined
    const limit = Math.min(step.limit, request.limit)
    return {
      question: this.#ask(request, step, limit, request.start, true, undefined),
      read: async (rows) => {
        const taken = read(rows as unknown[] as ClaimRow[])
        this.#learn(step, taken.queues > 1)
        return await this.#claimed(request, taken)
      },
    }
  }

  #ask(
    request: ClaimRequest,
    step: ClaimStep,
    limit: number,
    start: number,
    promote: boolean,
    depth: number | undefined,
  ): Question {
    const { queues } = step
    const { except = [] } = request
    const database = this.#database
    const named = queues !== 'all'
    const names = named ? texts(queues, (name) => name) : null
    const values = [database.givenClock, request.lease, limit, request.claim, names, promote, Math.max(0, start)]
    if (depth === undefined) return { statement: claimOne(database, named, limit), values }
    const passed = except.length === 0 ? null : texts(except, (name) => name)
    return { statement: claimMerged(database, named, passed !== null), values: [...values, passed, depth] }
  }

  async #claimed({ claim }: ClaimRequest, { rows, now, nextDueAt }: Taken): Promise<Claim> {
    this.#sweep.took(rows.length)
    return {
      jobs: await this.#toJobs(rows, claim, now),
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

  async #toJobs(rows: readonly ClaimRow[], claim: number, now: number): Promise<ClaimedJob[]> {
    const names = this.#names
    await names.know(
      rows.map(([queue]) => queue),
      rows.map((row) => row[8]),
    )
    return rows.map((row) => {
      const [queue, rank, runAt, id, key, attempt, spared, crashes, handler, args, maxAttempts] = row
      const [, , , , , , , , , , , createdAt, expiresAt, policy] = row
      return {
        key,
        id: id as string,
        ...names.handler(handler),
        args,
        queue: names.queueName(queue),
        priority: 0 - rank,
        attempt: attempt + 1,
        claim,
        maxAttempts: maxAttempts + spared,
        crashes,
        spared,
        policy: policy ?? undefined,
        // Expiry is about being started: a job that has had an attempt has been.
        expired: expiresAt !== null && expiresAt <= now && attempt === 0,
        createdAt,
        runAt: runAt as number,
      }
    })
  }
}

function read(answer: readonly ClaimRow[]): Taken {
  const [queues, now, nextDueAt, , come, crowded] = answer[0] as ClaimRow
  const rows = answer.slice(1).sort(inOrder)
  return { rows, now: now as number, nextDueAt, queues, promoted: come > 0, crowded: crowded === 1 }
}

function inOrder(a: ClaimRow, b: ClaimRow): number {
  return a[1] - b[1] || (a[2] as number) - (b[2] as number) || ((a[3] as string) < (b[3] as string) ? -1 : 1)
}
