import { OffstageError } from '../../core/errors.ts'
import { type Connection, type Database, render, type Statement, sql, table } from './database.ts'

/** One step of the schema's history. Never edited once it was released: the next change is a further step. */
export interface Migration {
  version: number
  name: string
  statements: readonly string[]
  /** False for `create index concurrently` and its like: each statement by itself, and none that cannot be repeated. */
  inTransaction?: boolean
}

/** Where it is written down what has been applied. */
function own(kind: string): Statement {
  const made = sql`create table if not exists ${table.migration} (
      version integer primary key, name text not null, applied_at bigint not null
    )`
  return { ...made, text: `${made.text} ${kind}`.trimEnd() }
}

/**
 * The migrations with what writes down that they were made: when somebody runs them by hand, nothing is left to do.
 * @param tableName How the database calls a table of ours.
 * @param kind What it has to be told of each table, behind the columns.
 */
export function byHand(
  migrations: readonly Migration[],
  tableName: (name: string) => string,
  kind = '',
): readonly Migration[] {
  const now = Date.now()
  return migrations.map(({ version, name, statements }, index) => ({
    version,
    name,
    statements: [
      ...(index === 0 ? [render(own(kind).text, tableName, () => '?')] : []),
      ...statements,
      `insert into ${tableName('migration')} (version, name, applied_at) values (${version}, '${name}', ${now})`,
    ],
  }))
}

function newer(version: number, newest: number): OffstageError {
  return new OffstageError(
    'SCHEMA_NEWER',
    `the database has schema version ${version}, this version of Offstage knows ${newest}: upgrade the package offstage here`,
  )
}

/**
 * Brings the schema up to date. Safe when many start at once: each step is looked for again inside the write
 * transaction that applies it, so one of them does it and the others see it done.
 * @param kind As of {@link byHand}.
 * @throws OffstageError SCHEMA_NEWER when the database was migrated by a newer version of Offstage.
 */
export async function migrate(database: Database, migrations: readonly Migration[], kind = ''): Promise<void> {
  const newest = migrations.at(-1)?.version ?? 0
  const before = await currentVersion(database)
  if (before === newest) return
  // Told without a lock, and to those who may change nothing, too.
  if (before !== undefined && before > newest) throw newer(before, newest)
  await database.transaction(async (tx) => {
    await tx.run(own(kind))
    const current = await versionIn(tx)
    if (current > newest) throw newer(current, newest)
    for (const migration of migrations) {
      if (migration.version <= current) continue
      for (const text of migration.statements) await tx.run({ text, values: [] })
      await tx.run(sql`insert into ${table.migration} (version, name, applied_at)
        values (${migration.version}, ${migration.name}, ${Date.now()})`)
    }
  })
}

/** Of the table that is there by now: where it cannot be read, it is somebody else's. */
async function versionIn(tx: Connection): Promise<number> {
  try {
    const [row] = await tx.all<{ version: number | null }>(sql`select max(version) as version from ${table.migration}`)
    return row?.version ?? 0
  } catch (error) {
    if (error instanceof OffstageError && error.code !== 'SCHEMA_MISSING') throw error
    throw new OffstageError(
      'DATABASE_NOT_OFFSTAGE',
      'the table offstage_migration belongs to something else: rename or drop it, or name another database',
      { cause: error },
    )
  }
}

async function currentVersion(database: Database): Promise<number | undefined> {
  try {
    const [row] = await database.all<{ version: number | null }>(
      sql`select max(version) as version from ${table.migration}`,
    )
    return row?.version ?? undefined
  } catch (error) {
    // No table yet: a fresh database. Anything else that is known (locked, away) has to come out.
    if (error instanceof OffstageError && error.code !== 'SCHEMA_MISSING') throw error
    return undefined
  }
}
