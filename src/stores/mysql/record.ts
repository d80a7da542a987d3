import type { AttemptRecord, Lease } from '../../store/store.ts'
import type { MysqlDatabase } from './database.ts'
import { inserts, literal, tuple } from './literal.ts'
import type { Session } from './session.ts'

interface HeldRow {
  seq: number
  attempt: number
  claim: number
}

type Line = Extract<AttemptRecord, { kind: 'log' }>

/** Writes what running attempts tell; the fence is the same as for settling them. */
export async function record(
  database: MysqlDatabase,
  lease: Lease,
  records: readonly AttemptRecord[],
): Promise<number[]> {
  if (records.length === 0) return []
  return await database.write(async (session) => {
    const held = await hold(session, lease, records)
    const stale: number[] = []
    const lines: Line[] = []
    const statements: string[] = []
    for (const [position, entry] of records.entries()) {
      const row = held.get(entry.key as number)
      if (row === undefined || row.attempt !== entry.attempt || row.claim !== entry.claim) stale.push(position)
      else if (entry.kind === 'log') lines.push(entry)
      else if (entry.kind === 'progress') {
        statements.push(`update offstage_running set progress = ${literal(entry.value)} where seq = ${row.seq}`)
      } else {
        const at = literal(entry.at)
        statements.push(`update offstage_running set started_at = coalesce(started_at, ${at}) where seq = ${row.seq}`)
      }
    }
    if (lines.length > 0) statements.push(...(await insertLines(session, lines)))
    await session.script([...statements, 'commit'])
    return stale
  })
}

/** What the lease holds of the jobs that are told of, locked in the order of their numbers. */
async function hold(session: Session, lease: Lease, records: readonly AttemptRecord[]): Promise<Map<number, HeldRow>> {
  const seqs = [...new Set(records.map(({ key }) => key as number))].sort((a, b) => a - b)
  const lock = `select seq, attempt, claim from offstage_running force index (primary)
    where seq in (${seqs.join(',')}) and lease = ${literal(lease)} order by seq for update`
  const [, rows] = (await session.script(['start transaction', lock])) as [unknown, HeldRow[]]
  return new Map(rows.map((row) => [row.seq, row]))
}

/** Numbered here: an attempt that was given back and ran again goes on where its lines ended. */
async function insertLines(session: Session, lines: readonly Line[]): Promise<string[]> {
  const seqs = [...new Set(lines.map(({ key }) => key as number))]
  const text = `select seq, n, max(line) as line from offstage_log force index (primary)
    where seq in (${seqs.join(',')}) group by seq, n`
  const rows = (await session.query(text)) as { seq: number; n: number; line: number }[]
  const last = new Map(rows.map(({ seq, n, line }) => [`${seq} ${n}`, line]))
  const values = lines.map(({ key, attempt, at, severity, text }) => {
    const line = (last.get(`${key} ${attempt}`) ?? -1) + 1
    last.set(`${key} ${attempt}`, line)
    return tuple([key, attempt, line, at, severity, text])
  })
  return inserts('offstage_log (seq, n, line, at, severity, text)', values, session.mostText)
}
