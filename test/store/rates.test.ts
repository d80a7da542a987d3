import { describe, expect, test } from 'vitest'
import { HistogramCounter } from '../../src/core/histogram.ts'
import type { MetricRow } from '../../src/store/insight.ts'
import { ratesOf } from '../../src/store/rates.ts'

const MINUTE = 60_000
const SINCE = 1_000 * MINUTE

function histogram(...durations: number[]): MetricRow['wait'] {
  const counter = new HistogramCounter()
  for (const ms of durations) counter.add(ms)
  return counter.counts()
}

function row(overrides: Partial<MetricRow> = {}): MetricRow {
  const counts = { completed: 0, failed: 0, cancelled: 0, retried: 0 }
  return { at: SINCE, class: 'A', method: 'run', queue: 'q', ...counts, wait: {}, run: {}, ...overrides }
}

describe('rates', () => {
  test('of nothing are minutes of nothing', () => {
    const { handlers, series } = ratesOf([], SINCE, SINCE + 2.5 * MINUTE)
    expect(handlers).toEqual([])
    expect(series.map(({ at }) => at.getTime())).toEqual([SINCE, SINCE + MINUTE, SINCE + 2 * MINUTE])
    expect(
      series.every(({ completed, failed, cancelled, retried }) => completed + failed + cancelled + retried === 0),
    ).toBe(true)
  })

  test('add up the rows of all workers and queues, by handler and by minute', () => {
    const rows = [
      row({ completed: 3, failed: 1 }),
      row({ completed: 5, retried: 2, queue: 'other' }),
      row({ at: SINCE + MINUTE, cancelled: 4 }),
      row({ class: 'B', at: SINCE + MINUTE, failed: 2 }),
      row({ class: 'B', method: 'walk', retried: 1 }),
    ]
    const { handlers, series } = ratesOf(rows, SINCE, SINCE + 2 * MINUTE)
    expect(handlers.map(({ class: className, method }) => `${className}.${method}`)).toEqual([
      'A.run',
      'B.run',
      'B.walk',
    ])
    expect(handlers[0]).toMatchObject({ completed: 8, failed: 1, cancelled: 4, retried: 2, perMinute: 6.5 })
    expect(handlers[0]?.failedShare).toBeCloseTo(1 / 9)
    expect(handlers[1]?.failedShare).toBe(1)
    expect(handlers[2]).toMatchObject({
      perMinute: 0,
      failedShare: null,
      wait: { p50Ms: null, p95Ms: null, p99Ms: null },
    })
    expect(series).toEqual([
      { at: new Date(SINCE), completed: 8, failed: 1, cancelled: 0, retried: 3 },
      { at: new Date(SINCE + MINUTE), completed: 0, failed: 2, cancelled: 4, retried: 0 },
    ])
  })

  test('percentiles are of all durations together, within a tenth', () => {
    const few = Array.from({ length: 90 }, () => 10)
    const rows = [
      row({ wait: histogram(...few) }),
      row({ wait: histogram(...Array.from({ length: 10 }, () => 2_000)), run: histogram(7) }),
    ]
    const [handler] = ratesOf(rows, SINCE, SINCE + MINUTE).handlers
    expect(within(handler?.wait.p50Ms, 10)).toBe(true)
    expect(within(handler?.wait.p95Ms, 2_000)).toBe(true)
    expect(within(handler?.wait.p99Ms, 2_000)).toBe(true)
    expect(within(handler?.run.p50Ms, 7)).toBe(true)
  })

  test('of less than a minute are not blown up', () => {
    expect(ratesOf([row({ completed: 2 })], SINCE, SINCE + 1_000).handlers[0]?.perMinute).toBe(2)
  })
})

function within(found: number | null | undefined, expected: number): boolean {
  return typeof found === 'number' && Math.abs(found - expected) <= expected * 0.11 + 1
}
