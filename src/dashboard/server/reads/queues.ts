import { servesQueue } from '../../../core/claim-plan.ts'
import type { MetricRow } from '../../../store/insight.ts'
import type { Arrivals, QueueInfo, WorkerInfo } from '../../../store/queried.ts'
import { tallyOf } from '../../../store/rates.ts'
import type { QueueRow, WorkerRow } from '../../api.ts'
import { databaseClock } from './database-clock.ts'
import type { ReadContext } from './read.ts'

const RATE_MS = 5 * 60_000
/** Of the jobs that a worker runs now, and of the workers whose jobs are looked up. */
const MOST_JOBS = 20

export async function queues({ store }: ReadContext): Promise<{ queues: QueueRow[] }> {
  return { queues: await queueRows(store, await store.queues(), await databaseClock(store)) }
}

export async function queueRows(
  store: ReadContext['store'],
  infos: readonly QueueInfo[],
  now: number,
): Promise<QueueRow[]> {
  const since = now - RATE_MS
  const workers = await store.workers()
  const ended = endedRates(await store.metrics({ since }), now - since)
  const came = cameRates(await store.arrivals(since), now)
  return infos.map((info) => {
    const rates = { inPerMinute: came.get(info.name) ?? 0, outPerMinute: ended.get(info.name) ?? 0 }
    return { ...toQueueRow(info, workers, now), ...rates }
  })
}

function toQueueRow(
  info: QueueInfo,
  workers: readonly WorkerInfo[],
  now: number,
): Omit<QueueRow, 'inPerMinute' | 'outPerMinute'> {
  const { name, paused, pauseReason, ready, delayed, running, more, oldestReadyAt } = info
  const serving = workers.filter((worker) => worker.status !== 'lost' && servesQueue(worker.queues, name))
  return {
    name,
    paused,
    pauseReason,
    ready: { count: ready, more },
    delayed: { count: delayed, more },
    running,
    oldestWaitMs: oldestReadyAt === null ? null : Math.max(0, now - oldestReadyAt.getTime()),
    workers: serving.length,
    capacity: serving.reduce((sum, { concurrency }) => sum + concurrency, 0),
  }
}

/** Attempts that ended in a minute, by queue. */
function endedRates(rows: readonly MetricRow[], spanMs: number): Map<string, number> {
  const rates = new Map<string, number>()
  for (const [queue, own] of Map.groupBy(rows, (row) => row.queue)) {
    const { completed, failed, cancelled, retried } = tallyOf(own)
    rates.set(queue, perMinute(completed + failed + cancelled + retried, spanMs))
  }
  return rates
}

/** Jobs that came in a minute, by queue. */
function cameRates({ since, queues }: Arrivals, now: number): Map<string, number> {
  // What came within the same moment came within a second, for all that is known.
  return new Map(queues.map(({ queue, count }) => [queue, perMinute(count, Math.max(1_000, now - since))]))
}

function perMinute(count: number, spanMs: number): number {
  return Math.round((count / (spanMs / 60_000)) * 10) / 10
}

export async function workers({ store }: ReadContext): Promise<{ workers: WorkerRow[] }> {
  return { workers: await workerRows(store, true) }
}

export async function workerRows(store: ReadContext['store'], withJobs: boolean): Promise<WorkerRow[]> {
  const rows: WorkerRow[] = []
  for (const { lease: _, startedAt, lastSeenAt, ...worker } of await store.workers()) {
    rows.push({
      ...worker,
      startedAt: startedAt.toISOString(),
      lastSeenAt: lastSeenAt.toISOString(),
      jobs: withJobs && worker.running > 0 && rows.length < MOST_JOBS ? await jobsOf(store, worker.id) : [],
    })
  }
  return rows
}

async function jobsOf(store: ReadContext['store'], worker: string): Promise<WorkerRow['jobs']> {
  const { jobs } = await store.list({ status: 'running', worker, limit: MOST_JOBS })
  return jobs.map((job) => ({
    id: job.id,
    class: job.class,
    method: job.method,
    attempt: job.attempt,
    startedAt: (job.startedAt ?? job.runAt).toISOString(),
  }))
}
