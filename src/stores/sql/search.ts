import { OffstageError } from '../../core/errors.ts'
import type { JobFilter } from '../../core/filter.ts'
import { JOB_STATUSES, type JobStatus } from '../../core/job.ts'
import type { BoundedCount, CountBounds, ListRequest, StatusCounts } from '../../store/queried.ts'
import { attemptConditions, jobConditions, jobMeets, type Sought, seek, statusCondition } from './conditions.ts'
import { type Database, list, type Statement, sql, table } from './database.ts'
import { countHot, hot, hotSize } from './hot.ts'
import { oneOf } from './lists.ts'
import {
  type Found,
  inChunks,
  isBefore,
  known,
  type Ordered,
  type Place,
  type Stream,
  unlessLong,
  walk,
  withArgs,
} from './stream.ts'

/** What is looked up for a job that an id or an error leads to, and that for every status when they are counted. */
const LOOKUPS_OF_EACH = 10
/** So long the newest of all jobs are looked at first, where those that have not ended are too many to begin with. */
const NEWEST_MS = 20

export interface Page {
  found: Found[]
  cursor: string | undefined
}

/** The keys of the jobs that are meant, from the cursor on, the newest first. */
export async function search(database: Database, request: ListRequest): Promise<Page> {
  const { limit, cursor, withinMs = Number.POSITIVE_INFINITY } = request
  const until = performance.now() + withinMs
  const sought = await seek(database, request)
  const after = cursor === undefined ? undefined : readCursor(cursor, request)
  if (sought === undefined) return { found: [], cursor: undefined }
  const streams = await streamsOf(database, sought, await keysOf(database, sought))
  const { found, reached } = await merge(streams, after, limit + 1, until)
  const page = found.slice(0, limit)
  const last = found.length > limit ? page.at(-1) : reached
  return { found: page, cursor: last && writeCursor(last, sought.byEnd === true) }
}

/** How many jobs are meant, counted to `upTo`. */
export async function count(database: Database, filter: JobFilter, upTo = Number.POSITIVE_INFINITY): Promise<number> {
  const sought = await seek(database, filter)
  if (sought === undefined) return 0
  const keys = await keysOf(database, sought)
  return (await countUntil(database, sought, keys, upTo, Number.POSITIVE_INFINITY)).count
}

export async function countByStatus(
  database: Database,
  filter: JobFilter,
  { upTo, withinMs, statuses = JOB_STATUSES }: CountBounds,
): Promise<StatusCounts> {
  const until = performance.now() + withinMs
  const none = JOB_STATUSES.map((status) => [status, { count: 0, more: false }])
  const counts = Object.fromEntries(none) as StatusCounts
  const each = await Promise.all(statuses.map((status) => seek(database, { ...filter, status })))
  const [first] = each
  // If it can mean no job of one status, it can of none.
  if (first === undefined) return counts
  const keys = await keysOf(database, first)
  const countOne = async (index: number, end: number): Promise<void> => {
    counts[statuses[index] as JobStatus] = await countUntil(database, each[index] as Sought, keys, upTo, end)
  }
  if (keys.column !== undefined || !isNarrowed(first)) {
    await Promise.all(statuses.map((_, index) => countOne(index, until)))
    return counts
  }
  const inTurn = async (indexes: readonly number[]) => {
    for (const [before, index] of indexes.entries()) {
      // What one status needs less than its share, those behind it have.
      const now = performance.now()
      await countOne(index, now + Math.max(0, until - now) / (indexes.length - before))
    }
  }
  // Whether jobs have ended or not, they are looked for in other tables: on a server, on two connections.
  const [ended = [], unended = []] = [true, false].map((hasEnded) =>
    [...statuses.keys()].filter((index) => (each[index]?.byEnd === true) === hasEnded),
  )
  await Promise.all([inTurn(unended), inTurn(ended)])
  return counts
}

/** True when more is asked of a job than its status: then jobs have to be looked at, which takes its time. */
function isNarrowed(sought: Sought): boolean {
  return allConditions({ ...sought, statuses: undefined }).length > 0 || sought.args !== undefined
}

async function countUntil(
  database: Database,
  sought: Sought,
  keys: Keys,
  upTo: number,
  until: number,
): Promise<BoundedCount> {
  let count = 0
  let more = false
  for (const stream of await streamsOf(database, sought, keys)) {
    const counted = await stream.count(upTo - count, until)
    count += counted.count
    more ||= counted.more
  }
  return { count, more }
}

/** Where to look: what is meant is in exactly one of them, or, when it moves on meanwhile, in two. */
async function streamsOf(database: Database, sought: Sought, keys: Keys): Promise<Stream[]> {
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
function allConditions(sought: Sought): Statement[] {
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
type Keys =
  | {
      column: 'id' | 'seq'
      values: readonly (string | number)[]
      /** What is sought and led to them: they need not be asked for it again. */
      by: 'ids' | 'idPrefix' | 'fingerprint'
    }
  | { column?: undefined }

/** The same whatever statuses are sought. */
async function keysOf(database: Database, { ids, idPrefix, fingerprint }: Sought): Promise<Keys> {
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

/** What several streams have, in one order. `reached` as in a {@link Stream}'s stretch. */
async function merge(
  streams: readonly Stream[],
  after: Place | undefined,
  limit: number,
  until: number,
): Promise<{ found: Found[]; reached: Place | undefined }> {
  const open = new Map<Stream, Place | undefined>(streams.map((stream) => [stream, undefined]))
  const answer = new Map<number, Found>()
  let waiting: Found[] = []
  for (;;) {
    // Nothing that is still to come from any of them can stand before this place.
    const [next, frontier] = least(open)
    waiting.sort((a, b) => (isBefore(a, b) ? -1 : 1))
    const sure = next === undefined ? waiting : waiting.filter((each) => frontier && !isBefore(frontier, each))
    waiting = waiting.slice(sure.length)
    for (const found of sure) answer.set(found.seq, found)
    const found = [...answer.values()].slice(0, limit)
    if (next === undefined || found.length === limit) return { found, reached: undefined }
    const now = performance.now()
    if (now >= until && frontier !== undefined) return { found, reached: frontier }
    const stretch = await next.next(frontier ?? after, limit - found.length, now + (until - now) / streams.length)
    waiting.push(...stretch.found)
    if (stretch.reached === undefined) open.delete(next)
    else open.set(next, stretch.reached)
  }
}

/** The stream that has been read the least far, and how far that is. */
function least(open: ReadonlyMap<Stream, Place | undefined>): [Stream, Place | undefined] | [undefined, undefined] {
  let found: [Stream, Place | undefined] | [undefined, undefined] = [undefined, undefined]
  for (const [stream, place] of open) {
    if (place === undefined) return [stream, undefined]
    if (found[1] === undefined || isBefore(place, found[1])) found = [stream, place]
  }
  return found
}

/** It says by what the list is ordered, so that one of another list is not taken for a place in this. */
function writeCursor({ at, seq }: Place, byEnd: boolean): string {
  return byEnd ? `e${at}-${seq}` : `s${seq}`
}

function readCursor(text: string, { status }: JobFilter): Place {
  const statuses = status === undefined ? [] : [status].flat()
  const byEnd = statuses.length > 0 && !statuses.includes('pending') && !statuses.includes('running')
  const [, at, seq] = /^e(\d{1,15})-(\d{1,15})$/.exec(text) ?? []
  if (byEnd && at !== undefined) return { at: Number(at), seq: Number(seq) }
  const [, number] = /^s(\d{1,15})$/.exec(text) ?? []
  if (!byEnd && number !== undefined) return { at: 0, seq: Number(number) }
  throw new OffstageError(
    'OPTION_INVALID',
    'the cursor is of another list: use the one that the page before ended with, and the same filter',
  )
}
