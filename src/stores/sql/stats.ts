import type { FinalStatus, JobStatus } from '../../core/job.ts'
import type { HandlerStats, Stats, StatsRequest } from '../../store/stats.ts'
import { type Database, sql, table } from './database.ts'
import { queues } from './queues.ts'
import { countRows } from './stream.ts'

const FINAL = ['completed', 'failed', 'cancelled'] as const

/** Looks at no more than the request allows, so that it costs the same beside a hundred jobs and a hundred million. */
export async function stats(database: Database, request: StatsRequest): Promise<Stats> {
  // In the direction that jobs go: rather twice than not at all.
  const [now, lanes] = await Promise.all([database.now(), queues(database, request.countTo)])
  const [[held], moving, counted] = await Promise.all([
    database.all<{ held: number; started: number }>(
      sql`select count(*) as held, count(started_at) as started from ${database.dialect.held} r`,
    ),
    countRows(database, sql`select 1 as found from ${table.moving}`, request.countTo),
    Promise.all(FINAL.map((status) => countEnded(database, status, request.countTo + 1))),
  ])
  const { held: claimed = 0, started: running = 0 } = held ?? {}
  const waiting = lanes.reduce((sum, { ready, delayed }) => sum + ready + delayed, moving)
  const jobs = { pending: waiting + claimed - running, running, completed: 0, failed: 0, cancelled: 0 }
  const more: JobStatus[] = lanes.some((lane) => lane.more) ? ['pending'] : []
  for (const [index, status] of FINAL.entries()) {
    const count = counted[index] as number
    jobs[status] = Math.min(count, request.countTo)
    if (count > request.countTo) more.push(status)
  }
  return { at: new Date(now), jobs, more, queues: lanes, ...(await lately(database, now, request)) }
}

async function countEnded(database: Database, status: FinalStatus, upTo: number): Promise<number> {
  return await countRows(database, sql`select 1 as found from ${table.attempt} where status = ${status}`, upTo)
}

interface EndRow {
  handler: number
  n: number
  due_at: number
  started_at: number | null
  finished_at: number
}

async function lately(database: Database, now: number, { windowMs, sample }: StatsRequest) {
  let since = now - windowMs
  if (windowMs === 0) return { since: new Date(since), handlers: [] }
  const ends: (EndRow & { status: 'completed' | 'failed' })[] = []
  for (const status of ['completed', 'failed'] as const) {
    const rows = await newestEnds(database, status, since, sample)
    // Further back there may be more that were not looked at: no count can begin earlier than what was seen whole.
    if (rows.length === sample) since = Math.max(since, rows.at(-1)?.finished_at ?? 0)
    for (const row of rows) ends.push({ ...row, status })
  }
  const seen = Map.groupBy(
    ends.filter(({ finished_at }) => finished_at >= since),
    ({ handler }) => handler,
  )
  const names = await database.all<{ id: number; class: string; method: string }>(
    sql`select id, class, method from ${table.handler} order by class, method`,
  )
  const handlers: HandlerStats[] = []
  for (const { id, class: className, method } of names) {
    const own = seen.get(id)
    if (own === undefined) continue
    const started = own.filter((row): row is typeof row & { started_at: number } => row.started_at !== null)
    const waits = sorted(started.map(({ started_at, due_at }) => Math.max(0, started_at - due_at)))
    const runs = sorted(started.map(({ started_at, finished_at }) => finished_at - started_at))
    handlers.push({
      class: className,
      method,
      completed: own.filter(({ status }) => status === 'completed').length,
      failed: own.filter(({ status }) => status === 'failed').length,
      waitP50Ms: percentile(waits, 0.5),
      waitP95Ms: percentile(waits, 0.95),
      runP50Ms: percentile(runs, 0.5),
      runP95Ms: percentile(runs, 0.95),
    })
  }
  return { since: new Date(since), handlers }
}

/** The last attempts of the jobs that ended last, newest first, with when each of them was due. */
async function newestEnds(database: Database, status: FinalStatus, since: number, limit: number): Promise<EndRow[]> {
  return await database.all<EndRow>(sql`
    select j.handler, a.n, a.started_at, a.finished_at, case when a.n = 1 then j.run_at else coalesce(
        (select p.next_at from ${table.attempt} p where p.seq = a.seq and p.n < a.n order by p.n desc limit 1),
        j.run_at) end as due_at
    from (select seq, n, started_at, finished_at from ${table.attempt}
      where status = ${status} and finished_at >= ${since} order by finished_at desc, seq desc limit ${limit}) a
    join ${table.job} j on j.seq = a.seq
    order by a.finished_at desc`)
}

function sorted(values: number[]): number[] {
  return values.sort((a, b) => a - b)
}

/** The smallest value that so large a share of them does not exceed. */
function percentile(values: readonly number[], share: number): number | null {
  return values[Math.max(0, Math.ceil(values.length * share) - 1)] ?? null
}
