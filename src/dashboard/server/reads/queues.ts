import { servesQueue } from '../../../core/claim-plan.ts'
import type { MetricRow } from '../../../store/insight.ts'
import type { QueueInfo, WorkerInfo } from '../../../store/queried.ts'
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
  const [workers, rows] = [await store.workers(), await store.metrics({ since })]
  return infos.map((info) => toQueueRow(info, workers, ratesOf(rows, since, now).get(info.name) ?? 0, now))
}

function toQueueRow(info: QueueInfo, workers: readonly WorkerInfo[], outPerMinute: number, now: number): QueueRow {
  const { name, paused, pauseReason, ready, delayed, running, more, oldestReadyAt } = info
  return {
    name,
    paused,
    pauseReason,
    ready: { count: ready, more },
    delayed: { count: delayed, more },
    running,
    oldestWaitMs: oldestReadyAt === null ? null : Math.max(0, now - oldestReadyAt.getTime()),
    outPerMinute,
    workers: workers.filter((worker) => worker.status !== 'lost' && servesQueue(worker.queues, name)).length,
  }
}

/** Attempts that ended in a minute, by queue. */
function ratesOf(rows: readonly MetricRow[], since: number, now: number): Map<string, number> {
  const minutes = (now - since) / 60_000
  const rates = new Map<string, number>()
  for (const [queue, own] of Map.groupBy(rows, (row) => row.queue)) {
    const { completed, failed, cancelled, retried } = tallyOf(own)
    rates.set(queue, Math.round(((completed + failed + cancelled + retried) / minutes) * 10) / 10)
  }
  return rates
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
