import type { Heartbeat, Lease } from '../../store/store.ts'
import type { PostgresDatabase } from './database.ts'
import type { Prepared } from './exchange.ts'

/** In the order of the select's columns: the first of the lease, the rest of a job that is to be cancelled, if any. */
type Row = readonly [
  now: number,
  alive: boolean,
  leftMs: number,
  ask: 'quiet' | 'stop' | null,
  key: number | null,
  id: string,
  className: string,
  method: string,
  queue: string,
  attempt: number,
  claim: number,
  maxAttempts: number,
  runAt: number,
  startedAt: number | null,
]

/** The lease is only written when a quarter of it has passed. */
function statement(database: PostgresDatabase): Prepared {
  return database.prepared(
    'heartbeat',
    () => `
    with clock as materialized (select ${database.clockSql('$1')} as now),
    found as materialized (
      select ended_at, expires_at, lease_ms, ask, abs((select now from clock) - seen_at) >= lease_ms / 4 as due
      from {worker} where lease = $2
    ),
    renewed as (
      update {worker} set seen_at = (select now from clock), expires_at = (select now from clock) + lease_ms
      where lease = $2 and ended_at is null and (select due from found)
      returning lease_ms
    )
    select c.now, f.ended_at is null and f.lease_ms is not null and (not f.due or exists (select from renewed)),
      case when f.due then f.lease_ms else f.expires_at - c.now end, f.ask, r.*
    from clock c left join found f on true left join (
      select h.seq, j.id, n.class, n.method, q.name, h.attempt, h.claim, j.max_attempts + h.spared, coalesce((
          select a.next_at from {attempt} a where a.seq = h.seq and a.next_at is not null order by a.n desc limit 1
        ), j.run_at), h.started_at
      from {running} h join {job} j on j.seq = h.seq join {handler} n on n.id = j.handler join {queue} q on q.id = j.queue
      where h.lease = $2 and h.cancel_at is not null
    ) r on true`,
  )
}

/** Keeps a lease, and hears what somebody asked of the worker or to cancel among its jobs. */
export async function heartbeat(database: PostgresDatabase, lease: Lease): Promise<Heartbeat> {
  const rows = await database.hot<Row>(statement(database), [database.givenClock, lease])
  const [now, alive, leftMs, ask] = rows[0] as Row
  if (!alive) return { alive: false, now, leftMs: 0, cancel: [], ask: undefined }
  const cancel: Heartbeat['cancel'] = []
  for (const [, , , , key, id, className, method, queue, attempt, claim, maxAttempts, runAt, startedAt] of rows) {
    if (key === null) continue
    const asked = { key, id, class: className, method, queue, attempt, claim, maxAttempts, runAt }
    cancel.push({ ...asked, startedAt: startedAt ?? undefined })
  }
  return { alive: true, now, leftMs, cancel, ask: ask ?? undefined }
}
