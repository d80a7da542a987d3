import type { AttemptRecord, Lease } from '../../store/store.ts'
import type { SqliteDatabase } from './database.ts'

const holds = 'select 1 from offstage_running where seq = ? and attempt = ? and lease = ? and claim = ?'
/** Numbered here: an attempt that was given back and ran again goes on where its lines ended. */
const insertLine = `insert into offstage_log (seq, n, line, at, severity, text)
  select ?1, ?2, coalesce(max(line) + 1, 0), ?3, ?4, ?5 from offstage_log where seq = ?1 and n = ?2`
const setProgress = 'update offstage_running set progress = ? where seq = ?'
const setStarted = 'update offstage_running set started_at = coalesce(started_at, ?) where seq = ?'

/** Writes what running attempts tell; the fence is the same as for settling them. */
export async function record(
  database: SqliteDatabase,
  lease: Lease,
  records: readonly AttemptRecord[],
): Promise<number[]> {
  if (records.length === 0) return []
  return await database.immediate(() => {
    const stale: number[] = []
    for (const [position, entry] of records.entries()) {
      const seq = entry.key as number
      if (database.query(holds, seq, entry.attempt, lease, entry.claim).length === 0) stale.push(position)
      else if (entry.kind === 'log') {
        database.change(insertLine, seq, entry.attempt, entry.at, entry.severity, entry.text)
      } else if (entry.kind === 'progress') database.change(setProgress, entry.value, seq)
      else database.change(setStarted, entry.at, seq)
    }
    return stale
  })
}
