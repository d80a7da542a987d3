import type { Store } from '../../store/store.ts'
import { createAccessStore } from '../sql/access/store.ts'
import { causes } from '../sql/causes.ts'
import { cancel, clear, remove, retry, runNow, setPaused } from '../sql/commands.ts'
import { ask, endLease, held, orphans, register, workers } from '../sql/leases.ts'
import { expire } from '../sql/maintain.ts'
import { addMetrics, metrics } from '../sql/metrics.ts'
import { createMoveStore } from '../sql/move/store.ts'
import { Pruning } from '../sql/prune.ts'
import { findJobs, get, idsByPrefix, listJobs, logs } from '../sql/queries.ts'
import { queues } from '../sql/queues.ts'
import { count, countByStatus } from '../sql/search.ts'
import { stats } from '../sql/stats.ts'
import { enqueueInTx } from '../sql/tx/enqueue.ts'
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
  const pruning = new Pruning(database)
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
    access: createAccessStore(database),
    moving: createMoveStore(database, { takeFirst }),
    // One is left for the calls that come between.
    parallel: Math.max(1, Math.min(MOST_PARALLEL, options.connections - 1)),
    enqueue: (jobs, tx) => (tx === undefined ? waking(enqueue(database, names, jobs)) : enqueueInTx(foreign, tx, jobs)),
    claim: (request) => claim(database, names, request),
    settle: (batch) => settle(database, batch),
    heartbeat: (lease) => heartbeat(database, lease),
    record: (lease, records) => record(database, lease, records),

    register: (worker) => register(database, worker),
    endLease: (lease) => signalling(endLease(database, lease)),
    held: (lease, number) => held(database, lease, number),
    orphans: (limit) => orphans(database, limit),
    workers: () => workers(database),
    ask: (workerId, what) => signalling(ask(database, workerId, what)),

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

    cancel: (ids) => signalling(cancel(database, ids)),
    retry: (ids) => signalling(retry(database, ids)),
    runNow: (ids) => signalling(runNow(database, ids)),
    delete: (ids) => remove(database, ids),
    clear: (limit) => clear(database, limit),
    setPaused: (queue, paused) => signalling(setPaused(database, queue, paused)),

    expire: (limit) => expire(database, limit),
    prune: (retention, limit) => pruning.prune(retention, limit),

    onWake: (listener) => wake.on(listener),
    migrate: () => migrateMysql(database),
    close: async () => {
      wake.stop()
      await database.close()
    },
  }
}
