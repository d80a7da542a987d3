import type { AuditEntry, AuditRequest } from '../../../store/access.ts'
import { type Database, list, sql, table } from '../database.ts'

interface AuditRow {
  seq: number
  at: number
  actor: string
  actor_name: string
  action: string
  target: string
  detail: string
  address: string
  result: string
}

const COLUMNS = { text: 'at, actor, actor_name, action, target, detail, address, result', values: [] }

export async function audit(database: Database, entry: Omit<AuditEntry, 'seq'>): Promise<void> {
  const { at, actor, actorName, action, target, detail, address, result } = entry
  await database.run(sql`insert into ${table.audit} (${COLUMNS}) values (${at.getTime()}, ${actor}, ${actorName},
    ${action}, ${target}, ${JSON.stringify(detail ?? null)}, ${address}, ${result})`)
}

export async function auditLog(database: Database, request: AuditRequest): Promise<AuditEntry[]> {
  const { limit, before, actor, action, target } = request
  const conditions = [
    ...(before === undefined ? [] : [sql`seq < ${before}`]),
    ...(actor === undefined ? [] : [sql`actor = ${actor}`]),
    ...(action === undefined ? [] : [sql`action = ${action}`]),
    ...(target === undefined ? [] : [sql`target = ${target}`]),
  ]
  const where = conditions.length === 0 ? sql`` : sql`where ${list(conditions, ' and ')}`
  const rows = await database.all<AuditRow>(
    sql`select seq, ${COLUMNS} from ${table.audit} ${where} order by seq desc limit ${limit}`,
  )
  return rows.map(toEntry)
}

function toEntry(row: AuditRow): AuditEntry {
  const { seq, actor, action, target, address, result } = row
  return {
    seq,
    at: new Date(row.at),
    actor,
    actorName: row.actor_name,
    action,
    target,
    detail: JSON.parse(row.detail),
    address,
    result,
  }
}
