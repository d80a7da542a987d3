import type { MetricRow } from '../../../store/insight.ts'
import type { QueueRow, StatusCounts, WorkerRow } from '../../api.ts'
import { COUNTED_TO } from '../count.ts'
import { countsOf } from './now.ts'
import { queueRows, workerRows } from './queues.ts'
import type { ReadContext } from './read.ts'

export interface Exposed {
  at: number
  counts: StatusCounts
  queues: QueueRow[]
  workers: WorkerRow[]
  rows: MetricRow[]
}

/** What is told to Prometheus; of rates, the minutes since `since`. */
export async function exposed({ store }: ReadContext, { since }: { since: number }): Promise<Exposed> {
  const stats = await store.stats({ windowMs: 0, sample: 1, countTo: COUNTED_TO })
  const at = stats.at.getTime()
  return {
    at,
    counts: countsOf(stats),
    queues: await queueRows(store, stats.queues, at),
    workers: await workerRows(store, false),
    rows: await store.metrics({ since }),
  }
}
