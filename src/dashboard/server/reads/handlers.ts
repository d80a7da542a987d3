import type { MetricRow, MetricsRequest } from '../../../store/insight.ts'
import { percentilesOf, tallyOf } from '../../../store/rates.ts'
import type { HandlerRow, MetricsAnswer } from '../../api.ts'
import { slices, stepOf, toPoint } from '../series.ts'
import { databaseClock } from './database-clock.ts'
import type { HandlerFacts, ReadContext } from './read.ts'
import { deploysOf } from './releases.ts'

const MINUTE_MS = 60_000
const TREND_SLICES = 24

export interface WindowInput {
  windowMs: number
}

/** Every handler that is allowed, and every other that there was something of in the window. */
export async function handlers(
  { store, facts }: ReadContext,
  { windowMs }: WindowInput,
): Promise<{ handlers: HandlerRow[] }> {
  const { since, until } = await windowOf(store, windowMs)
  const rows = await store.metrics({ since })
  const byName = Map.groupBy(rows, (row) => `${row.class}.${row.method}`)
  const allowed = new Set(facts.handlers.map((handler) => `${handler.class}.${handler.method}`))
  const others = [...byName].filter(([name]) => !allowed.has(name)).map(([, own]) => unknownHandler(own))
  const window = { since, until }
  return {
    handlers: [
      ...facts.handlers.map((handler) => {
        return toHandlerRow(handler, true, byName.get(`${handler.class}.${handler.method}`) ?? [], window)
      }),
      ...others.map((handler) => {
        return toHandlerRow(handler, false, byName.get(`${handler.class}.${handler.method}`) ?? [], window)
      }),
    ],
  }
}

function unknownHandler([first]: readonly MetricRow[]): HandlerFacts {
  const { class: className = '?', method = '?', queue = '?' } = first ?? {}
  const defaults = { retries: 0, priority: 0, queue, timeoutMs: null }
  return { class: className, method, isolation: null, schema: null, defaults }
}

function toHandlerRow(
  handler: HandlerFacts,
  allowed: boolean,
  rows: readonly MetricRow[],
  { since, until }: { since: number; until: number },
): HandlerRow {
  const { completed, failed, cancelled, retried } = tallyOf(rows)
  const ended = completed + failed + cancelled
  const width = Math.ceil((until - since) / TREND_SLICES / MINUTE_MS) * MINUTE_MS
  return {
    ...handler,
    allowed,
    completed,
    failed,
    retried,
    perMinute: rounded(ended / ((until - since) / MINUTE_MS), 100),
    failureShare: completed + failed === 0 ? null : rounded(failed / (completed + failed), 10_000),
    wait: percentilesOf(rows.map(({ wait }) => wait)),
    run: percentilesOf(rows.map(({ run }) => run)),
    trend: slices(rows, since, until, width).map((slice) => {
      const tally = tallyOf(slice.rows)
      return { completed: tally.completed, failed: tally.failed }
    }),
  }
}

export type MetricsInput = WindowInput & Pick<MetricsRequest, 'class' | 'method' | 'queue'>

export async function metrics({ store }: ReadContext, { windowMs, ...only }: MetricsInput): Promise<MetricsAnswer> {
  const { since, until } = await windowOf(store, windowMs)
  const rows = await store.metrics({ since, ...only })
  return {
    since: new Date(since).toISOString(),
    deploys: deploysOf(await store.releases(), since),
    series: slices(rows, since, until, stepOf(windowMs)).map((slice) => ({
      ...toPoint(slice),
      wait: percentilesOf(slice.rows.map(({ wait }) => wait)),
      run: percentilesOf(slice.rows.map(({ run }) => run)),
    })),
  }
}

/** By the database's clock, whose minutes the rows are of; it begins with a whole one. */
async function windowOf(store: ReadContext['store'], windowMs: number): Promise<{ since: number; until: number }> {
  const until = await databaseClock(store)
  return { since: Math.floor((until - windowMs) / MINUTE_MS) * MINUTE_MS, until }
}

function rounded(value: number, digits: number): number {
  return Math.round(value * digits) / digits
}
