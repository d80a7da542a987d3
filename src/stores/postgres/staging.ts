import { setTimeout as sleep } from 'node:timers/promises'
import { OffstageError } from '../../core/errors.ts'
import type { NewJob } from '../../store/store.ts'
import { texts } from './arrays.ts'
import type { PostgresDatabase } from './database.ts'
import { isPlain, plainValues } from './enqueue-rows.ts'
import { isTaken } from './errors.ts'
import { BATCHES, type Merge, merge } from './merge.ts'
import type { Names } from './names.ts'
import { Sweep } from './sweep.ts'
import type { Wake } from './wake.ts'

export interface StagingOptions {
  /** A crowd: batches of at least so many jobs, one right behind the other, for so many milliseconds. */
  jobs: number
  crowdMs: number
  /** What is staged is merged so many milliseconds later, at least, all of it in one statement. */
  restMs: number
  /**
   * Where the dead rows take so many bytes, a look at what is staged takes a hundredth of a second: somebody's transaction
   * has been open for long, a backup perhaps, and keeps them from being cleared away. Then nothing is staged for a while.
   */
  mostBytes: number
}

const USUAL: StagingOptions = { jobs: 8, crowdMs: 20, restMs: 3, mostBytes: 48_000_000 }
/** Where there are too many dead rows, nothing is staged for so long. */
const FULL_MS = 10_000
/** Between two merges, so many times what the last one took, and at most so long: where the server is busy, more is merged at once. */
const TIMES_APART = 3
const MOST_APART_MS = 20
/** A batch of more is a call with many jobs, which costs little for each of them in any case. */
const LARGEST = 256
/** Callers who go on at once call again within this. */
const GAP_MS = 5
/** One row takes a batch up to so many letters of arguments. With longer ones, the rows are not what takes the time. */
const LETTERS = 20_000
/** Jobs of this process that are staged at a time: who stores faster than they can be merged waits. */
const MOST = 10_000
/** Where merging failed: what is staged stays safe, and is tried again so much later. */
const AGAIN_MS = 1_000
/** Batches after which the dead rows are cleared away: some megabytes. */
const SWEPT = 1_000

/**
 * Where a process stores the jobs of a crowd: callers that all wait for their answer and then go on at once. A batch of
 * theirs is one row of `staged`, and is durable with it. A moment later many batches are merged into the tables by one
 * statement, which costs the server less than to store each by itself, while the callers have gone on (decision 22).
 *
 * Everybody else sees jobs in the tables only. So whoever looks for jobs has what is staged merged first, be it
 * another process's; and workers are told when it has been, as they would be told of a crowd's jobs in any case.
 */
export class Staging {
  readonly #database: PostgresDatabase
  readonly #names: Names
  readonly #wake: Wake
  readonly #options: StagingOptions
  readonly #sweep: Sweep
  /** The first ids of the batches that this process has staged and is not merging yet, and how many jobs it has staged in all. */
  #batches: string[] = []
  #jobs = 0
  /** How many calls failed in a way that does not tell whether their batch is staged, and how many were looked for since. */
  #doubts = 0
  #resolved = 0
  #work: Promise<void> | undefined
  #isScheduled = false
  #isClosed = false
  #notBefore = 0
  /** Since when such batches have come one behind the other. */
  #since: number | undefined
  #answeredAt = Number.NEGATIVE_INFINITY

  constructor(database: PostgresDatabase, names: Names, wake: Wake) {
    this.#database = database
    this.#names = names
    this.#wake = wake
    this.#options = { ...USUAL, ...database.staging }
    this.#sweep = new Sweep(database, '{staged}', SWEPT)
  }

  /**
   * Stores a batch of jobs with new ids if a crowd has called for it; false where it is to be stored otherwise.
   * @throws OffstageError when it may or may not have been: then all calls that follow look for it.
   */
  async stage(jobs: readonly NewJob[]): Promise<boolean> {
    const isCrowd = this.#isCrowd(jobs.length)
    if (!isCrowd || this.#isUnsure || this.#jobs >= MOST || performance.now() < this.#notBefore) return false
    // Who waits for news here wants to have the jobs, and not only to have them stored.
    if (this.#wake.isHeard || !this.#database.place.ctid) return false
    // Last, since it looks at each of them: where there is a worker, no crowd comes so far.
    if (!jobs.every(isPlain) || !isLight(jobs)) return false
    const [{ id }, last] = [jobs[0] as NewJob, jobs.at(-1) as NewJob]
    // A batch is stored whole or not at all: where its first job or its last is stored already, this is the call again.
    const statement = this.#database.prepared(
      'stage',
      () => `insert into {staged} (at, ids, handlers, queues, priorities, args, max_attempts, id)
        select ${this.#database.clockSql('$1')}, $2, $3, $4, $5, $6, $7, $8
        where not exists (select from {job} where id = $8) and not exists (select from {job} where id = $9) returning 1`,
    )
    const values = [...plainValues(this.#database, this.#names, jobs), id, last.id]
    try {
      const stored = await this.#database.hot(statement, values)
      if (stored.length === 0) return false
    } catch (error) {
      if (isRefused(error)) {
        this.#notBefore = performance.now() + AGAIN_MS
        return false
      }
      this.#doubts += 1
      if (isTaken(error)) return false
      throw error
    }
    this.answered()
    this.#batches.push(id)
    this.#jobs += jobs.length
    if (!this.#isScheduled) void this.#mergeLater()
    return true
  }

  /** A batch has been stored, in whatever way. */
  answered(): void {
    this.#answeredAt = performance.now()
  }

  /** Has merged what this process has staged by now. What is stored by other ways than a crowd's does not overtake it. */
  async own(): Promise<void> {
    if (this.#isUnsure) return await this.all()
    await this.#work?.catch(() => {})
    if (this.#batches.length > 0) await this.#merge()
  }

  /** Has merged all that anybody has staged by now. @throws OffstageError */
  async all(): Promise<void> {
    const database = this.#database
    await this.#work?.catch(() => {})
    // On a standby there is nothing to merge: to try costs the connection, which may lead to a primary next time.
    const isWritable = "current_setting('transaction_read_only') = 'off'"
    const look = database.prepared(
      'look_staged',
      () => `select 1 from {staged} where ${isWritable} order by id limit 1`,
    )
    const doubts = this.#doubts
    if (this.#isUnsure) await this.#settled()
    while ((await database.hot(look, [])).length > 0) {
      if ((await this.#ask('first', null)) < BATCHES) break
    }
    this.#resolved = Math.max(this.#resolved, doubts)
  }

  /** Waits for what the server is still at: the connection may have been lost before its answer, and the batch come yet. */
  async #settled(): Promise<void> {
    const database = this.#database
    await database.inTransaction(async (session) => {
      await session.query(database.named('lock table {staged} in share mode'), [], database.longPatience)
    })
  }

  /** What cannot be merged now is by somebody else, or by the next process. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.own().catch(() => {})
  }

  get #isUnsure(): boolean {
    return this.#doubts > this.#resolved
  }

  /** Notes that a batch of so many jobs has come. */
  #isCrowd(jobs: number): boolean {
    const now = performance.now()
    const goesOn = now - this.#answeredAt <= GAP_MS && this.#since !== undefined
    const isBatch = jobs >= this.#options.jobs && jobs <= LARGEST
    this.#since = isBatch ? (goesOn ? this.#since : now) : undefined
    return this.#since !== undefined && now - this.#since >= this.#options.crowdMs
  }

  async #mergeLater(): Promise<void> {
    this.#isScheduled = true
    let tookMs = 0
    while (this.#batches.length > 0 && !this.#isClosed) {
      await sleep(Math.max(this.#options.restMs, Math.min(MOST_APART_MS, TIMES_APART * tookMs)))
      const beganAt = performance.now()
      const isDone = await this.own().then(
        () => true,
        () => false,
      )
      tookMs = performance.now() - beganAt
      // A process that has nothing else to do may end, though the database is away: others merge it when it is back.
      if (!isDone) await sleep(AGAIN_MS, undefined, { ref: false })
    }
    this.#isScheduled = false
  }

  #merge(): Promise<void> {
    this.#work ??= this.#mergeBatches().finally(() => {
      this.#work = undefined
    })
    return this.#work
  }

  async #mergeBatches(): Promise<void> {
    const batches = this.#batches
    const jobs = this.#jobs
    this.#batches = []
    try {
      await this.#ask(
        'named',
        texts(batches, (id) => id),
      )
      this.#jobs -= jobs
    } catch (error) {
      this.#batches.unshift(...batches)
      this.#notBefore = performance.now() + AGAIN_MS
      throw error
    }
  }

  /** Returns how many batches it merged. */
  async #ask(which: Merge['which'], ids: string | null): Promise<number> {
    const database = this.#database
    const { channel, sender } = this.#wake
    const tells = channel !== ''
    const ask = async (careful: boolean) => {
      const statement = merge(database, { which, careful, tells })
      const values = [tells ? channel : null, tells ? sender : null, ids]
      return await database.pool.use((session) => session.ask(statement, values, database.longPatience))
    }
    const rows = await ask(false).catch((error: unknown) => {
      // An answer was lost once, and the jobs were stored again.
      if (!isTaken(error)) throw error
      return ask(true)
    })
    const [merged, bytes] = rows[0] as [number, number]
    if (bytes < this.#options.mostBytes) this.#sweep.took(merged)
    else {
      this.#notBefore = performance.now() + FULL_MS
      this.#sweep.shrink()
    }
    // The others are told by the server, and they alone: what was left by a process that is gone may be for this one.
    if (merged > 0) this.#wake.tell()
    return merged
  }
}

/** It was not stored, and will not be: it is not for this user, say. As ever, it may well be. */
function isRefused(error: unknown): boolean {
  return error instanceof OffstageError && !error.transient
}

function isLight(jobs: readonly NewJob[]): boolean {
  let letters = 0
  for (const { args } of jobs) letters += args.length
  return letters <= LETTERS
}
