import { idAt, msOfId } from '../../core/id.ts'
import type { Arrivals } from '../../store/queried.ts'
import { type Database, sql, table } from './database.ts'

/** The newest jobs that are looked at: their rate stands for the rest. */
const NEWEST = 2_000

/**
 * How many jobs came to each queue. By their ids, which hold when they were made: what tells when they were stored lies
 * behind the arguments, and those can be long.
 */
export async function arrivals(database: Database, since: number): Promise<Arrivals> {
  const from = idAt(since)
  const [newest] = await database.all<{ seq: number | null }>(sql`select max(seq) as seq from ${table.job}`)
  const behind = (newest?.seq ?? 0) - NEWEST
  const rows = await database.all<{ queue: string; total: number; first: string }>(sql`
    select (select q.name from ${table.queue} q where q.id = came.queue) as queue, total, first
    from (select queue, count(case when id >= ${from} then 1 end) as total, min(id) as first
      from ${table.job} where seq > ${behind} group by queue) came`)
  // Where all of the newest came since then, others may have too: those are not known.
  const first = rows.reduce((least, row) => (row.first < least ? row.first : least), '~')
  const all = behind <= 0 || first < from
  return {
    since: all ? since : msOfId(first),
    queues: rows.filter(({ total }) => total > 0).map(({ queue, total }) => ({ queue, count: total })),
  }
}
