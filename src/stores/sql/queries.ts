import { isIdPrefix } from '../../core/id.ts'
import type { Job, JobAttempt, JobDetail, JobId } from '../../core/job.ts'
import type { JobPage, ListRequest, LogLine, Severity } from '../../store/queried.ts'
import { type Database, sql, table } from './database.ts'
import { oneOf } from './lists.ts'
import { type AttemptRow, type JobRow, selectJobs, toAttempt, toJob } from './rows.ts'
import { search } from './search.ts'
import { type Found, inChunks } from './stream.ts'

/** Jobs with their attempts, in the order of the ids; without those that are not there. */
export async function details(database: Database, ids: readonly JobId[]): Promise<JobDetail[]> {
  const found = await inChunks([...new Set(ids)], (some) =>
    database.all<{ seq: number; id: JobId }>(
      sql`select seq, id from ${table.job} where ${oneOf(database, sql`id`, some)}`,
    ),
  )
  const seqs = found.map(({ seq }) => seq)
  if (seqs.length === 0) return []
  const [rows, attempts, now] = await Promise.all([rowsOf(database, seqs), attemptsOf(database, seqs), database.now()])
  const jobs = new Map(rows.map((row) => [row.id, { ...toJob(row, now), attempts: attempts.get(row.seq) ?? [] }]))
  return ids.map((id) => jobs.get(id)).filter((job) => job !== undefined)
}

/** Those that have ended, and behind them the one that runs. */
async function attemptsOf(database: Database, seqs: readonly number[]): Promise<Map<number, JobAttempt[]>> {
  const [ended, held] = await Promise.all([
    inChunks(seqs, (some) =>
      database.all<AttemptRow>(sql`
        select a.seq, a.n, a.outcome, w.id as worker_id, a.started_at, a.finished_at, a.error
        from ${table.attempt} a left join ${table.worker} w on w.lease = a.lease
        where ${oneOf(database, sql`a.seq`, some)} and a.started_at is not null order by a.seq, a.n`),
    ),
    inChunks(seqs, (some) =>
      database.all<{ seq: number; n: number; worker_id: string | null; started_at: number }>(sql`
        select r.seq, r.attempt as n, w.id as worker_id, r.started_at
        from ${table.running} r left join ${table.worker} w on w.lease = r.lease
        where ${oneOf(database, sql`r.seq`, some)} and r.started_at is not null`),
    ),
  ])
  const attempts = new Map<number, JobAttempt[]>(seqs.map((seq) => [seq, []]))
  for (const row of ended) attempts.get(row.seq)?.push(toAttempt(row))
  for (const { seq, n, worker_id, started_at } of held) {
    const startedAt = new Date(started_at)
    attempts
      .get(seq)
      ?.push({ attempt: n, outcome: null, workerId: worker_id, startedAt, finishedAt: null, error: null })
  }
  return attempts
}

export async function idsByPrefix(database: Database, prefix: string, limit: number): Promise<JobId[]> {
  if (!isIdPrefix(prefix)) return []
  // An id is hexadecimal digits and dashes; `g` sorts behind them all.
  const rows = await database.all<{ id: JobId }>(
    sql`select id from ${table.job} where id >= ${prefix} and id < ${`${prefix}g`} order by id limit ${limit}`,
  )
  return rows.map(({ id }) => id)
}

export async function listJobs(database: Database, request: ListRequest): Promise<JobPage> {
  const { found, cursor } = await search(database, request)
  return { jobs: await jobsOf(database, found), cursor }
}

export async function findJobs(
  database: Database,
  request: ListRequest,
): Promise<{ ids: JobId[]; cursor: string | undefined }> {
  const { found, cursor } = await search(database, request)
  return { ids: found.map(({ id }) => id), cursor }
}

/** In their order, without those that were deleted since they were found. */
async function jobsOf(database: Database, found: readonly Found[]): Promise<Job[]> {
  const seqs = found.map(({ seq }) => seq)
  const [rows, now] = await Promise.all([rowsOf(database, seqs), database.now()])
  const jobs = new Map(rows.map((row) => [row.seq, toJob(row, now)]))
  return seqs.map((seq) => jobs.get(seq)).filter((job) => job !== undefined)
}

async function rowsOf(database: Database, seqs: readonly number[]): Promise<JobRow[]> {
  return await inChunks(seqs, (some) => database.all(selectJobs(oneOf(database, sql`j.seq`, some))))
}

export async function logs(database: Database, id: JobId, attempt: number | undefined): Promise<LogLine[]> {
  const only = attempt === undefined ? sql`` : sql`and l.n = ${attempt}`
  const rows = await database.all<{ n: number; at: number; severity: Severity; text: string }>(sql`
    select l.n, l.at, l.severity, l.text from ${table.log} l join ${table.job} j on j.seq = l.seq
    where j.id = ${id} ${only} order by l.n, l.line`)
  return rows.map(({ n, at, severity, text }) => ({ attempt: n, at: new Date(at), severity, text }))
}
