import { JOB_STATUSES } from '../../../core/job.ts'
import { isOverdue } from '../../../core/schedule.ts'
import { tallyOf } from '../../../store/rates.ts'
import type { Stats } from '../../../store/stats.ts'
import type { Now, StatusCounts } from '../../api.ts'
import { COUNTED_TO } from '../count.ts'
import { whyNobody } from '../schedule-state.ts'
import { slices, toPoint } from '../series.ts'
import { verdictOf } from '../verdict.ts'
import { DAY_MS } from '../window.ts'
import { causeRows } from './causes.ts'
import { databaseClock } from './database-clock.ts'
import { queueRows, RATE_MS, toWorkerRow } from './queues.ts'
import type { ReadContext } from './read.ts'
import { deploysOf } from './releases.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const MOST_CAUSES = 10
/** Of the schedules whose slot has come. */
export const MOST_DUE = 100

/** The page to land on. */
export async function now({ store, facts }: ReadContext): Promise<Now> {
  const at = await databaseClock(store)
  const since = at - (at % MINUTE_MS) - HOUR_MS
  // All at once: beside workers that keep the machine busy, each time that one waits for another costs as much as it does.
  const [stats, workerInfos, releases, causes, rows, arrivals, due] = await Promise.all([
    store.stats({ windowMs: 0, sample: 1, countTo: COUNTED_TO }),
    store.workers(),
    store.releases(),
    causeRows(store, { since: at - DAY_MS, slices: 24, limit: MOST_CAUSES }),
    store.metrics({ since }),
    store.arrivals(at - RATE_MS),
    store.schedules.due(MOST_DUE),
  ])
  const counts = countsOf(stats)
  const workers = workerInfos.map(toWorkerRow)
  const queues = queueRows({ infos: stats.queues, workers: workerInfos, metrics: rows, arrivals, now: at })
  const overdue = due.schedules
    .filter(({ nextAt }) => isOverdue(nextAt, at))
    .map((schedule) => ({
      name: schedule.name,
      overdueMs: at - schedule.nextAt,
      why: whyNobody(schedule, { now: at, workers: workerInfos, facts }).text,
    }))
  const { completed } = tallyOf(rows)
  const waits = queues.flatMap(({ paused, oldestWaitMs }) => (paused || oldestWaitMs === null ? [] : [oldestWaitMs]))
  return {
    at: new Date(at).toISOString(),
    ...verdictOf({ now: at, counts, causes, queues, workers, overdue, completed }),
    counts,
    causes,
    queues,
    deploys: deploysOf(releases, since),
    series: slices(rows, since, at, MINUTE_MS).map(toPoint),
    oldestWaitMs: waits.length === 0 ? null : Math.max(...waits),
    workers: {
      running: workers.filter(({ status }) => status === 'running').length,
      quiet: workers.filter(({ status }) => status === 'quiet' || status === 'stopping').length,
      lost: workers.filter(({ status }) => status === 'lost').length,
    },
  }
}

export function countsOf({ jobs, more }: Stats): StatusCounts {
  const entries = JOB_STATUSES.map((status) => [status, { count: jobs[status], more: more.includes(status) }])
  return Object.fromEntries(entries) as StatusCounts
}
