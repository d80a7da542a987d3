import type { Heartbeat, Lease } from '../../store/store.ts'
import { type HeldRow, selectHeld, toAttemptRef } from '../sql/leases.ts'
import type { MysqlDatabase } from './database.ts'

interface LeaseRow {
  now: number
  ended_at: number | null
  seen_at: number
  expires_at: number
  lease_ms: number | null
  ask: 'quiet' | 'stop' | null
}

/** As the shared one, in one round trip; the lease is only written when a quarter of it has passed. */
export async function heartbeat(database: MysqlDatabase, lease: Lease): Promise<Heartbeat> {
  const clock = database.clockSql()
  const looks = [
    `select ${clock} as now, w.ended_at, w.seen_at, w.expires_at, w.lease_ms, w.ask
      from (select 1 as one) here left join offstage_worker w on w.lease = ${lease}`,
    `${database.text(selectHeld)} where r.lease = ${lease} and r.cancel_at is not null`,
  ]
  return await database.pool.use(async (session) => {
    const [[row], asked] = (await session.script(looks)) as [[LeaseRow], HeldRow[]]
    const { now, lease_ms } = row
    const ended: Heartbeat = { alive: false, now, leftMs: 0, cancel: [], ask: undefined }
    if (lease_ms === null || row.ended_at !== null) return ended
    let leftMs = row.expires_at - now
    if (Math.abs(now - row.seen_at) >= lease_ms / 4) {
      const renew = `update offstage_worker set seen_at = ${now}, expires_at = ${now + lease_ms}
        where lease = ${lease} and ended_at is null`
      const { affectedRows } = (await session.query(renew)) as { affectedRows: number }
      if (affectedRows === 0) return ended
      leftMs = lease_ms
    }
    const cancel = asked.map((held) => ({ ...toAttemptRef(held), startedAt: held.started_at ?? undefined }))
    return { alive: true, now, leftMs, cancel, ask: row.ask ?? undefined }
  })
}
