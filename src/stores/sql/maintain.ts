import type { JobId } from '../../core/job.ts'
import type { ExpiredJob, Retention } from '../../store/store.ts'
import { type Database, sql, table } from './database.ts'
import { attemptRef, endUnstarted, locate, takeOut } from './locate.ts'
import { removeJobs } from './remove.ts'

/** How long the row of a worker that has ended is kept, so that its attempts can say who ran them. */
const KEEP_WORKERS_MS = 90 * 24 * 3_600_000

/** Fails jobs whose `expiresIn` has passed before anybody started them. */
export async function expire(database: Database, limit: number): Promise<ExpiredJob[]> {
  const expired: ExpiredJob[] = []
  while (expired.length < limit && (await expireSome(database, limit - expired.length, expired)));
  return expired
}

/** Looks at some that have come due; false when there are none. */
async function expireSome(database: Database, limit: number, expired: ExpiredJob[]): Promise<boolean> {
  const due = sql`from ${table.expiry} where expires_at <= ${await database.now()}`
  if ((await database.all(sql`select 1 ${due} limit 1`)).length === 0) return false
  return await database.transaction(async (tx) => {
    const now = await database.now()
    const rows = await tx.all<{ expires_at: number; seq: number; id: JobId | null; created_at: number }>(
      sql`select e.expires_at, e.seq, j.id, j.created_at from ${table.expiry} e left join ${table.job} j on j.seq = e.seq
        where e.expires_at <= ${now} order by e.expires_at, e.seq limit ${limit}`,
    )
    for (const row of rows) {
      await tx.run(sql`delete from ${table.expiry} where expires_at = ${row.expires_at} and seq = ${row.seq}`)
      const job = row.id === null ? undefined : await locate(tx, row.id)
      // Claimed, started before or finished: its expiry has no more meaning.
      if (job === undefined || job.held || job.status !== 'pending' || job.last !== undefined) continue
      const counters = await takeOut(tx, job)
      if (counters === undefined) continue
      const waited = (row.expires_at - row.created_at) / 1000
      const error = {
        name: 'OffstageError',
        code: 'EXPIRED',
        message: `it was not started within ${waited} s`,
      }
      const end = {
        outcome: 'failed',
        status: 'failed',
        reason: 'expired',
        error: JSON.stringify(error),
        at: now,
      } as const
      await endUnstarted(tx, job, counters, end)
      expired.push({ ...attemptRef(job, counters), error })
    }
    return rows.length > 0
  })
}

/** Removes finished jobs past their time, oldest first, at most `limit` of each status. */
export async function prune(database: Database, retention: Retention, limit: number): Promise<number> {
  let removed = 0
  for (const status of ['completed', 'failed', 'cancelled'] as const) {
    if (!Number.isFinite(retention[status])) continue
    const before = (await database.now()) - retention[status]
    const old = sql`select seq from ${table.attempt} where status = ${status} and finished_at < ${before}
      order by finished_at, seq limit ${limit}`
    // Looked at without the write lock first: mostly there is nothing to do.
    if ((await database.all(old)).length === 0) continue
    await database.transaction(async (tx) => {
      const rows = await tx.all<{ seq: number }>(old)
      await removeJobs(
        tx,
        rows.map(({ seq }) => seq),
      )
      removed += rows.length
    })
  }
  await pruneWorkers(database)
  return removed
}

async function pruneWorkers(database: Database): Promise<void> {
  const gone = sql`from ${table.worker} where ended_at < ${(await database.now()) - KEEP_WORKERS_MS}`
  if ((await database.all(sql`select 1 ${gone} limit 1`)).length > 0) await database.run(sql`delete ${gone}`)
}
