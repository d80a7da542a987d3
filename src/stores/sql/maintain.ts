import { fingerprintOf } from '../../core/fingerprint.ts'
import type { JobId } from '../../core/job.ts'
import type { ExpiredJob } from '../../store/commands.ts'
import { type Database, sql, table } from './database.ts'
import { attemptRef, endUnstarted, locate, takeOut } from './locate.ts'

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
    for (const row of rows) {
      const [stored] = await tx.all<{ id: JobId; created_at: number }>(
        sql`select id, created_at from ${table.job} where seq = ${row.seq}`,
      )
      await tx.run(sql`delete from ${table.expiry} where expires_at = ${row.expires_at} and seq = ${row.seq}`)
      const job = stored === undefined ? undefined : await locate(tx, stored.id)
      // Claimed, started before or finished: its expiry has no more meaning.
      if (stored === undefined || job === undefined) continue
      if (job.held || job.status !== 'pending' || job.last !== undefined) continue
      const counters = await takeOut(tx, job)
      if (counters === undefined) continue
      const waited = (row.expires_at - stored.created_at) / 1000
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
        fingerprint: fingerprintOf(error, job.names),
        at: now,
      } as const
      await endUnstarted(tx, job, counters, end)
      expired.push({ ...attemptRef(job, counters), error })
    }
    return rows.length > 0
  })
}
