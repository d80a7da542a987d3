import type { JobId, JobStatus } from '../../core/job.ts'
import type { AttemptRef } from '../../store/store.ts'
import { type Connection, sql, table } from './database.ts'

/** Where a job is: its status is the table that it stands in. */
export interface Located {
  seq: number
  id: JobId
  queue: number
  priority: number
  handler: number
  /** What the numbers of its handler and queue stand for. */
  names: { class: string; method: string; queue: string }
  maxAttempts: number
  status: JobStatus
  /** Claimed by a worker, whether started yet or not. */
  held: boolean
  /** On its way to another database, where it may have arrived: nothing may be done to it here any more. */
  underWay: boolean
  /** When it is or was due: part of the key of a pending job. */
  runAt: number
  expiresAt: number | null
  /** The number of its last attempt row, if there is one, and whether that one's code ran. */
  last: { n: number; started: boolean; status: JobStatus | null } | undefined
}

interface JobRow {
  seq: number
  queue: number
  priority: number
  handler: number
  run_at: number
  expires_at: number | null
  max_attempts: number
  class: string
  method: string
  queue_name: string
}

/**
 * Finds a job and holds its row, so that two commands on one job follow each other. Workers do not ask for that row:
 * what they may have changed by the time that a command writes, the command has to look at again.
 */
export async function locate(tx: Connection, id: JobId): Promise<Located | undefined> {
  // Names by subqueries: what is joined would be held too, and all jobs share those rows.
  const [job] = await tx.all<JobRow>(
    sql`select j.seq, j.queue, j.priority, j.handler, j.run_at, j.expires_at, j.max_attempts,
        (select class from ${table.handler} where id = j.handler) as class,
        (select method from ${table.handler} where id = j.handler) as method,
        (select name from ${table.queue} where id = j.queue) as queue_name
      from ${table.job} j where j.id = ${id} ${tx.forUpdate}`,
  )
  if (job === undefined) return undefined
  // In a statement of its own: it sees what was committed while the job's row was waited for.
  const [place] = await tx.all<{ held: number | null; started_at: number | null; under_way: number | null }>(sql`select
      (select 1 from ${table.running} where seq = ${job.seq}) as held,
      (select started_at from ${table.running} where seq = ${job.seq}) as started_at,
      (select 1 from ${table.moving} where seq = ${job.seq}) as under_way`)
  const held = place?.held === null ? undefined : place
  const [last] = await tx.all<{
    n: number
    status: JobStatus | null
    started_at: number | null
    next_at: number | null
  }>(sql`select n, status, started_at, next_at from ${table.attempt} where seq = ${job.seq} order by n desc limit 1`)
  return {
    seq: job.seq,
    id,
    queue: job.queue,
    priority: job.priority,
    handler: job.handler,
    names: { class: job.class, method: job.method, queue: job.queue_name },
    maxAttempts: job.max_attempts,
    status: held === undefined ? (last?.status ?? 'pending') : held.started_at === null ? 'pending' : 'running',
    held: held !== undefined,
    underWay: place?.under_way !== null,
    runAt: last?.next_at ?? job.run_at,
    expiresAt: job.expires_at,
    last: last && { n: last.n, started: last.started_at !== null, status: last.status },
  }
}

export interface Counters {
  attempt: number
  spared: number
  crashes: number
}

/**
 * Takes a pending job out of the hot tables, so that nobody can claim it; returns what was counted of it there.
 * Undefined when it was not there any more: a worker was faster.
 */
export async function takeOut(tx: Connection, job: Located): Promise<Counters | undefined> {
  const delayed = sql`${table.delayed} where run_at = ${job.runAt} and seq = ${job.seq}`
  const ready = sql`${table.ready}
    where queue = ${job.queue} and "rank" = ${-job.priority} and run_at = ${job.runAt} and id = ${job.id}`
  for (const place of [delayed, ready]) {
    const [counters] = await tx.all<Counters>(sql`select attempt, spared, crashes from ${place} ${tx.forUpdate}`)
    if (counters === undefined) continue
    await tx.run(sql`delete from ${place}`)
    return counters
  }
  return undefined
}

/** The job as events tell it; no claim holds it. */
export function attemptRef(job: Located, counters: Counters): AttemptRef {
  const { seq, id, names, maxAttempts, runAt } = job
  const { attempt, spared } = counters
  return { key: seq, id, ...names, attempt, claim: 0, maxAttempts: maxAttempts + spared, runAt }
}

/** Makes a job that stands nowhere ready at once, and keeps when, since that is part of its key. */
export async function makeReady(tx: Connection, job: Located, counters: Counters, now: number): Promise<void> {
  const [last] = await tx.all<{ n: number | null }>(
    sql`select max(n) as n from ${table.attempt} where seq = ${job.seq}`,
  )
  if (typeof last?.n === 'number') {
    await tx.run(sql`update ${table.attempt} set next_at = ${now} where seq = ${job.seq} and n = ${last.n}`)
  } else await tx.run(sql`update ${table.job} set run_at = ${now} where seq = ${job.seq}`)
  await tx.run(sql`insert into ${table.ready} (queue, "rank", run_at, id, seq, attempt, spared, crashes, handler)
    values (${job.queue}, ${-job.priority}, ${now}, ${job.id}, ${job.seq}, ${counters.attempt}, ${counters.spared},
      ${counters.crashes}, ${job.handler})`)
}

export interface UnstartedEnd {
  outcome: string
  status: JobStatus
  reason: string | null
  error: string | null
  fingerprint: string | null
  at: number
}

/** Ends a pending job without an attempt: the row that finishes it has no start. */
export async function endUnstarted(tx: Connection, job: Located, counters: Counters, end: UnstartedEnd): Promise<void> {
  await tx.run(sql`insert into ${table.attempt}
    (seq, n, outcome, status, reason, lease, spared, started_at, finished_at, next_at, error, fingerprint, result, progress)
    values (${job.seq}, ${counters.attempt + 1}, ${end.outcome}, ${end.status}, ${end.reason}, null, ${counters.spared},
      null, ${end.at}, null, ${end.error}, ${end.fingerprint}, null, null)`)
}
