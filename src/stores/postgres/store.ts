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
import { Claimer } from './claim.ts'
import { PostgresDatabase, type PostgresOptions } from './database.ts'
import { enqueue } from './enqueue.ts'
import { heartbeat } from './heartbeat.ts'
import { migratePostgres } from './migrate.ts'
import { takeFirst } from './move.ts'
import { Names } from './names.ts'
import { record } from './record.ts'
import { settle } from './settle.ts'
import { postgresTx } from './tx.ts'
import { Wake } from './wake.ts'
import { withoutZero, withZero } from './zero.ts'

/** A store in a PostgreSQL database, for as many processes on as many machines as it has connections for. */
export async function createPostgresStore(
  options: PostgresOptions,
): Promise<Store & { readonly database: PostgresDatabase }> {
  const database = new PostgresDatabase(options)
  // Whoever opens it hears at once what is wrong with the place.
  await database.pool.use(async () => {})
  const names = new Names(database)
  const wake = new Wake(database)
  const pruning = new Pruning(database)
  const claimer = new Claimer(database, names)
  const foreign = postgresTx(database, wake.channel)

  /** For what a person does, which has others to tell that it did not reach by itself. */
  async function waking<Result>(work: Promise<Result>): Promise<Result> {
    const result = await work
    // It is done, whether anybody hears of it or not: those who do not will see it when they look.
    await wake.tellAll().catch(() => {})
    return result
  }

  return {
    database,
    access: createAccessStore(database),
    moving: createMoveStore(database, {
      takeFirst,
      ...(wake.channel === '' ? {} : { wake: wake.statement }),
      lines: { stored: withoutZero, written: withZero },
    }),
    parallel: 2,
    enqueue: async (jobs, tx) => {
      if (tx !== undefined) return await enqueueInTx(foreign, tx, jobs)
      const stored = await enqueue(database, names, wake, jobs)
      wake.tell()
      return stored
    },
    claim: (request) => claimer.claim(request),
    settle: (batch) => settle(database, wake, batch),
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
    logs: async (id, attempt) => {
      const lines = await logs(database, id, attempt)
      return lines.map((line) => ({ ...line, text: withZero(line.text) }))
    },
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
    migrate: () => migratePostgres(database),
    close: async () => {
      await wake.stop()
      await database.close()
    },
  }
}
