import { type Database, list, sql, table } from '../database.ts'

const DAY_MS = 86_400_000
/** How long after its end it can still be seen what became of an invitation, and that a token has expired. */
const KEEP_INVITATION_MS = 7 * DAY_MS
const KEEP_TOKEN_MS = 30 * DAY_MS

/** Entries that one transaction removes. */
const CHUNK = 500

export async function pruneAccess(database: Database, now: Date, auditMs: number): Promise<void> {
  const at = now.getTime()
  await database.run(sql`delete from ${table.session} where expires_at <= ${at}`)
  await database.run(sql`delete from ${table.invitation} where expires_at <= ${at - KEEP_INVITATION_MS}`)
  await database.run(sql`delete from ${table.token} where expires_at <= ${at - KEEP_TOKEN_MS}`)
  if (!Number.isFinite(auditMs)) return
  const oldest = at - auditMs
  await database.run(sql`delete from ${table.operation} where finished_at < ${oldest}`)
  await pruneAudit(database, oldest)
}

/** The oldest stand first, so nothing is looked at that stays, but for one chunk at most. */
async function pruneAudit(database: Database, oldest: number): Promise<void> {
  for (;;) {
    const rows = await database.all<{ seq: number; at: number }>(
      sql`select seq, at from ${table.audit} order by seq limit ${CHUNK}`,
    )
    const old = rows.filter(({ at }) => at < oldest).map(({ seq }) => seq)
    if (old.length > 0) await database.run(sql`delete from ${table.audit} where seq in (${list(old)})`)
    if (old.length < CHUNK) return
  }
}
