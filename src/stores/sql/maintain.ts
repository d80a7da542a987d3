import { fingerprintOf } from '../../core/fingerprint.ts'
import type { JobId } from '../../core/job.ts'
import type { ExpiredJob } from '../../store/commands.ts'
import { type Database, sql, table } from './database.ts'
import { attemptRef, locate } from './locate.ts'
import { endUnstarted, takeOut, type UnstartedEnd } from './pending.ts'
import { removeExpiries } from './remove.ts'

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
    const now = await tx.now()
    const rows = await tx.all<{ expires_at: number; seq: number }>(
      sql`select expires_at, seq from ${table.expiry} where expires_at <= ${now} order by expires_at, seq limit ${limit}
        ${tx.forUpdate}`,
    )
    if (rows.length === 0) return false
    await removeExpiries(tx, rows)
    const dueAt = new Map(rows.map(({ seq, expires_at }) => [seq, expires_at]))
    const named = await tx.all<{ id: JobId | null }>(
      sql`select (select j.id from ${table.job} j where j.seq = k.seq) as id from ${tx.byKey.numbers([...dueAt.keys()])}`,
    )
    const jobs = await locate(
      tx,
      named.map(({ id }) => id).filter((id) => id !== null),
    )
    // Claimed, started before or finished: its expiry has no more meaning.
    const waiting = jobs.filter(({ held, status, last }) => !held && status === 'pending' && last === undefined)
    const taken = await takeOut(tx, waiting)
    const ends: UnstartedEnd[] = []
    for (const job of waiting) {
      const counters = taken.get(job.seq)
      if (counters === undefined) continue
      const waited = ((dueAt.get(job.seq) as number) - job.createdAt) / 1000
      const error = {
        name: 'OffstageError',
        code: 'EXPIRED',
        message: `it was not started within ${waited} s`,
      }
      ends.push({
        job,
        counters,
        outcome: 'failed',
        status: 'failed',
        reason: 'expired',
        error: JSON.stringify(error),
        fingerprint: fingerprintOf(error, job.names),
        at: now,
      })
      expired.push({ ...attemptRef(job, counters), error })
    }
    await endUnstarted(tx, ends)
    return true
  })
}
