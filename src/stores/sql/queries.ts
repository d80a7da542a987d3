import type { JobFilter } from '../../core/filter.ts'
import type { Job, JobDetail, JobId } from '../../core/job.ts'
import type { JobPage, ListRequest, LogLine, QueueInfo, Severity } from '../../store/queried.ts'
import { type Database, list, type Statement, sql, table } from './database.ts'
import { type AttemptRow, type JobRow, selectJobs, toAttempt, toJob } from './rows.ts'

export async function get(database: Database, id: JobId): Promise<JobDetail | undefined> {
  const [found] = await database.all<{ seq: number }>(sql`select seq from ${table.job} where id = ${id}`)
  if (found === undefined) return undefined
  const [row] = await database.all<JobRow>(selectJobs([found.seq]))
  if (row === undefined) return undefined
  const attempts = await database.all<AttemptRow>(sql`
    select a.n, a.outcome, w.id as worker_id, a.started_at, a.finished_at, a.error
    from ${table.attempt} a left join ${table.worker} w on w.lease = a.lease
    where a.seq = ${found.seq} and a.started_at is not null order by a.n`)
  const [held] = await database.all<{ n: number; worker_id: string | null; started_at: number }>(sql`
    select r.attempt as n, w.id as worker_id, r.started_at
    from ${table.running} r left join ${table.worker} w on w.lease = r.lease
    where r.seq = ${found.seq} and r.started_at is not null`)
  const running = held && {
    attempt: held.n,
    outcome: null,
    workerId: held.worker_id,
    startedAt: new Date(held.started_at),
    finishedAt: null,
    error: null,
  }
  return {
    ...toJob(row, await database.now()),
    attempts: [...attempts.map(toAttempt), ...(running === undefined ? [] : [running])],
  }
}

export async function idsByPrefix(database: Database, prefix: string, limit: number): Promise<JobId[]> {
  // An id is hexadecimal digits and dashes; `g` sorts behind them all.
  const rows = await database.all<{ id: JobId }>(
    sql`select id from ${table.job} where id >= ${prefix} and id < ${`${prefix}g`} order by id limit ${limit}`,
  )
  return rows.map(({ id }) => id)
}

/** Newest first, by the order of storing; pages by key, so that jobs that come and go shift nothing. */
export async function listJobs(database: Database, request: ListRequest): Promise<JobPage> {
  const { rows, cursor } = await page(database, request)
  const jobs = await jobsOf(
    database,
    rows.map(({ seq }) => seq),
  )
  return { jobs, cursor }
}

export async function findJobs(
  database: Database,
  request: ListRequest,
): Promise<{ ids: JobId[]; cursor: string | undefined }> {
  const { rows, cursor } = await page(database, request)
  return { ids: rows.map(({ id }) => id), cursor }
}

async function page(database: Database, request: ListRequest) {
  const conditions = await conditionsOf(database, request)
  if (conditions === undefined) return { rows: [], cursor: undefined }
  if (request.cursor !== undefined) conditions.push(sql`j.seq < ${Number.parseInt(request.cursor, 10)}`)
  const found = await database.all<{ seq: number; id: JobId }>(
    sql`select j.seq, j.id from ${table.job} j ${where(conditions)} order by j.seq desc limit ${request.limit + 1}`,
  )
  const rows = found.slice(0, request.limit)
  return { rows, cursor: found.length > request.limit ? String(rows.at(-1)?.seq) : undefined }
}

async function jobsOf(database: Database, seqs: readonly number[]): Promise<Job[]> {
  if (seqs.length === 0) return []
  const rows = await database.all<JobRow>(selectJobs(seqs))
  const now = await database.now()
  return rows.sort((a, b) => b.seq - a.seq).map((row) => toJob(row, now))
}

export async function count(database: Database, filter: JobFilter): Promise<number> {
  const conditions = await conditionsOf(database, filter)
  if (conditions === undefined) return 0
  const [row] = await database.all<{ total: number }>(
    sql`select count(*) as total from ${table.job} j ${where(conditions)}`,
  )
  return row?.total ?? 0
}

function where(conditions: readonly Statement[]): Statement {
  return conditions.length === 0 ? sql`` : sql`where ${list(conditions, ' and ')}`
}

/** The filter as conditions on `j`; undefined when it names a handler or queue that does not exist. */
async function conditionsOf(database: Database, filter: JobFilter): Promise<Statement[] | undefined> {
  const conditions: Statement[] = []
  if (filter.ids !== undefined) {
    if (filter.ids.length === 0) return undefined
    conditions.push(sql`j.id in (${list(filter.ids)})`)
  }
  if (filter.class !== undefined || filter.method !== undefined) {
    const handlers = await database.all<{ id: number; class: string; method: string }>(
      sql`select id, class, method from ${table.handler}`,
    )
    const ids = handlers
      .filter((handler) => (filter.class ?? handler.class) === handler.class)
      .filter((handler) => (filter.method ?? handler.method) === handler.method)
      .map(({ id }) => id)
    if (ids.length === 0) return undefined
    conditions.push(sql`j.handler in (${list(ids)})`)
  }
  if (filter.queue !== undefined) {
    const [queue] = await database.all<{ id: number }>(sql`select id from ${table.queue} where name = ${filter.queue}`)
    if (queue === undefined) return undefined
    conditions.push(sql`j.queue = ${queue.id}`)
  }
  if (filter.tag !== undefined) {
    // As it stands in the JSON list, quotes included.
    conditions.push(database.dialect.contains(sql`j.tags`, JSON.stringify(filter.tag)))
  }
  if (filter.status !== undefined) {
    const statuses = [filter.status].flat()
    if (statuses.length === 0) return undefined
    conditions.push(sql`(${list(statuses.map(statusIs), ' or ')})`)
  }
  return conditions
}

function statusIs(status: string): Statement {
  const started = sql`select 1 from ${table.running} r where r.seq = j.seq and r.started_at is not null`
  if (status === 'running') return sql`j.seq in (select seq from ${table.running} where started_at is not null)`
  if (status === 'pending') {
    return sql`(not exists (${started})
      and not exists (select 1 from ${table.attempt} a where a.seq = j.seq and a.status is not null))`
  }
  return sql`j.seq in (select seq from ${table.attempt} where status = ${status})`
}

export async function logs(database: Database, id: JobId, attempt: number | undefined): Promise<LogLine[]> {
  const only = attempt === undefined ? sql`` : sql`and l.n = ${attempt}`
  const rows = await database.all<{ n: number; at: number; severity: Severity; text: string }>(sql`
    select l.n, l.at, l.severity, l.text from ${table.log} l join ${table.job} j on j.seq = l.seq
    where j.id = ${id} ${only} order by l.n, l.line`)
  return rows.map(({ n, at, severity, text }) => ({ attempt: n, at: new Date(at), severity, text }))
}

export async function queues(database: Database): Promise<QueueInfo[]> {
  const rows = await database.all<{ id: number; name: string; paused: number }>(
    sql`select id, name, paused from ${table.queue} order by name`,
  )
  const now = await database.now()
  const ready = await counts(
    database,
    sql`select queue, count(*) as total, min(run_at) as oldest from ${table.ready} group by queue`,
  )
  const due = sql`select queue, count(*) as total, min(run_at) as oldest from ${table.delayed} where run_at`
  const come = await counts(database, sql`${due} <= ${now} group by queue`)
  const delayed = await counts(database, sql`${due} > ${now} group by queue`)
  const running = await counts(
    database,
    sql`select j.queue, count(*) as total from ${table.running} r join ${table.job} j on j.seq = r.seq group by j.queue`,
  )
  return rows.map(({ id, name, paused }) => {
    const oldest = Math.min(ready.get(id)?.oldest ?? Infinity, come.get(id)?.oldest ?? Infinity)
    return {
      name,
      paused: paused === 1,
      ready: (ready.get(id)?.total ?? 0) + (come.get(id)?.total ?? 0),
      delayed: delayed.get(id)?.total ?? 0,
      running: running.get(id)?.total ?? 0,
      oldestReadyAt: Number.isFinite(oldest) ? new Date(oldest) : null,
    }
  })
}

interface QueueCount {
  queue: number
  total: number
  oldest?: number
}

async function counts(database: Database, statement: Statement): Promise<Map<number, QueueCount>> {
  const rows = await database.all<QueueCount>(statement)
  return new Map(rows.map((row) => [row.queue, row]))
}
