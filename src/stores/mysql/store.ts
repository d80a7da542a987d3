import type { Store } from '../../store/store.ts'
import { createMoveStore } from '../sql/move/store.ts'
import { sharedOperations } from '../sql/operations.ts'
import { createScheduleStore } from '../sql/schedules.ts'
import { enqueueInTx } from '../sql/tx/enqueue.ts'
import { enqueueUnique } from '../sql/tx/store-jobs.ts'
import { areUnique } from '../sql/unique.ts'
import { claim } from './claim.ts'
import { MysqlDatabase, type MysqlOptions } from './database.ts'
import { enqueue } from './enqueue.ts'
import { heartbeat } from './heartbeat.ts'
import { migrateMysql } from './migrate.ts'
import { takeFirst } from './move.ts'
import { Names } from './names.ts'
import { record } from './record.ts'
import { settle } from './settle.ts'
import { mysqlTx } from './tx.ts'
import { Wake } from './wake.ts'

/** More settle and claim at a time than this only wait for each other's rows. */
const MOST_PARALLEL = 2

/**
 * A store in a MySQL or MariaDB database, over a few connections.
 * @throws OffstageError what keeps the server from being reached, or from being used.
 */
export async function createMysqlStore(options: MysqlOptions): Promise<Store & { readonly database: MysqlDatabase }> {
  const database = await MysqlDatabase.open(options)
  const names = new Names(database)
  const wake = new Wake(database)
  const foreign = mysqlTx(database, options.database)

  /** What other listeners in this process may be waiting for: they hear of it at once. */
  async function waking<Result>(work: Promise<Result>): Promise<Result> {
    const result = await work
    wake.tell()
    return result
  }

  /** The same for what leaves no trace where other processes look. */
  async function signalling<Result>(work: Promise<Result>): Promise<Result> {
    const result = await waking(work)
    await wake.signal()
    return result
  }

  return {
    database,
    ...sharedOperations(database, signalling),
    schedules: createScheduleStore(database, foreign, waking),
    moving: createMoveStore(database, { takeFirst }),
    // One is left for the calls that come between.
    parallel: Math.max(1, Math.min(MOST_PARALLEL, options.connections - 1)),
    enqueue: (jobs, tx) => {
      if (tx !== undefined) return enqueueInTx(foreign, tx, jobs)
      return waking(areUnique(jobs) ? enqueueUnique(database, foreign, jobs) : enqueue(database, names, jobs))
    },
    claim: (request) => claim(database, names, request),
    settle: (batch) => settle(database, batch),
    heartbeat: (lease) => heartbeat(database, lease),
    record: (lease, records) => record(database, lease, records),

    onWake: (listener) => wake.on(listener),
    migrate: () => migrateMysql(database),
    close: async () => {
      wake.stop()
      await database.close()
    },
  }
}
