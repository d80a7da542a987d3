import { parseDuration, shown } from '../core/duration.ts'
import { OffstageError } from '../core/errors.ts'
import type { Duration } from '../core/handler.ts'
import { checkKeys } from '../core/options.ts'
import { type Rates, ratesOf } from '../store/rates.ts'
import type { Connection } from './connection.ts'

export interface MetricsOptions {
  /** How far back: a time span, or a moment. Rates are kept for 14 days. Default: the last hour. */
  since?: Duration | Date
  class?: string
  method?: string
  queue?: string
}

/**
 * `offstage.metrics`: what became of the attempts of each handler, minute by minute, how long they waited and ran.
 * Workers write what they count every few seconds: what ended just now may be missing.
 * @throws OffstageError OPTION_INVALID
 */
export type Metrics = (options?: MetricsOptions) => Promise<Rates>

const KEYS = ['since', 'class', 'method', 'queue']
const MINUTE_MS = 60_000
const KEPT_MS = 14 * 24 * 60 * MINUTE_MS

export function createMetrics({ store }: Connection): Metrics {
  return async (options = {}) => {
    checkKeys(options, KEYS, 'metrics: ')
    for (const key of ['class', 'method', 'queue'] as const) {
      const value: unknown = options[key]
      if (value !== undefined && typeof value !== 'string') throw invalid(key, value, 'use text')
    }
    const { since = '1h', ...filter } = options
    const spanMs = since instanceof Date ? undefined : parseDuration(since, 'since')
    if (since instanceof Date && Number.isNaN(since.getTime()))
      throw invalid('since', since, 'use a moment that there is')
    const opened = await store()
    // The database's clock, not this machine's: the minutes are its own.
    const { at } = await opened.stats({ windowMs: 0, sample: 1, countTo: 1 })
    const until = at.getTime()
    const asked = since instanceof Date ? since.getTime() : until - (spanMs ?? 0)
    const from = Math.min(until, Math.max(asked, until - KEPT_MS))
    const first = from - (from % MINUTE_MS)
    return ratesOf(await opened.metrics({ ...filter, since: first, until }), first, until)
  }
}

function invalid(what: string, value: unknown, remedy: string): OffstageError {
  return new OffstageError('OPTION_INVALID', `metrics: ${what} is ${shown(value)}: ${remedy}`)
}
