import { matchesArg } from '../../core/arg-filter.ts'
import type { ArgFilter, JobFilter } from '../../core/filter.ts'
import { isId, isIdPrefix } from '../../core/id.ts'
import { JOB_STATUSES, type JobId, type JobStatus } from '../../core/job.ts'
import { shownArgs } from '../../core/secret.ts'
import { type Database, list, type Statement, sql, table } from './database.ts'

/** A filter in the database's own numbers. */
export interface Sought {
  /** Undefined for all of them. */
  statuses?: readonly JobStatus[] | undefined
  handlers?: readonly number[] | undefined
  queue?: number | undefined
  priority?: number | undefined
  /** True where only final statuses are sought: then `since` and `until` are about the end, else about the storing. */
  byEnd?: boolean
  since?: number | undefined
  until?: number | undefined
  ids?: readonly JobId[] | undefined
  idPrefix?: string | undefined
  fingerprint?: string | undefined
  leases?: readonly number[] | undefined
  /** On `j`, a row of `job`: the tags, and what the arguments cannot but have in them. */
  texts?: readonly Statement[]
  /** Whether stored arguments are meant; undefined when that does not matter. */
  args?: ((text: string) => boolean) | undefined
}

/** What the filter means; undefined when it can mean no job: it names a queue, say, that there never was. */
export async function seek(database: Database, filter: JobFilter): Promise<Sought | undefined> {
  const statuses = filter.status === undefined ? undefined : new Set([filter.status].flat())
  if (statuses?.size === 0) return undefined
  const byEnd = statuses !== undefined && !statuses.has('pending') && !statuses.has('running')
  const ids = filter.ids === undefined ? undefined : [...new Set(filter.ids)].filter(isId)
  if (ids?.length === 0) return undefined
  if (filter.idPrefix !== undefined && !isIdPrefix(filter.idPrefix)) return undefined
  if (filter.error !== undefined && !/^[0-9a-f]{4,}$/.test(filter.error)) return undefined
  const numbers = await numbersOf(database, filter)
  if (numbers === undefined) return undefined
  const { contains } = database.dialect
  const texts = filter.tag === undefined ? [] : [contains(sql`j.tags`, JSON.stringify(filter.tag))]
  for (const each of filter.args ?? []) texts.push(mayHave(database, each))
  return {
    statuses: statuses === undefined || statuses.size === JOB_STATUSES.length ? undefined : [...statuses],
    handlers: numbers.handlers,
    queue: numbers.queue,
    leases: numbers.workers?.map(({ lease }) => lease),
    priority: filter.priority,
    byEnd,
    since: byEnd ? sinceWorkers(filter.since, numbers.workers) : atLeast(filter.since),
    until: atLeast(filter.until),
    ids,
    idPrefix: filter.idPrefix === '' ? undefined : filter.idPrefix,
    fingerprint: filter.error,
    texts,
    args: argsCheck(filter.args ?? []),
  }
}

/** The first whole millisecond that is not before it: all times in the database are whole. */
function atLeast(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.ceil(ms)
}

/** How far the clocks of the workers, which say when an attempt ended, may be behind the database's. */
const CLOCK_SLACK_MS = 60_000

/** Nothing that a worker has run ended before it was there. */
function sinceWorkers(since: number | undefined, workers: Numbers['workers']): number | undefined {
  if (workers === undefined) return atLeast(since)
  const first = Math.min(...workers.map(({ started_at }) => started_at)) - CLOCK_SLACK_MS
  return Math.max(first, atLeast(since) ?? first)
}

interface Numbers {
  handlers?: number[]
  queue?: number | undefined
  /** The leases of the worker, which had one each time that it was started. */
  workers?: { lease: number; started_at: number }[]
}

async function numbersOf(database: Database, filter: JobFilter): Promise<Numbers | undefined> {
  const numbers: Numbers = {}
  if (filter.class !== undefined || filter.method !== undefined) {
    const handlers = await database.all<{ id: number; class: string; method: string }>(
      sql`select id, class, method from ${table.handler}`,
    )
    numbers.handlers = handlers
      .filter((handler) => (filter.class ?? handler.class) === handler.class)
      .filter((handler) => (filter.method ?? handler.method) === handler.method)
      .map(({ id }) => id)
    if (numbers.handlers.length === 0) return undefined
  }
  if (filter.queue !== undefined) {
    if (!isStorable(filter.queue)) return undefined
    const queues = await database.all<{ id: number; name: string }>(
      sql`select id, name from ${table.queue} where name = ${filter.queue}`,
    )
    // Compared here as well: some databases take texts for equal that differ in the space at their end.
    numbers.queue = queues.find(({ name }) => name === filter.queue)?.id
    if (numbers.queue === undefined) return undefined
  }
  if (filter.worker !== undefined) {
    if (!isStorable(filter.worker)) return undefined
    const workers = await database.all<{ lease: number; started_at: number; id: string }>(
      sql`select lease, started_at, id from ${table.worker} where id = ${filter.worker}`,
    )
    numbers.workers = workers.filter(({ id }) => id === filter.worker)
    if (numbers.workers.length === 0) return undefined
  }
  return numbers
}

/** What cannot be stored in every database is not bound in any. */
function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

/**
 * What stored arguments have in them if they have that value: as JSON, with its key before it. It may be found in others
 * too, so whoever asks looks at the arguments themselves as well.
 */
function mayHave({ dialect: { contains } }: Database, { path, value }: ArgFilter): Statement {
  const key = path.split('.').at(-1) ?? ''
  // A number may be the place in a list, which is not written there.
  const before = key === '' || /^\d+$/.test(key) ? '' : `${JSON.stringify(key).slice(1)}:`
  const text = JSON.stringify(value)
  const plain = /^(-?[\d.e+-]+|true|false|null)$/i.test(value)
  const quoted = contains(sql`j.args`, before + text)
  return plain ? sql`(${quoted} or ${contains(sql`j.args`, before + value)})` : quoted
}

function argsCheck(filters: readonly ArgFilter[]): Sought['args'] {
  if (filters.length === 0) return undefined
  return (text) => {
    const args = JSON.parse(shownArgs(text)) as unknown[]
    return filters.every((filter) => matchesArg(args, filter))
  }
}

/** What has to hold of `j`, a row of `job`. */
export function jobConditions(sought: Sought): Statement[] {
  const { handlers, queue, priority, since, until, byEnd, idPrefix } = sought
  const conditions: Statement[] = []
  if (handlers !== undefined) conditions.push(sql`j.handler in (${list(handlers)})`)
  if (queue !== undefined) conditions.push(sql`j.queue = ${queue}`)
  if (priority !== undefined) conditions.push(sql`j.priority = ${priority}`)
  if (since !== undefined && !byEnd) conditions.push(sql`j.created_at >= ${since}`)
  if (until !== undefined && !byEnd) conditions.push(sql`j.created_at < ${until}`)
  // An id is hexadecimal digits and dashes; `g` sorts behind them all. Not by the index of ids: it is asked of rows that
  // are found by another, and may hold of a million.
  if (idPrefix !== undefined) {
    conditions.push(sql`coalesce(j.id, '') >= ${idPrefix} and coalesce(j.id, '') < ${`${idPrefix}g`}`)
  }
  conditions.push(...(sought.texts ?? []))
  return conditions
}

/** What has to hold of the attempts of a job, by its number. */
export function attemptConditions({ fingerprint, leases, byEnd }: Sought, seq: Statement): Statement[] {
  const conditions: Statement[] = []
  if (fingerprint !== undefined) {
    const begins = sql`coalesce(x.fingerprint, '') >= ${fingerprint}
      and coalesce(x.fingerprint, '') < ${`${fingerprint}g`}`
    conditions.push(anyAttempt(seq, begins))
  }
  if (leases !== undefined) {
    const theirs = sql`x.lease in (${list(leases)}) and x.started_at is not null`
    conditions.push(byEnd ? anyAttempt(seq, theirs) : sql`(${anyAttempt(seq, theirs)} or ${held(seq, theirs)})`)
  }
  return conditions
}

/** The statuses that are sought, of a job by its number. */
export function statusCondition(statuses: readonly JobStatus[], seq: Statement): Statement {
  const started = held(seq, sql`x.started_at is not null`)
  const ended = statuses.filter((status) => status !== 'pending' && status !== 'running')
  const either: Statement[] = []
  if (statuses.includes('running')) either.push(started)
  if (statuses.includes('pending')) {
    either.push(sql`(not ${anyAttempt(seq, sql`x.status is not null`)} and not ${started})`)
  }
  if (ended.length > 0) either.push(anyAttempt(seq, sql`coalesce(x.status, '') in (${list(ended)})`))
  return sql`(${list(either, ' or ')})`
}

/** True where the job of a number meets conditions on `j`; none when there are no conditions. */
export function jobMeets(conditions: readonly Statement[], seq: Statement): Statement[] {
  if (conditions.length === 0) return []
  return [sql`coalesce((select 1 from ${table.job} j where j.seq = ${seq} and ${list(conditions, ' and ')}), 0) = 1`]
}

/**
 * Written as a value that is looked up by the key of each job: as a join or an `exists`, a planner may think it better
 * to read all attempts. `coalesce` in a condition keeps it off the other indexes of `attempt` for the same reason.
 */
function anyAttempt(seq: Statement, condition: Statement): Statement {
  return sql`coalesce((select 1 from ${table.attempt} x where x.seq = ${seq} and ${condition} limit 1), 0) = 1`
}

function held(seq: Statement, condition: Statement): Statement {
  return sql`coalesce((select 1 from ${table.running} x where x.seq = ${seq} and ${condition}), 0) = 1`
}
