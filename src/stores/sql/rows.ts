import type { Job, JobAttempt, JobError, JobStatus } from '../../core/job.ts'
import type { AttemptOutcome } from '../../core/outcome.ts'
import { shownArgs } from '../../core/secret.ts'
import { type Statement, sql, table } from './database.ts'

/** A job with what tells its status: the rows that stand for it in the other tables. */
export interface JobRow {
  seq: number
  id: string
  class: string
  method: string
  args: string
  queue: string
  paused: number
  priority: number
  max_attempts: number
  created_at: number
  job_run_at: number
  tags: string | null
  held_attempt: number | null
  held_spared: number | null
  held_started_at: number | null
  held_progress: string | null
  cancel_at: number | null
  last_n: number | null
  last_status: JobStatus | null
  last_outcome: AttemptOutcome | null
  last_reason: string | null
  last_spared: number | null
  last_started_at: number | null
  last_finished_at: number | null
  last_next_at: number | null
  last_error: string | null
  last_result: string | null
  last_progress: string | null
  waiting_spared: number | null
  under_way: number | null
}

/**
 * Everything that is shown of the jobs `j` that are meant, in one statement, so that it is of one moment. A pending job's place in `ready`
 * and `delayed` follows from when it is due.
 *
 * What stands in the hot tables is looked up by its key for each job, not joined: these are emptied again and again, and
 * a planner that takes one for empty reads all of it for every job.
 */
export function selectJobs(meant: Statement): Statement {
  const held = sql`from ${table.running} r where r.seq = j.seq`
  const due = sql`coalesce(a.next_at, j.run_at)`
  return sql`
    select j.seq, j.id, h.class, h.method, j.args, q.name as queue, q.paused, j.priority, j.max_attempts, j.created_at,
      j.run_at as job_run_at, j.tags,
      (select r.attempt ${held}) as held_attempt, (select r.spared ${held}) as held_spared,
      (select r.started_at ${held}) as held_started_at, (select r.progress ${held}) as held_progress,
      (select r.cancel_at ${held}) as cancel_at,
      a.n as last_n, a.status as last_status, a.outcome as last_outcome, a.reason as last_reason,
      a.spared as last_spared, a.started_at as last_started_at, a.finished_at as last_finished_at,
      a.next_at as last_next_at, a.error as last_error, a.result as last_result, a.progress as last_progress,
      coalesce((select d.spared from ${table.delayed} d where d.run_at = ${due} and d.seq = j.seq),
        (select y.spared from ${table.ready} y where y.queue = j.queue and y."rank" = -j.priority
          and y.run_at = ${due} and y.id = j.id),
        (select m.spared from ${table.moving} m where m.seq = j.seq)) as waiting_spared,
      (select m.seq from ${table.moving} m where m.seq = j.seq) as under_way
    from ${table.job} j
    join ${table.handler} h on h.id = j.handler
    join ${table.queue} q on q.id = j.queue
    left join ${table.attempt} a on a.seq = j.seq
      and a.n = (select max(n) from ${table.attempt} where seq = j.seq)
    where ${meant}`
}

export function toJob(row: JobRow, now: number): Job {
  const runAt = row.last_next_at ?? row.job_run_at
  const { status, reason } = statusOf(row, runAt > now)
  const finished = status === 'completed' || status === 'failed' || status === 'cancelled'
  return {
    id: row.id,
    class: row.class,
    method: row.method,
    args: JSON.parse(shownArgs(row.args)) as unknown[],
    status,
    reason,
    priority: row.priority,
    queue: row.queue,
    attempt: attemptsStarted(row),
    maxAttempts: row.max_attempts + (row.held_spared ?? row.waiting_spared ?? row.last_spared ?? 0),
    runAt: new Date(runAt),
    createdAt: new Date(row.created_at),
    startedAt: date(status === 'running' ? row.held_started_at : finished ? row.last_started_at : null),
    finishedAt: finished ? date(row.last_finished_at) : null,
    progress: parse(row.held_progress ?? row.last_progress),
    result: finished ? parse(row.last_result) : null,
    error: parse(row.last_error) as JobError | null,
    tags: (parse(row.tags) ?? []) as string[],
  }
}

function attemptsStarted(row: JobRow): number {
  if (row.held_attempt !== null) return row.held_started_at === null ? row.held_attempt - 1 : row.held_attempt
  if (row.last_n === null) return 0
  return row.last_started_at === null ? row.last_n - 1 : row.last_n
}

function statusOf(row: JobRow, later: boolean): { status: JobStatus; reason: string | null } {
  if (row.held_attempt !== null) {
    const cancelling = row.cancel_at === null ? null : 'cancelling'
    if (row.held_started_at === null) return { status: 'pending', reason: cancelling ?? 'claimed' }
    return { status: 'running', reason: cancelling }
  }
  if (row.last_status !== null) {
    const { last_status: status, last_outcome: outcome } = row
    return { status, reason: row.last_reason ?? (status === 'failed' && outcome !== 'failed' ? outcome : null) }
  }
  if (row.under_way !== null) return { status: 'pending', reason: 'moving' }
  // It waits nowhere, so it is held, together with others.
  if (row.waiting_spared === null) return { status: 'pending', reason: 'claimed' }
  if (row.paused === 1) return { status: 'pending', reason: 'paused' }
  if (row.last_n !== null && row.last_outcome !== 'cancelled') {
    return { status: 'pending', reason: row.last_outcome === 'snoozed' ? 'snoozed' : 'retrying' }
  }
  return { status: 'pending', reason: later ? 'delayed' : null }
}

export interface AttemptRow {
  seq: number
  n: number
  outcome: AttemptOutcome
  worker_id: string | null
  started_at: number
  finished_at: number
  error: string | null
}

export function toAttempt(row: AttemptRow): JobAttempt {
  return {
    attempt: row.n,
    outcome: row.outcome,
    workerId: row.worker_id,
    startedAt: new Date(row.started_at),
    finishedAt: new Date(row.finished_at),
    error: parse(row.error) as JobError | null,
  }
}

function date(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms)
}

function parse(json: string | null): unknown {
  return json === null ? null : JSON.parse(json)
}
