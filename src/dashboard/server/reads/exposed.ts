import { isOverdue } from '../../../core/schedule.ts'
import type { MetricRow } from '../../../store/insight.ts'
import type { QueueRow, StatusCounts, WorkerRow } from '../../api.ts'
import { COUNTED_TO } from '../count.ts'
import { countsOf, MOST_DUE } from './now.ts'
import { queueRows, RATE_MS, toWorkerRow } from './queues.ts'
import type { ReadContext } from './read.ts'

export interface Exposed {
  at: number
  counts: StatusCounts
  queues: QueueRow[]
  workers: WorkerRow[]
  /** Schedules whose slot nobody has enqueued in time; counted to {@link MOST_DUE}. */
  overdue: number
  rows: MetricRow[]
}

/** What is told to Prometheus; of rates, the minutes since `since`. */
export async function exposed({ store }: ReadContext, { since }: { since: number }): Promise<Exposed> {
  const [stats, workers, rows, due] = await Promise.all([
    store.stats({ windowMs: 0, sample: 1, countTo: COUNTED_TO }),
    store.workers(),
    store.metrics({ since }),
    store.schedules.due(MOST_DUE),
  ])
  const at = stats.at.getTime()
  const [metrics, arrivals] = await Promise.all([store.metrics({ since: at - RATE_MS }), store.arrivals(at - RATE_MS)])
  return {
    at,
    counts: countsOf(stats),
    queues: queueRows({ infos: stats.queues, workers, metrics, arrivals, now: at }),
    workers: workers.map(toWorkerRow),
    overdue: due.schedules.filter(({ nextAt }) => isOverdue(nextAt, at)).length,
    rows,
  }
}
