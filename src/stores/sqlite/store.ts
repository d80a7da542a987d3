import type { Store } from '../../store/store.ts'
import { createAccessStore } from '../sql/access/store.ts'
import { causes } from '../sql/causes.ts'
import { cancel, clear, remove, retry, runNow, setPaused } from '../sql/commands.ts'
import { ask, endLease, heartbeat, held, orphans, register, workers } from '../sql/leases.ts'
import { expire } from '../sql/maintain.ts'
import { addMetrics, metrics } from '../sql/metrics.ts'
import { migrate } from '../sql/migrate.ts'
import { createMoveStore } from '../sql/move/store.ts'
import { Pruning } from '../sql/prune.ts'
import { findJobs, get, idsByPrefix, listJobs, logs } from '../sql/queries.ts'
import { queues } from '../sql/queues.ts'
import { count, countByStatus } from '../sql/search.ts'
import { stats } from '../sql/stats.ts'
import { enqueueInTx } from '../sql/tx/enqueue.ts'
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
  const pruning = new Pruning(database)
  const foreign = sqliteTx(database)

  /** What other listeners in this process may be waiting for: they hear of it at once, not by the file. */
  async function waking<Result>(work: Promise<Result>): Promise<Result> {
    const result = await work
    wake.tell()
    return result
  }

  return {
    database,
    access: createAccessStore(database),
    moving: createMoveStore(database, { takeFirst }),
    parallel: 1,
    enqueue: (jobs, tx) => (tx === undefined ? waking(enqueue(database, names, jobs)) : enqueueInTx(foreign, tx, jobs)),
    claim: (request) => claim(database, names, request),
    settle: (batch) => settle(database, batch),
    heartbeat: (lease) => heartbeat(database, lease),
    record: (lease, records) => record(database, lease, records),

    register: (worker) => register(database, worker),
    endLease: (lease) => waking(endLease(database, lease)),
    held: (lease, number) => held(database, lease, number),
    orphans: (limit) => orphans(database, limit),
    workers: () => workers(database),
    ask: (workerId, what) => waking(ask(database, workerId, what)),

    get: (id) => get(database, id),
    idsByPrefix: (prefix, limit) => idsByPrefix(database, prefix, limit),
    list: (request) => listJobs(database, request),
    find: (request) => findJobs(database, request),
    count: (filter, upTo) => count(database, filter, upTo),
    countByStatus: (filter, bounds) => countByStatus(database, filter, bounds),
    logs: (id, attempt) => logs(database, id, attempt),
    queues: (upTo) => queues(database, upTo),
    stats: (request) => stats(database, request),
    causes: (request) => causes(database, request),
    metrics: (request) => metrics(database, request),
    addMetrics: (lease, rows) => addMetrics(database, lease, rows),

    cancel: (ids) => waking(cancel(database, ids)),
    retry: (ids) => waking(retry(database, ids)),
    runNow: (ids) => waking(runNow(database, ids)),
    delete: (ids) => remove(database, ids),
    clear: (limit) => clear(database, limit),
    setPaused: (queue, paused) => waking(setPaused(database, queue, paused)),

    expire: (limit) => expire(database, limit),
    prune: (retention, limit) => pruning.prune(retention, limit),

    onWake: (listener) => wake.on(listener),
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
