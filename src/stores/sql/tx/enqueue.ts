import type { Enqueued } from '../../../core/job.ts'
import type { NewJob } from '../../../store/store.ts'
import { type Statement, sql, table } from '../database.ts'
import { type ForeignTransaction, KIND_NAMES, txInvalid } from './foreign.ts'
import { inForeign, type TxTarget } from './open.ts'
import {
  dueAt,
  type Glance,
  lacking,
  look,
  lookUp,
  type Names,
  type StoreJobs,
  storeNamed,
  type TxConnection,
} from './store-jobs.ts'

/** What differs between the databases, for enqueueing in somebody else's transaction on them. */
export interface TxDialect extends TxTarget, StoreJobs {
  /** The same row has in `a` the {@link databaseId} as it is stored. */
  glance(): Statement
  /** @throws OffstageError TX_INVALID when that row tells that nothing may be written here. */
  verify?(glance: Glance): void
  /** Which database this is: a number of its own that no other has. Undefined where `check` has told already. */
  databaseId?(): Promise<string>
  /**
   * This process's own connections: names that were committed since the transaction began are looked up there. It may
   * not see them, and at some levels of isolation the server undoes it for trying to make them once more.
   */
  readonly outside?: TxConnection
  /** True for the error of a database without our tables. */
  isNoTable(error: unknown): boolean
  /** True where a failed statement spoils the whole transaction, so that nothing half done can be committed. */
  readonly failsWhole: boolean
}

/**
 * Stores jobs in a transaction of the caller's own, over the caller's connection and no other: names, too, are looked
 * up and made there, since what a transaction has made is gone when it is rolled back.
 * @throws OffstageError TX_INVALID before anything is written; what the caller's library throws comes out as it is.
 */
export async function enqueueInTx(dialect: TxDialect, tx: unknown, jobs: readonly NewJob[]): Promise<Enqueued[]> {
  const databaseId = await dialect.databaseId?.()
  return await inForeign(tx, dialect, async (connection, foreign) => {
    const names = await firstLook(dialect, connection, foreign, jobs, databaseId)
    if (jobs.length === 0) return []
    const unseen = lacking(jobs, names)
    if (dialect.outside !== undefined && unseen.length > 0) await lookUp(dialect, dialect.outside, unseen, names)
    const created = new Set<string>()
    try {
      return await storeNamed(dialect, connection, names, jobs, created)
    } catch (error) {
      if (!dialect.failsWhole)
        await takeBack(
          connection,
          names,
          jobs.filter(({ id }) => created.has(id)),
        )
      throw error
    }
  })
}

/** Reads the clock and the names, and finds out whether this is a transaction, and on the right database. */
async function firstLook(
  dialect: TxDialect,
  connection: TxConnection,
  foreign: ForeignTransaction,
  jobs: readonly NewJob[],
  databaseId: string | undefined,
): Promise<Names> {
  let names: Names
  let found: Glance
  try {
    ;[found, names] = await look(dialect, connection, jobs, (select) => select)
  } catch (error) {
    if (!dialect.isNoTable(error)) throw error
    throw elsewhere(dialect, foreign, 'one without the tables of Offstage', error)
  }
  if (databaseId !== undefined && found.a !== null && found.a !== JSON.stringify(databaseId)) {
    throw elsewhere(dialect, foreign, 'another one than that of this offstage')
  }
  dialect.verify?.(found)
  if ((await foreign.isOpen?.()) === false) {
    throw txInvalid(`tx is ${foreign.what} that is not inside a transaction: begin one on it first`)
  }
  return names
}

function elsewhere(dialect: TxDialect, { what }: ForeignTransaction, which: string, cause?: unknown): Error {
  return txInvalid(
    `tx is ${what} on a ${KIND_NAMES[dialect.kind]} database, but on ${which}: jobs can only be enqueued in a ` +
      'transaction of the database that the offstage uses',
    cause,
  )
}

/**
 * Where a failed statement is undone alone, the caller could catch the error and commit: then what was stored before it
 * must not stay behind without its place in a hot table, as a job that nobody ever runs.
 */
async function takeBack(connection: TxConnection, names: Names, jobs: readonly NewJob[]): Promise<void> {
  try {
    for (const job of jobs) {
      const runAt = dueAt(job, names.now)
      const seq = sql`(select seq from ${table.job} where id = ${job.id})`
      await connection.all(sql`delete from ${table.ready} where queue = ${names.queues.get(job.queue) as number}
        and "rank" = ${0 - job.priority} and run_at = ${runAt} and id = ${job.id}`)
      await connection.all(sql`delete from ${table.delayed} where run_at = ${runAt} and seq = ${seq}`)
      if (job.expiresInMs !== undefined) {
        await connection.all(sql`delete from ${table.expiry}
          where expires_at = ${names.now + job.expiresInMs} and seq = ${seq}`)
      }
      await connection.all(sql`delete from ${table.job} where id = ${job.id}`)
    }
  } catch {
    // The transaction is gone, and with it what it had stored; the error that is told says why.
  }
}
