import type { JobStatus } from '../../core/job.ts'
import { attemptConditions, jobConditions, jobMeets, type Sought, statusCondition } from './conditions.ts'
import { type Database, list, type Statement, sql, table } from './database.ts'
import { countHot, hot, hotSize } from './hot.ts'
import { oneOf } from './lists.ts'
import { type Found, inChunks, known, type Ordered, type Stream, unlessLong, walk, withArgs } from './stream.ts'

/** What is looked up for a job that an id or an error leads to, and that for every status when they are counted. */
const LOOKUPS_OF_EACH = 10
/** So long the newest of all jobs are looked at first, where those that have not ended are too many to begin with. */
const NEWEST_MS = 20

/** Where to look: what is meant is in exactly one of them, or, when it moves on meanwhile, in two. */
export async function streamsOf(database: Database, sought: Sought, keys: Keys): Promise<Stream[]> {
  const streams = await rawStreams(database, sought, keys)
  const { args } = sought
  return args === undefined ? streams : streams.map((stream) => withArgs(database, stream, args))
}

async function rawStreams(database: Database, sought: Sought, keys: Keys): Promise<Stream[]> {
  if (keys.column !== undefined) {
    return [known(await theseJobs(database, { ...sought, [keys.by]: undefined }, keys.column, keys.values))]
  }
  const { statuses, byEnd } = sought
  if (statuses === undefined) return [stored(database, sought)]
  if (byEnd) return statuses.map((status) => ended(database, sought, status))
  const unended = statuses.every((status) => status === 'pending' || status === 'running')
  return [unended ? await unendedOf(database, sought) : stored(database, sought)]
}

/** Jobs of one final status, by when they ended. */
function ended(database: Database, sought: Sought, status: JobStatus): Stream {
  const { since, until } = sought
  const within: Statement[] = [sql`a.status = ${status}`]
  if (since !== undefined) within.push(sql`a.finished_at >= ${since}`)
  if (until !== undefined) within.push(sql`a.finished_at < ${until}`)
  const seq = sql`a.seq`
  const ofJob = jobConditions(sought)
  const conditions = [...jobMeets(ofJob, seq), ...attemptConditions(sought, seq)]
  const { among } = database.dialect
  const ordered: Ordered = {
    rows: sql`from ${table.attempt} a where ${list(within, ' and ')}`,
    at: sql`a.finished_at`,
    seq,
    id: sql`(select j.id from ${table.job} j where j.seq = a.seq)`,
    condition: conditions.length === 0 ? undefined : list(conditions, ' and '),
  }
  if (among === undefined || ofJob.length === 0) return walk(database, ordered)
  const of = { seq: sql`j.seq`, id: sql`j.id` }
  return walk(database, ordered, {
    ...of,
    at: sql`(select a.finished_at from ${table.attempt} a where a.seq = j.seq and a.status = ${status} limit 1)`,
    among: (seqs) => sql`from ${table.job} j where ${among(of.seq, seqs)}`,
    condition: list([...ofJob, ...attemptConditions(sought, of.seq)], ' and '),
  })
}

/** Jobs of any status, by when they were stored. */
function stored(database: Database, sought: Sought): Stream {
  const conditions = allConditions(sought)
  return walk(database, {
    rows: sql`from ${table.job} j where 1 = 1`,
    at: undefined,
    seq: sql`j.seq`,
    id: sql`j.id`,
    condition: conditions.length === 0 ? undefined : list(conditions, ' and '),
  })
}

/** On `j`, a row of `job`. */
export function allConditions(sought: Sought): Statement[] {
  const seq = sql`j.seq`
  const status = sought.statuses === undefined ? [] : [statusCondition(sought.statuses, seq)]
  // Most jobs have ended: whether one has is looked at before what costs more.
  return [...jobConditions(sought), ...status, ...attemptConditions(sought, seq)]
}

/**
 * Jobs that have not ended stand in tables that have no order of storing: they are read whole. With very many, the newest
 * jobs of all are looked at first, since that many are hardly ever all behind them; and they alone, when there is more
 * to look up than can be.
 */
async function unendedOf(database: Database, sought: Sought): Promise<Stream> {
  const newest = stored(database, sought)
  // A few may be dear to look up too: very long arguments, say.
  const whole = unlessLong(hot(database, sought), newest)
  if (!sought.statuses?.includes('pending')) return whole
  const few = database.dialect.lookups
  const { rows, lookups } = hotSize(database, sought, few + 1)
  if ((await lookups()) > few) return { next: newest.next, count: countHot(database, sought) ?? newest.count }
  let many: boolean | undefined
  return {
    async next(after, limit, until) {
      many ??= (await rows()) > few
      if (!many) return await whole.next(after, limit, until)
      const stretch = await newest.next(after, limit, performance.now() + NEWEST_MS)
      return stretch.found.length === limit ? stretch : await whole.next(after, limit, until)
    },
    count: whole.count,
  }
}

/** Keys of the jobs among which all that are meant must be, where there are only a few of them. */
export type Keys =
  | {
      column: 'id' | 'seq'
      values: readonly (string | number)[]
      /** What is sought and led to them: they need not be asked for it again. */
      by: 'ids' | 'idPrefix' | 'fingerprint'
    }
  | { column?: undefined }

/** The same whatever statuses are sought. */
export async function keysOf(database: Database, { ids, idPrefix, fingerprint }: Sought): Promise<Keys> {
  if (ids !== undefined) return { column: 'id', values: ids, by: 'ids' }
  const few = database.dialect.lookups / LOOKUPS_OF_EACH
  for (const [by, prefix, column, from] of [
    ['idPrefix', idPrefix, sql`id`, table.job],
    ['fingerprint', fingerprint, sql`fingerprint`, table.attempt],
  ] as const) {
    if (prefix === undefined) continue
    const rows = await database.all<{ seq: number }>(
      sql`select seq from ${from} where ${column} >= ${prefix} and ${column} < ${`${prefix}g`} limit ${few + 1}`,
    )
    if (rows.length <= few) return { column: 'seq', values: [...new Set(rows.map(({ seq }) => seq))], by }
  }
  return {}
}

/** Those of these jobs that are meant, looked at one by one. */
async function theseJobs(
  database: Database,
  sought: Sought,
  column: 'id' | 'seq',
  keys: readonly (string | number)[],
): Promise<Found[]> {
  const { byEnd, since, until } = sought
  const conditions = allConditions(sought)
  const meant = conditions.length === 0 ? sql`` : sql`and ${list(conditions, ' and ')}`
  const end = sql`select x.finished_at from ${table.attempt} x where x.seq = j.seq and x.status is not null limit 1`
  const at = byEnd ? sql`coalesce((${end}), 0)` : sql`0`
  const key = column === 'id' ? sql`j.id` : sql`j.seq`
  const found = await inChunks<string | number, Found>(keys, (some) =>
    database.all(sql`select ${at} as at, j.seq, j.id from ${table.job} j
      where ${oneOf(database, key, some)} ${meant}`),
  )
  if (!byEnd) return found
  return found.filter((each) => each.at >= (since ?? each.at) && (until === undefined || each.at < until))
}
