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
  createdAt: number
  /** When it was first due, and when it is or was due now: part of the key of a pending job. */
  firstAt: number
  runAt: number
  expiresAt: number | null
  last: LastAttempt | undefined
}

/** A job's last attempt row. */
export interface LastAttempt {
  n: number
  /** Whether its code ran. */
  started: boolean
  status: JobStatus | null
  /** When the job was due again after it. */
  nextAt: number | null
}

interface JobRow {
  seq: number
  id: JobId
  queue: number
  priority: number
  handler: number
  run_at: number
  created_at: number
  expires_at: number | null
  max_attempts: number
  class: string
  method: string
  queue_name: string
}

/**
 * Holds the rows of jobs in the order of their ids: two commands on the same jobs follow each other, and never wait in a
 * circle. Workers do not ask for those rows: what they may have changed by the time that a command writes, the command
 * has to look at again.
 * @param ids Different ones.
 */
export async function hold<Row>(tx: Connection, ids: readonly JobId[], columns = sql`t.seq`): Promise<Row[]> {
  return await tx.all<Row>(
    tx.byKey.held(columns, { table: sql`${table.job}`, key: ['id'], keys: ids.map((id) => [id]) }),
  )
}

/** Finds jobs, and {@link hold}s them. */
export async function locate(tx: Connection, ids: readonly JobId[]): Promise<Located[]> {
  if (ids.length === 0) return []
  // Names by subqueries: what is joined would be held too, and all jobs share those rows.
  const columns = sql`t.seq, t.id, t.queue, t.priority, t.handler, t.run_at, t.created_at, t.expires_at, t.max_attempts,
    (select class from ${table.handler} where id = t.handler) as class,
    (select method from ${table.handler} where id = t.handler) as method,
    (select name from ${table.queue} where id = t.queue) as queue_name`
  const jobs = await hold<JobRow>(tx, ids, columns)
  // In statements of their own: they see what was committed while the jobs' rows were waited for.
  const seqs = jobs.map(({ seq }) => seq)
  const places = await placesOf(tx, seqs)
  const lasts = await lastsOf(tx, seqs)
  return jobs.map((job) => {
    const { held, started, underWay } = places.get(job.seq) as Place
    const last = lasts.get(job.seq)
    return {
      seq: job.seq,
      id: job.id,
      queue: job.queue,
      priority: job.priority,
      handler: job.handler,
      names: { class: job.class, method: job.method, queue: job.queue_name },
      maxAttempts: job.max_attempts,
      status: started ? 'running' : held ? 'pending' : (last?.status ?? 'pending'),
      held,
      underWay,
      createdAt: job.created_at,
      firstAt: job.run_at,
      runAt: last?.nextAt ?? job.run_at,
      expiresAt: job.expires_at,
      last,
    }
  })
}

interface Place {
  held: boolean
  started: boolean
  underWay: boolean
}

/** Which of some jobs are claimed, or under way. */
async function placesOf(tx: Connection, seqs: readonly number[]): Promise<Map<number, Place>> {
  if (seqs.length === 0) return new Map()
  await tx.ownRows?.(seqs)
  const rows = await tx.all<{ seq: number; held: number | null; started_at: number | null; under_way: number | null }>(
    sql`select k.seq,
        (select 1 from ${table.running} r where r.seq = k.seq) as held,
        (select r.started_at from ${table.running} r where r.seq = k.seq) as started_at,
        (select 1 from ${table.moving} m where m.seq = k.seq) as under_way
      from ${tx.byKey.numbers(seqs)}`,
  )
  return new Map(
    rows.map(({ seq, held, started_at, under_way }) => [
      seq,
      { held: held !== null, started: started_at !== null, underWay: under_way !== null },
    ]),
  )
}

interface AttemptRow {
  seq: number
  n: number
  status: JobStatus | null
  started_at: number | null
  next_at: number | null
}

/**
 * The last attempts of those that have any. In two steps: told to look for the last one of each, MariaDB may walk the
 * whole index to it. While a job is held, its attempts only become more.
 */
export async function lastsOf(tx: Connection, seqs: readonly number[]): Promise<Map<number, LastAttempt>> {
  if (seqs.length === 0) return new Map()
  const numbered = await tx.all<{ seq: number; n: number | null }>(
    sql`select k.seq, (select max(a.n) from ${table.attempt} a where a.seq = k.seq) as n from ${tx.byKey.numbers(seqs)}`,
  )
  const keys = numbered.flatMap(({ seq, n }) => (n === null ? [] : [[seq, n]]))
  if (keys.length === 0) return new Map()
  const columns = sql`t.seq, t.n, t.status, t.started_at, t.next_at`
  const rows = await tx.all<AttemptRow>(
    tx.byKey.select(columns, { table: sql`${table.attempt}`, key: ['seq', 'n'], keys }),
  )
  return new Map(
    rows.map(({ seq, n, status, started_at, next_at }) => [
      seq,
      { n, started: started_at !== null, status, nextAt: next_at },
    ]),
  )
}

/** The job as events tell it; no claim holds it. */
export function attemptRef(job: Located, counters: { attempt: number; spared: number }): AttemptRef {
  const { seq, id, names, maxAttempts, runAt } = job
  const { attempt, spared } = counters
  return { key: seq, id, ...names, attempt, claim: 0, maxAttempts: maxAttempts + spared, runAt }
}
