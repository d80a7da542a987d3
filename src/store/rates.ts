import { merged, percentile } from '../core/histogram.ts'
import type { MetricRow } from './insight.ts'

/** What became of attempts. */
export interface Tally {
  completed: number
  /** Failed for good. */
  failed: number
  cancelled: number
  /** Failed, and tried again. */
  retried: number
}

/** Within a tenth; null when there is nothing to tell of. */
export interface Percentiles {
  p50Ms: number | null
  p95Ms: number | null
  p99Ms: number | null
}

export interface HandlerRates extends Tally {
  class: string
  method: string
  /** Jobs that ended in a minute, on average. */
  perMinute: number
  /** Of the jobs that completed or failed, how many failed: 0 to 1; null when there were none. */
  failedShare: number | null
  /** From due to started, and from started to ended, of each attempt. */
  wait: Percentiles
  run: Percentiles
}

export interface RatePoint extends Tally {
  /** The beginning of the minute. */
  at: Date
}

export interface Rates {
  /** The beginning of the first minute, and the end of what was counted. */
  since: Date
  until: Date
  /** By class and method. */
  handlers: HandlerRates[]
  /** Every minute, those in which nothing ended too. */
  series: RatePoint[]
}

const MINUTE_MS = 60_000

/** @param since The beginning of a minute, as `until` in ms since 1970. */
export function ratesOf(rows: readonly MetricRow[], since: number, until: number): Rates {
  const minutes = Math.max(1, Math.ceil((until - since) / MINUTE_MS))
  const series = Array.from(
    { length: minutes },
    (_, minute): RatePoint => ({ at: new Date(since + minute * MINUTE_MS), ...tallyOf([]) }),
  )
  for (const row of rows) {
    const point = series[Math.floor((row.at - since) / MINUTE_MS)]
    if (point !== undefined) Object.assign(point, tallyOf([point, row]))
  }
  const handlers = [...Map.groupBy(rows, (row) => `${row.class}.${row.method}`).values()]
    .map((own) => handlerRates(own, (until - since) / MINUTE_MS))
    .sort((a, b) => (`${a.class}.${a.method}` < `${b.class}.${b.method}` ? -1 : 1))
  return { since: new Date(since), until: new Date(until), handlers, series }
}

function handlerRates(rows: readonly MetricRow[], minutes: number): HandlerRates {
  const { class: className, method } = rows[0] as MetricRow
  const tally = tallyOf(rows)
  const decided = tally.completed + tally.failed
  return {
    class: className,
    method,
    ...tally,
    perMinute: (decided + tally.cancelled) / Math.max(1, minutes),
    failedShare: decided === 0 ? null : tally.failed / decided,
    wait: percentilesOf(rows.map(({ wait }) => wait)),
    run: percentilesOf(rows.map(({ run }) => run)),
  }
}

export function tallyOf(tallies: readonly Tally[]): Tally {
  const sum: Tally = { completed: 0, failed: 0, cancelled: 0, retried: 0 }
  for (const tally of tallies) {
    sum.completed += tally.completed
    sum.failed += tally.failed
    sum.cancelled += tally.cancelled
    sum.retried += tally.retried
  }
  return sum
}

export function percentilesOf(histograms: readonly MetricRow['wait'][]): Percentiles {
  const all = merged(histograms)
  return { p50Ms: percentile(all, 0.5), p95Ms: percentile(all, 0.95), p99Ms: percentile(all, 0.99) }
}
