import { OffstageError } from '../../core/errors.ts'
import type { WorkerInfo, WorkerRelease } from '../../store/queried.ts'
import type { AttemptRef, Heartbeat, Lease, Orphan } from '../../store/store.ts'
import type { NewWorker } from '../../store/worker.ts'
import { type Database, sql, table } from './database.ts'

const MOST_RELEASES = 1_000

/** Gives a worker its lease. One of the same id that was lost loses what it held. */
export async function register(database: Database, worker: NewWorker): Promise<Lease> {
  return await database.transaction(async (tx) => {
    const now = await tx.now()
    const [live] = await tx.all<{ host: string; pid: number; expires_at: number }>(
      sql`select host, pid, expires_at from ${table.worker} where id = ${worker.id} and ended_at is null
        ${tx.forUpdate}`,
    )
    if (live !== undefined && live.expires_at > now) {
      throw new OffstageError(
        'WORKER_ID_TAKEN',
        `a worker with the id ${worker.id} is running already (process ${live.pid} on ${live.host}): give this one another id, or none`,
      )
    }
    await tx.run(sql`update ${table.worker} set ended_at = ${now} where id = ${worker.id} and ended_at is null`)
    await tx.run(sql`insert into ${table.worker}
      (id, host, pid, queues, concurrency, version, app_release, lease_ms, started_at, seen_at, expires_at)
      values (${worker.id}, ${worker.host}, ${worker.pid}, ${worker.queues}, ${worker.concurrency}, ${worker.version},
        ${worker.release ?? null}, ${worker.leaseMs}, ${now}, ${now}, ${now + worker.leaseMs})`)
    const [row] = await tx.all<{ lease: Lease }>(
      sql`select lease from ${table.worker} where id = ${worker.id} and ended_at is null`,
    )
    return (row as { lease: Lease }).lease
  })
}

interface LeaseRow {
  ended_at: number | null
  seen_at: number
  expires_at: number
  lease_ms: number
  ask: 'quiet' | 'stop' | null
}

/** Mostly a read; the lease is only written when a quarter of it has passed. */
export async function heartbeat(database: Database, lease: Lease): Promise<Heartbeat> {
  const [row] = await database.all<LeaseRow>(
    sql`select ended_at, seen_at, expires_at, lease_ms, ask from ${table.worker} where lease = ${lease}`,
  )
  const now = await database.now()
  const ended: Heartbeat = { alive: false, now, leftMs: 0, cancel: [], ask: undefined }
  if (row === undefined || row.ended_at !== null) return ended
  let leftMs = row.expires_at - now
  if (Math.abs(now - row.seen_at) >= row.lease_ms / 4) {
    const renewed =
      await database.run(sql`update ${table.worker} set seen_at = ${now}, expires_at = ${now + row.lease_ms}
      where lease = ${lease} and ended_at is null`)
    if (renewed === 0) return ended
    leftMs = row.lease_ms
  }
  const asked = await database.all<HeldRow>(sql`${selectHeld}
    where r.lease = ${lease} and r.cancel_at is not null`)
  const cancel = asked.map((row) => ({ ...toAttemptRef(row), startedAt: row.started_at ?? undefined }))
  return { alive: true, now, leftMs, cancel, ask: row.ask ?? undefined }
}

export async function endLease(database: Database, lease: Lease): Promise<void> {
  await database.run(
    sql`update ${table.worker} set ended_at = ${await database.now()} where lease = ${lease} and ended_at is null`,
  )
}

export async function held(database: Database, lease: Lease, claim: number): Promise<AttemptRef[]> {
  const rows = await database.all<HeldRow>(sql`${selectHeld} where r.lease = ${lease} and r.claim = ${claim}`)
  return rows.map(toAttemptRef)
}

/** A held job with what describes it. */
export interface HeldRow {
  key: number
  id: string
  class: string
  method: string
  queue: string
  priority: number
  attempt: number
  claim: number
  max_attempts: number
  spared: number
  crashes: number
  policy: string | null
  created_at: number
  run_at: number
  lease: Lease
  worker_id: string
  started_at: number | null
  cancel_at: number | null
}

export const selectHeld = sql`
  select r.seq as "key", j.id, h.class, h.method, q.name as queue, j.priority, r.attempt, r.claim,
    j.max_attempts, r.spared, r.crashes, j.policy, j.created_at, r.lease, coalesce(w.id, '?') as worker_id, r.started_at,
    r.cancel_at, coalesce((select a.next_at from ${table.attempt} a
      where a.seq = r.seq and a.next_at is not null order by a.n desc limit 1), j.run_at) as run_at
  from ${table.running} r
  left join ${table.worker} w on w.lease = r.lease
  join ${table.job} j on j.seq = r.seq join ${table.handler} h on h.id = j.handler
  join ${table.queue} q on q.id = j.queue`

export function toAttemptRef(row: HeldRow): AttemptRef {
  const { key, id, class: className, method, queue, attempt, claim, run_at: runAt } = row
  return { key, id, class: className, method, queue, attempt, claim, maxAttempts: row.max_attempts + row.spared, runAt }
}

/**
 * What ended leases still hold. An expired lease is ended first, in the same transaction: its worker can no longer
 * renew it, so nobody else's rescue and its own return cannot both count.
 */
export async function orphans(database: Database, limit: number): Promise<Orphan[]> {
  const now = await database.now()
  const lapsed = sql`from ${table.worker} where ended_at is null and expires_at <= ${now}`
  if ((await database.all(sql`select 1 ${lapsed} limit 1`)).length > 0) {
    await database.run(
      sql`update ${table.worker} set ended_at = ${now} where ended_at is null and expires_at <= ${now}`,
    )
  }
  const rows = await database.all<HeldRow>(sql`${selectHeld}
    where w.lease is null or w.ended_at is not null limit ${limit}`)
  return rows.map((row) => ({
    ...toAttemptRef(row),
    priority: row.priority,
    spared: row.spared,
    crashes: row.crashes,
    policy: row.policy ?? undefined,
    createdAt: row.created_at,
    lease: row.lease,
    workerId: row.worker_id,
    startedAt: row.started_at ?? undefined,
    cancelRequested: row.cancel_at !== null,
  }))
}

interface WorkerRow {
  lease: Lease
  id: string
  host: string
  pid: number
  queues: string
  concurrency: number
  version: string
  app_release: string | null
  started_at: number
  seen_at: number
  expires_at: number
  ask: 'quiet' | 'stop' | null
}

/** The workers that hold a lease or have lost it without saying good-bye. */
export async function workers(database: Database): Promise<(WorkerInfo & { lease: Lease })[]> {
  const [now, rows, started] = await Promise.all([
    database.now(),
    database.all<WorkerRow>(sql`
      select w.lease, w.id, w.host, w.pid, w.queues, w.concurrency, w.version, w.app_release, w.started_at, w.seen_at,
        w.expires_at, w.ask
      from ${table.worker} w where w.ended_at is null order by w.started_at, w.lease`),
    database.all<{ lease: Lease; total: number }>(
      sql`select lease, count(*) as total from ${table.running} where started_at is not null group by lease`,
    ),
  ])
  const running = new Map(started.map(({ lease, total }) => [lease, total]))
  return rows.map((row) => ({
    lease: row.lease,
    id: row.id,
    host: row.host,
    pid: row.pid,
    status: row.expires_at <= now ? 'lost' : statusAsked(row.ask),
    queues: row.queues,
    concurrency: row.concurrency,
    version: row.version,
    release: row.app_release,
    startedAt: new Date(row.started_at),
    lastSeenAt: new Date(row.seen_at),
    running: running.get(row.lease) ?? 0,
  }))
}

export async function releases(database: Database): Promise<WorkerRelease[]> {
  const rows = await database.all<{ id: string; app_release: string; started_at: number }>(
    sql`select id, app_release, started_at from ${table.worker} where app_release is not null
      order by lease desc limit ${MOST_RELEASES}`,
  )
  return rows.map((row) => ({ workerId: row.id, release: row.app_release, startedAt: new Date(row.started_at) }))
}

function statusAsked(ask: WorkerRow['ask']): WorkerInfo['status'] {
  if (ask === 'stop') return 'stopping'
  return ask === 'quiet' ? 'quiet' : 'running'
}

/** Leaves word for a worker, which finds it with its next heartbeat. False when no such worker holds a lease. */
export async function ask(database: Database, workerId: string, what: 'quiet' | 'stop' | 'resume'): Promise<boolean> {
  const value = what === 'resume' ? null : what
  const changed = await database.run(
    sql`update ${table.worker} set ask = ${value} where id = ${workerId} and ended_at is null`,
  )
  return changed > 0
}
