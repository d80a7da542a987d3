import { servesQueue } from '../../../core/claim-plan.ts'
import type { MetricRow } from '../../../store/insight.ts'
import type { Arrivals, QueueInfo, WorkerInfo } from '../../../store/queried.ts'
import { tallyOf } from '../../../store/rates.ts'
import type { Lease } from '../../../store/store.ts'
import type { QueueRow, WorkerRow } from '../../api.ts'
import { databaseClock } from './database-clock.ts'
import type { ReadContext } from './read.ts'

/** The rates of queues are of so long. */
export const RATE_MS = 5 * 60_000
/** Of the jobs that a worker runs now, and of the workers whose jobs are looked up. */
const MOST_JOBS = 20

export async function queues({ store }: ReadContext): Promise<{ queues: QueueRow[] }> {
  const [infos, workers, now] = await Promise.all([store.queues(), store.workers(), databaseClock(store)])
  const since = now - RATE_MS
  const [metrics, arrivals] = await Promise.all([store.metrics({ since }), store.arrivals(since)])
  return { queues: queueRows({ infos, workers, metrics, arrivals, now }) }
}

/** What tells of queues; the rates are of what there is of the last minutes, whatever came before. */
export interface QueueFacts {
  infos: readonly QueueInfo[]
  workers: readonly WorkerInfo[]
  metrics: readonly MetricRow[]
  arrivals: Arrivals
  now: number
}

export function queueRows({ infos, workers, metrics, arrivals, now }: QueueFacts): QueueRow[] {
  const since = now - RATE_MS
  const lately = metrics.filter(({ at }) => at >= since)
  const ended = endedRates(lately, RATE_MS)
  const came = cameRates(arrivals, now)
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
  const rows = (await store.workers()).map(toWorkerRow)
  const busy = rows.slice(0, MOST_JOBS).filter(({ running }) => running > 0)
  for (const row of busy) row.jobs = await jobsOf(store, row.id)
  return { workers: rows }
}

/** Without its jobs. */
export function toWorkerRow({ lease: _, startedAt, lastSeenAt, ...worker }: WorkerInfo & { lease: Lease }): WorkerRow {
  return { ...worker, startedAt: startedAt.toISOString(), lastSeenAt: lastSeenAt.toISOString(), jobs: [] }
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
