import { jobConditions, type Sought } from './conditions.ts'
import { type Database, list, type Statement, sql, table } from './database.ts'
import type { Found, Stream } from './stream.ts'

/** One of the small tables of jobs that have not ended, and which of its rows are meant. */
interface Part {
  rows: Statement
  id: Statement
  conditions: Statement[]
}

/** In the direction that jobs go, should a statement not see one moment of all. */
function partsOf(sought: Sought): Part[] {
  const { statuses = [], queue, priority, handlers } = sought
  const pending = statuses.includes('pending')
  const running = statuses.includes('running')
  const idOfJob = sql`(select j.id from ${table.job} j where j.seq = p.seq)`
  const ofJob = jobMeets(jobConditions(sought))
  const parts: Part[] = []
  if (pending) {
    const inQueue = queue === undefined ? [] : [sql`p.queue = ${queue}`]
    const waits = jobMeets(jobConditions({ ...sought, queue: undefined }))
    // Of those on their way to another database, a finished one has no due time.
    parts.push({ rows: sql`${table.moving} p`, id: idOfJob, conditions: [sql`p.run_at > 0`, ...ofJob] })
    parts.push({ rows: sql`${table.delayed} p`, id: idOfJob, conditions: [...inQueue, ...waits] })
    const inLine = [...inQueue]
    if (priority !== undefined) inLine.push(sql`p."rank" = ${0 - priority}`)
    if (handlers !== undefined) inLine.push(sql`p.handler in (${list(handlers)})`)
    const rest = jobMeets(jobConditions({ ...sought, queue: undefined, priority: undefined, handlers: undefined }))
    parts.push({ rows: sql`${table.ready} p`, id: sql`p.id`, conditions: [...inLine, ...rest] })
  }
  const started = pending && running ? [] : [running ? sql`p.started_at is not null` : sql`p.started_at is null`]
  parts.push({ rows: sql`${table.running} p`, id: idOfJob, conditions: [...started, ...ofJob] })
  return parts
}

/** Looked up by key for each row: see `anyAttempt` of conditions. */
function jobMeets(conditions: readonly Statement[]): Statement[] {
  if (conditions.length === 0) return []
  return [sql`(select 1 from ${table.job} j where j.seq = p.seq and ${list(conditions, ' and ')}) = 1`]
}

/** Pending or running jobs, the newest first, by reading all of the tables that they stand in. */
export function hot(database: Database, sought: Sought): Stream {
  const parts = partsOf(sought)
  return {
    async next(after, limit) {
      const newest = parts.map(({ rows, id, conditions }) => {
        const meant = after === undefined ? conditions : [...conditions, sql`p.seq < ${after.seq}`]
        return sql`select * from (select 0 as at, p.seq as seq, ${id} as id from ${rows} ${where(meant)}
          order by p.seq desc limit ${limit}) part`
      })
      const found = await database.all<Found>(
        sql`select * from (${list(newest, ' union all ')}) parts order by seq desc limit ${limit}`,
      )
      return { found, reached: found.length < limit ? undefined : found.at(-1), looked: found.length }
    },
    async count(most) {
      const total = await countParts(database, parts, most + 1)
      return { count: Math.min(most, total), more: total > most }
    },
  }
}

/** How many rows the search of {@link hot} has to read at most, counted to `upTo` in the tables themselves. */
export async function hotSize(database: Database, { statuses, queue }: Sought, upTo: number): Promise<number> {
  return await countParts(database, partsOf({ statuses, queue }), upTo)
}

async function countParts(database: Database, parts: readonly Part[], upTo: number): Promise<number> {
  const some = Number.isFinite(upTo) ? sql`limit ${upTo}` : sql``
  const counts = parts.map(
    ({ rows, conditions }) =>
      sql`(select count(*) from (select 1 as found from ${rows} ${where(conditions)} ${some}) part)`,
  )
  const [row] = await database.all<{ total: number }>(sql`select ${list(counts, ' + ')} as total`)
  return row?.total ?? 0
}

function where(conditions: readonly Statement[]): Statement {
  return conditions.length === 0 ? sql`` : sql`where ${list(conditions, ' and ')}`
}
