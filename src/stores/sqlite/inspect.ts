import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Inspection } from '../../store/inspection.ts'
import { missingOf } from '../sql/columns.ts'
import { byHand } from '../sql/migrate.ts'
import { describeSqliteError } from './errors.ts'
import { migrations } from './migrations.ts'

/** How long to wait for another process's write lock before it counts as a finding, in ms. */
const LOCK_MS = 2_000

/** Looks at a SQLite file without changing it or creating it. @throws OffstageError DATABASE_… */
export function inspectSqlite(path: string, synchronous: 'normal' | 'full'): Inspection {
  const file = path === ':memory:' ? undefined : resolve(path)
  const fresh = {
    file: { path: file, synchronous, journalMode: 'wal', problems: [] },
    server: undefined,
    migrations: byHand(migrations, (name) => `offstage_${name}`),
    version: 0,
    missing: [],
    oldestReadyAt: undefined,
    handlers: [],
    hasSecrets: false,
  }
  if (file === undefined || !existsSync(file)) return { ...fresh, exists: false }
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { timeout: LOCK_MS })
    return { ...fresh, exists: true, ...readFile(database, file, synchronous) }
  } catch (error) {
    throw describeSqliteError(error, path)
  } finally {
    database?.close()
  }
}

type Read = Pick<Inspection, 'version' | 'missing' | 'file' | 'oldestReadyAt' | 'handlers' | 'hasSecrets'>

function readFile(database: DatabaseSync, path: string, synchronous: 'normal' | 'full'): Read {
  const all = <Row>(text: string) => database.prepare(text).all() as Row[]
  const [mode] = all<{ journal_mode: string }>('pragma journal_mode')
  const problems = all<{ quick_check: string }>('pragma quick_check(5)').map((row) => row.quick_check)
  // What only a write can tell; nothing is written.
  database.exec('begin immediate; rollback')
  const read: Read = {
    version: 0,
    missing: [],
    file: {
      path,
      synchronous,
      journalMode: mode?.journal_mode ?? 'unknown',
      problems: problems.filter((text) => text !== 'ok'),
    },
    oldestReadyAt: undefined,
    handlers: [],
    hasSecrets: false,
  }
  if (!all("select 1 from sqlite_schema where name = 'offstage_migration'").length) return read
  const [migration] = all<{ version: number | null }>('select max(version) as version from offstage_migration')
  const version = migration?.version ?? 0
  // Of another version's tables, nothing is known.
  if (version !== migrations.at(-1)?.version) return { ...read, version }
  const columns = `select t.name as owner, c.name from sqlite_schema t join pragma_table_info(t.name) c
    where t.type = 'table' and t.name like 'offstage%'`
  const missing = missingOf(migrations, all<{ owner: string; name: string }>(columns))
  if (missing.length > 0) return { ...read, version, missing }
  // Paused queues are meant to wait.
  const [oldest] = all<{ at: number | null }>(
    `select min(at) as at from (
      select (select min(run_at) from offstage_ready r where r.queue = q.id) as at from offstage_queue q where paused = 0
    )`,
  )
  const handlers = all<{ class: string; method: string }>('select class, method from offstage_handler')
  const sealed = all(
    `select 1 from offstage_job where instr(args, '"$secret"') > 0 and seq in (
      select seq from (select seq from offstage_ready limit 10000)
      union all select seq from (select seq from offstage_delayed limit 10000)
    ) limit 1`,
  )
  return { ...read, version, oldestReadyAt: oldest?.at ?? undefined, handlers, hasSecrets: sealed.length > 0 }
}
