import type { FinalStatus, JobId } from '../../core/job.ts'
import type { Retention } from '../../store/commands.ts'
import { type Connection, type Database, isAlone, type Statement, sql, table } from './database.ts'
import { hold } from './locate.ts'
import { pruneMetrics } from './metrics.ts'
import { removeJobs } from './remove.ts'
import { pruneKeys } from './unique.ts'

/** How long the row of a worker that has ended is kept, so that its attempts can say who ran them. */
const KEEP_WORKERS_MS = 90 * 24 * 3_600_000
/** How long the rates of each minute are kept, and rows of them that go in one statement. */
const KEEP_METRICS_MS = 14 * 24 * 3_600_000
const METRICS = 1_000
/** Entries of the index that one statement counts off: about a millisecond, and then the event loop has its turn. */
const STEP = 10_000
/** How long a count holds while what is beyond it is being removed. */
const COUNTED_MS = 5_000

/** Where a finished job stands in the order of ending. */
interface Place {
  finished_at: number
  seq: number
}

/**
 * Removes finished jobs past their time or beyond their number, oldest first. Counting costs as much as there is to
 * keep, so what was counted is used for all the calls that remove what is beyond it.
 */
export class Pruning {
  readonly #database: Database
  readonly #counted = new Map<FinalStatus, { most: number; beyond: Place | undefined; until: number }>()

  constructor(database: Database) {
    this.#database = database
  }

  async prune(retention: Retention, limit: number): Promise<number> {
    let removed = 0
    for (const status of ['completed', 'failed', 'cancelled'] as const) {
      if (removed < limit) removed += await this.#pruneStatus(status, retention, limit - removed)
    }
    if (removed < limit) this.#counted.clear()
    await pruneWorkers(this.#database)
    const now = await this.#database.now()
    await pruneMetrics(this.#database, now - KEEP_METRICS_MS, METRICS)
    await pruneKeys(this.#database, now)
    return removed
  }

  async #pruneStatus(status: FinalStatus, retention: Retention, limit: number): Promise<number> {
    const past = await this.#past(status, retention)
    if (past === undefined) return 0
    const ended = sql`status = ${status} and ${past}`
    const old = sql`select seq from ${table.attempt} where ${ended} order by finished_at, seq limit ${limit}`
    // Looked at without the write lock first: mostly there is nothing to do.
    if ((await this.#database.all(old)).length === 0) return 0
    return await this.#database.transaction(async (tx) => {
      const rows = await tx.all<{ seq: number }>(old)
      if (rows.length === 0) return 0
      const still = isAlone(tx) ? rows : await holdEnded(tx, rows, ended)
      await removeJobs(
        tx,
        still.map(({ seq }) => seq),
      )
      return still.length
    })
  }

  /** What is to go, as a condition; undefined when nothing is. */
  async #past(status: FinalStatus, retention: Retention): Promise<Statement | undefined> {
    const most = retention.most?.[status]
    const beyond = most === undefined ? undefined : await this.#beyond(status, most)
    const before = (await this.#database.now()) - retention[status]
    // Both are the oldest part of one order, so the longer one holds the other.
    if (beyond !== undefined && beyond.finished_at >= before) {
      return sql`finished_at <= ${beyond.finished_at} and (finished_at, seq) <= (${beyond.finished_at}, ${beyond.seq})`
    }
    return Number.isFinite(before) ? sql`finished_at < ${before}` : undefined
  }

  async #beyond(status: FinalStatus, most: number): Promise<Place | undefined> {
    const known = this.#counted.get(status)
    const now = performance.now()
    if (known?.most === most && known.until > now) return known.beyond
    const beyond = await countOff(this.#database, status, most)
    this.#counted.set(status, { most, beyond, until: now + COUNTED_MS })
    return beyond
  }
}

/** The newest finished job after so many newer ones. */
async function countOff(database: Database, status: FinalStatus, most: number): Promise<Place | undefined> {
  let place: Place | undefined
  for (let left = most; ; ) {
    const skip = Math.min(left, STEP)
    const older: Statement =
      place === undefined
        ? sql``
        : sql`and finished_at <= ${place.finished_at} and (finished_at, seq) < (${place.finished_at}, ${place.seq})`
    const found: Place[] = await database.all(sql`select finished_at, seq from ${table.attempt}
      where status = ${status} ${older} order by finished_at desc, seq desc limit 1 offset ${skip}`)
    place = found[0]
    if (place === undefined || left <= skip) return place
    left -= skip + 1
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Somebody may be giving one of them its attempts again: held as commands hold them, they are looked at once more. */
async function holdEnded(tx: Connection, jobs: readonly { seq: number }[], ended: Statement) {
  const keys = jobs.map(({ seq }) => [seq])
  const named = await tx.all<{ id: JobId }>(
    tx.byKey.select(sql`t.id`, { table: sql`${table.job}`, key: ['seq'], keys }),
  )
  await hold(
    tx,
    named.map(({ id }) => id),
  )
  return await tx.all<{ seq: number }>(
    tx.byKey.select(sql`t.seq`, { table: sql`${table.attempt}`, key: ['seq'], keys, and: ended }),
  )
}

async function pruneWorkers(database: Database): Promise<void> {
  const gone = sql`from ${table.worker} where ended_at < ${(await database.now()) - KEEP_WORKERS_MS}`
  if ((await database.all(sql`select 1 ${gone} limit 1`)).length > 0) await database.run(sql`delete ${gone}`)
}
