import { OffstageError } from '../../core/errors.ts'
import { sql, table } from '../sql/database.ts'
import type { Migration } from '../sql/migrate.ts'
import type { PostgresDatabase } from './database.ts'
import { isNoTable } from './errors.ts'
import { migrations } from './migrations.ts'
import { Session } from './session.ts'
import { shownPlace } from './url.ts'

/** Whoever comes second waits for the first; an index on a large table takes its time. */
const WAIT_MS = 600_000
const LOOK_AGAIN_MS = 100
/** One of the two numbers of the advisory lock; the other is made of the schema's name. */
const LOCK = 0x0ff5_7a6e

/**
 * Brings the schema up to date. Safe when many start at once: a lock lets one do it, and the others, who hold no
 * transaction open meanwhile, see it done.
 * @throws OffstageError SCHEMA_NEWER; DATABASE_DENIED when this user may not create or change the schema.
 */
export async function migratePostgres(database: PostgresDatabase): Promise<void> {
  const { schema } = database.place
  let known = migrations(schema)
  const newest = known.at(-1)?.version ?? 0
  const beganAt = performance.now()
  for (;;) {
    const version = await versionOf(database)
    if (version === 0) known = migrations(schema, true)
    if (version > newest) throw newer(version, newest)
    const next = known.find((migration) => migration.version > version)
    if (next === undefined) return
    if (!(await apply(database, next))) {
      if (performance.now() - beganAt > WAIT_MS) throw busy(database)
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
    }
  }
}

/** The version of the schema; 0 when there is none. */
export async function versionOf(database: PostgresDatabase): Promise<number> {
  try {
    const [row] = await database.all<{ version: number | null }>(
      sql`select max(version) as version from ${table.migration}`,
    )
    return row?.version ?? 0
  } catch (error) {
    if (isNoTable(error)) return 0
    if (!(error instanceof OffstageError) || error.code !== 'SCHEMA_MISSING') throw error
    const { schema } = database.place
    throw new OffstageError(
      'DATABASE_NOT_OFFSTAGE',
      `the table migration of the schema ${schema} belongs to something else: name another schema with schema=… in the database URL`,
      { cause: error },
    )
  }
}

/** False when somebody else is at it. */
async function apply(database: PostgresDatabase, migration: Migration): Promise<boolean> {
  return await database.inTransaction(async (session) => {
    if (!(await lock(session, database))) return false
    await session.query(unlimited(true), [], WAIT_MS)
    if (migration.inTransaction === false) await runOutside(session, database, migration)
    else await run(session, database, migration)
    return true
  }, WAIT_MS)
}

/** The lock is the transaction's: one of a connection would stay where a pooler before the server keeps that open. */
async function lock(session: Session, database: PostgresDatabase): Promise<boolean> {
  const { rows } = await session.query(
    'select pg_try_advisory_xact_lock($1, hashtext($2)) as taken',
    [LOCK, database.place.schema],
    WAIT_MS,
  )
  return (rows[0] as { taken: boolean }).taken
}

/** A limit for a whole transaction is known since PostgreSQL 17. */
function unlimited(isLocal: boolean): string {
  return `select set_config(name, '0', ${isLocal}) from pg_settings
    where name in ('statement_timeout', 'transaction_timeout')`
}

/** On a connection of its own. The transaction that holds the lock does nothing meanwhile, and is not waited for. */
async function runOutside(holder: Session, database: PostgresDatabase, migration: Migration): Promise<void> {
  await holder.query('set local idle_in_transaction_session_timeout = 0', [], WAIT_MS)
  const session = await Session.open(database.place)
  try {
    // An index that is made while others write waits for their transactions. Behind a pooler the limits are the
    // server's own, and somebody else would get what is set.
    if (database.place.prepare) await session.query(`${unlimited(false)}; set lock_timeout = 0`, [], WAIT_MS)
    await run(session, database, migration)
  } finally {
    session.destroy()
  }
}

async function run(session: Session, database: PostgresDatabase, migration: Migration): Promise<void> {
  const { schema } = database.place
  const { rows: schemas } = await session.query('select 1 from pg_namespace where nspname = $1', [schema], WAIT_MS)
  if (await isApplied(session, database, migration)) return
  for (const statement of migration.statements) {
    // It asks for the right to create schemas even where there is nothing to create.
    if (schemas.length > 0 && statement.startsWith('create schema')) continue
    await session.query(statement, [], WAIT_MS)
  }
}

/** It may have been applied between the look at the version and the lock. */
async function isApplied(session: Session, database: PostgresDatabase, { version }: Migration): Promise<boolean> {
  const name = database.named('{migration}')
  const { rows: tables } = await session.query('select to_regclass($1) as found', [name], WAIT_MS)
  if ((tables[0] as { found: string | null }).found === null) return false
  const { rows } = await session.query(`select 1 from ${name} where version = $1`, [version], WAIT_MS)
  return rows.length > 0
}

function newer(version: number, newest: number): OffstageError {
  return new OffstageError(
    'SCHEMA_NEWER',
    `the database has schema version ${version}, this version of Offstage knows ${newest}: upgrade the package offstage here`,
  )
}

function busy(database: PostgresDatabase): OffstageError {
  const message = `another process has been migrating ${shownPlace(database.place)} for ${WAIT_MS / 60_000} minutes; try again`
  return new OffstageError('DATABASE_BUSY', message, { transient: true })
}
