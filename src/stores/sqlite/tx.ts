import { realpathSync, statSync } from 'node:fs'
import { render, sql } from '../sql/database.ts'
import { otherSqlite } from '../sql/tx/drivers.ts'
import type { TxDialect } from '../sql/tx/enqueue.ts'
import { type ForeignTransaction, txInvalid } from '../sql/tx/foreign.ts'
import { insertReturning } from '../sql/tx/store-jobs.ts'
import type { SqliteDatabase } from './database.ts'

/** How a job is enqueued in a transaction of the caller's own connection to the same file. */
export function sqliteTx(database: SqliteDatabase): TxDialect {
  const own = optionsOf(database.query('pragma compile_options'))
  /** Connections that have been looked at: what a connection is open on never changes. */
  const checked = new WeakSet<object>()
  return {
    kind: 'sqlite',
    failsWhole: false,
    // Whoever waits is told by the operating system that the file was written to.
    wake: undefined,
    unlessThere: sql`on conflict do nothing`,
    asCommitted: (select) => select,
    render: (text) =>
      render(
        text,
        (name) => `offstage_${name}`,
        () => '?',
      ),
    glance: () => sql`select 'glance' as kind, ${database.clock()} as id, null as a, null as b`,
    isNoTable: (error) => /no such table/.test(String((error as Error | null)?.message)),
    insertJobs: insertReturning,
    async check(tx) {
      if (checked.has(tx.connection)) return
      await sameLibrary(tx, database, own)
      await sameFile(tx, database.raw.location())
      checked.add(tx.connection)
    },
  }
}

/**
 * A second SQLite in one process, as other packages bring it, takes the locks of the first for its own: each would
 * overwrite what the other has committed (https://sqlite.org/howtocorrupt.html, 2.2.1).
 */
async function sameLibrary(tx: ForeignTransaction, database: SqliteDatabase, own: string): Promise<void> {
  const theirs = optionsOf((await tx.all('pragma compile_options', [])) as CompileOption[])
  const source = 'select sqlite_source_id() as id'
  const [here] = database.query<{ id: string }>(source)
  const [there] = (await tx.all(source, [])) as { id: string }[]
  if (here?.id !== there?.id || own !== theirs) throw otherSqlite('another SQLite library')
}

interface CompileOption {
  compile_options: string
}

function optionsOf(rows: readonly CompileOption[]): string {
  return rows.map((row) => row.compile_options).join(' ')
}

async function sameFile(tx: ForeignTransaction, path: string | null): Promise<void> {
  const rows = (await tx.all('pragma database_list', [])) as { name: string; file: string }[]
  const file = rows.find(({ name }) => name === 'main')?.file ?? ''
  if (path === null || file === '') {
    throw txInvalid('tx is on a database in memory, which no other connection can see: use a file for both')
  }
  const [ours, theirs] = [statSync(path), statSync(file)]
  if (ours.ino !== theirs.ino || ours.dev !== theirs.dev) {
    throw txInvalid(
      `tx is on the file ${file}, and the jobs of this offstage are in ${realpathSync(path)}: use one file for both`,
    )
  }
}
