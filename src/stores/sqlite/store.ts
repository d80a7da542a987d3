import type { Store } from '../../store/store.ts'
import { heartbeat } from '../sql/leases.ts'
import { migrate } from '../sql/migrate.ts'
import { createMoveStore } from '../sql/move/store.ts'
import { sharedOperations } from '../sql/operations.ts'
import { createScheduleStore } from '../sql/schedules.ts'
import { enqueueInTx } from '../sql/tx/enqueue.ts'
import { enqueueUnique } from '../sql/tx/store-jobs.ts'
import { areUnique } from '../sql/unique.ts'
import { claim } from './claim.ts'
import { SqliteDatabase, type SqliteOptions } from './database.ts'
import { enqueue } from './enqueue.ts'
import { migrations } from './migrations.ts'
import { takeFirst } from './move.ts'
import { Names } from './names.ts'
import { record } from './record.ts'
import { settle } from './settle.ts'
import { sqliteTx } from './tx.ts'
import { Wake } from './wake.ts'

/** A store in a SQLite file. One connection; many stores, in as many processes, may share the file. */
export function createSqliteStore(options: SqliteOptions): Store & { readonly database: SqliteDatabase } {
  const database = new SqliteDatabase(options)
  const names = new Names(database)
  database.onRollback = () => names.forget()
  const wake = new Wake(database)
  const foreign = sqliteTx(database)

  /** What other listeners in this process may be waiting for: they hear of it at once, not by the file. */
  async function waking<Result>(work: Promise<Result>): Promise<Result> {
    const result = await work
    wake.tell()
    return result
  }

  return {
    database,
    ...sharedOperations(database, waking),
    schedules: createScheduleStore(database, foreign, waking),
    moving: createMoveStore(database, { takeFirst }),
    parallel: 1,
    enqueue: (jobs, tx) => {
      if (tx !== undefined) return enqueueInTx(foreign, tx, jobs)
      return waking(areUnique(jobs) ? enqueueUnique(database, foreign, jobs) : enqueue(database, names, jobs))
    },
    claim: (request) => claim(database, names, request),
    settle: (batch) => settle(database, batch),
    heartbeat: (lease) => heartbeat(database, lease),
    record: (lease, records) => record(database, lease, records),

    onWake: (listener, hurry) => wake.on(listener, hurry),
    migrate: async () => {
      await database.useWal()
      await migrate(database, migrations)
    },
    close: async () => {
      wake.stop()
      await database.close()
    },
  }
}
