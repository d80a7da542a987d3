import type { Store } from '../../store/store.ts'
import { createAccessStore } from './access/store.ts'
import { arrivals } from './arrivals.ts'
import { causes } from './causes.ts'
import { cancel, clear, remove, retry, runNow, setPaused } from './commands.ts'
import { count, countByStatus } from './counts.ts'
import type { Database } from './database.ts'
import { ask, endLease, held, orphans, register, releases, workers } from './leases.ts'
import { expire } from './maintain.ts'
import { addMetrics, metrics } from './metrics.ts'
import { Pruning } from './prune.ts'
import { details, findJobs, idsByPrefix, listJobs, logs } from './queries.ts'
import { queues } from './queues.ts'
import { stats } from './stats.ts'

/** What each database does in its own words, or tells others of in its own way. */
type Own =
  | 'parallel'
  | 'moving'
  | 'schedules'
  | 'enqueue'
  | 'claim'
  | 'settle'
  | 'heartbeat'
  | 'record'
  | 'onWake'
  | 'migrate'
  | 'close'

/**
 * The part of a store that is the same on every database.
 * @param telling Tells others of what has been done, once it has: what a person does has workers to hear of it.
 */
export function sharedOperations(
  database: Database,
  telling: <Result>(work: Promise<Result>) => Promise<Result>,
): Omit<Store, Own> {
  const pruning = new Pruning(database)
  return {
    access: createAccessStore(database),

    register: (worker) => register(database, worker),
    endLease: (lease) => telling(endLease(database, lease)),
    held: (lease, number) => held(database, lease, number),
    orphans: (limit) => orphans(database, limit),
    workers: () => workers(database),
    releases: () => releases(database),
    ask: (workerId, what) => telling(ask(database, workerId, what)),

    get: async (id) => (await details(database, [id]))[0],
    details: (ids) => details(database, ids),
    idsByPrefix: (prefix, limit) => idsByPrefix(database, prefix, limit),
    list: (request) => listJobs(database, request),
    find: (request) => findJobs(database, request),
    count: (filter, upTo) => count(database, filter, upTo),
    countByStatus: (filter, bounds) => countByStatus(database, filter, bounds),
    logs: (id, attempt) => logs(database, id, attempt),
    arrivals: (since) => arrivals(database, since),
    queues: (upTo) => queues(database, upTo),
    stats: (request) => stats(database, request),
    causes: (request) => causes(database, request),
    metrics: (request) => metrics(database, request),
    addMetrics: (lease, rows) => addMetrics(database, lease, rows),

    cancel: (ids) => telling(cancel(database, ids)),
    retry: (ids) => telling(retry(database, ids)),
    runNow: (ids) => telling(runNow(database, ids)),
    delete: (ids) => remove(database, ids),
    clear: (limit) => clear(database, limit),
    setPaused: (queue, paused, reason) => telling(setPaused(database, queue, paused, reason)),

    expire: (limit) => expire(database, limit),
    prune: (retention, limit) => pruning.prune(retention, limit),
  }
}
