import { OffstageError } from '../../core/errors.ts'
import { missingOf } from '../sql/columns.ts'
import { type Connection, type Database, sql } from '../sql/database.ts'
import { type Migration, migrate } from '../sql/migrate.ts'
import type { MysqlDatabase } from './database.ts'
import { migrations, tableKind } from './migrations.ts'

/** Whoever comes second waits for the first; an index on a large table takes its time. */
const WAIT_S = 600
/** The server has one space of names for all its databases, and takes 64 characters of one. */
const LOCK_NAME = sql`concat('offstage ', left(sha2(database(), 256), 40))`

/**
 * Brings the schema up to date. A transaction does not hold statements that change the schema, so a lock by name keeps
 * the others away, and what an interrupted one has left is gone on with.
 * @throws OffstageError SCHEMA_NEWER
 */
export async function migrateMysql(database: MysqlDatabase): Promise<void> {
  const known = migrations(database.collation)
  const alone: Database = {
    dialect: database.dialect,
    forUpdate: database.forUpdate,
    byKey: database.byKey,
    all: (statement) => database.all(statement),
    run: (statement) => database.run(statement),
    now: () => database.now(),
    transaction: (work) =>
      database.transaction(async (tx) => {
        return await locked(tx, async () => {
          await refuseStrangers(tx, known)
          return await work(tx)
        })
      }, WAIT_S * 1_000),
  }
  await migrate(alone, known, tableKind(database.collation))
}

/** A table that has the name of one of ours would be taken for one that an interrupted migration has left. */
async function refuseStrangers(tx: Connection, known: readonly Migration[]): Promise<void> {
  const made = known.map(({ statements }) => ({ statements: statements.filter((text) => text.startsWith('create')) }))
  const found = await columnsIn(tx)
  const there = new Set(found.map(({ owner }) => owner))
  const [strange] = missingOf(made, found, (name) => there.has(name))
  if (strange === undefined) return
  throw new OffstageError(
    'DATABASE_NOT_OFFSTAGE',
    `something has a name that Offstage needs, or was changed by hand (${strange}): rename or restore that table, or name another database`,
  )
}

export async function columnsIn(connection: Pick<Connection, 'all'>): Promise<{ owner: string; name: string }[]> {
  return await connection.all(sql`select table_name as owner, column_name as name from information_schema.columns
    where table_schema = database()`)
}

async function locked<Result>(tx: Connection, work: () => Promise<Result>): Promise<Result> {
  // With a little less than the connection's own patience.
  const [row] = await tx.all<{ got: number | null }>(sql`select get_lock(${LOCK_NAME}, ${WAIT_S - 10}) as got`)
  if (row?.got !== 1) {
    throw new OffstageError('DATABASE_BUSY', 'another process is migrating the database; try again', {
      transient: true,
    })
  }
  try {
    return await work()
  } finally {
    await tx.all(sql`select release_lock(${LOCK_NAME})`)
  }
}
