import { describe, expect, test } from 'vitest'
import { bucketOf } from '../../../src/core/histogram.ts'
import { exposition } from '../../../src/dashboard/server/prometheus/exposition.ts'
import { familiesText } from '../../../src/dashboard/server/prometheus/text.ts'
import { Totals } from '../../../src/dashboard/server/prometheus/totals.ts'
import type { Exposed } from '../../../src/dashboard/server/reads/exposed.ts'
import type { MetricRow } from '../../../src/store/insight.ts'

const MINUTE = 60_000
const row = (at: number, change: Partial<MetricRow> = {}): MetricRow => ({
  at,
  class: 'ReportJob',
  method: 'build',
  queue: 'default',
  completed: 1,
  failed: 0,
  cancelled: 0,
  retried: 0,
  wait: {},
  run: {},
  ...change,
})

describe('the text format', () => {
  test('has help, type and samples, with everything escaped that could end a label', () => {
    const text = familiesText([
      {
        name: 'x_total',
        help: 'A line\nand \\ another.',
        type: 'counter',
        samples: [
          { labels: { queue: 'a"b\\c\nd' }, value: 1.5 },
          { labels: {}, value: 0 },
        ],
      },
    ])
    expect(text).toBe(
      '# HELP x_total A line\\nand \\\\ another.\n# TYPE x_total counter\nx_total{queue="a\\"b\\\\c\\nd"} 1.5\nx_total 0\n',
    )
  })
})

describe('totals', () => {
  test('only grow, although rows are written late and removed', () => {
    const totals = new Totals(1_000 * MINUTE + 5)
    expect(totals.since).toBe(1_000 * MINUTE)
    const at = (minute: number) => (1_000 + minute) * MINUTE
    let stored = [row(at(0), { completed: 10 })]
    const completed = (minute: number) => {
      const since = totals.since
      const [total] = totals.add(
        stored.filter((each) => each.at >= since),
        at(minute),
      )
      return total?.completed
    }
    expect(completed(1)).toBe(10)
    stored = [row(at(0), { completed: 15 }), row(at(1), { completed: 3 })]
    expect(completed(2)).toBe(18)
    expect(completed(30)).toBe(18)
    expect(totals.since).toBe(at(20))
    // What was added up is not needed any more.
    stored = [row(at(29), { completed: 2 })]
    expect(completed(31)).toBe(20)
    expect(completed(31)).toBe(20)
  })

  test('are kept apart by handler and queue', () => {
    const totals = new Totals(0)
    const sums = totals.add(
      [row(0), row(0, { queue: 'mail' }), row(MINUTE), row(0, { method: 'mail', failed: 2 })],
      MINUTE,
    )
    expect(sums.map(({ method, queue, completed, failed }) => [method, queue, completed, failed])).toEqual([
      ['build', 'default', 2, 0],
      ['build', 'mail', 1, 0],
      ['mail', 'default', 1, 2],
    ])
  })
})

test('histograms are cumulative, and their sums are within a tenth', () => {
  const run = { [bucketOf(4)]: 2, [bucketOf(80)]: 3, [bucketOf(7_000_000)]: 1 }
  const counts = Object.fromEntries(
    ['pending', 'running', 'completed', 'failed', 'cancelled'].map((status) => [status, { count: 1, more: false }]),
  ) as Exposed['counts']
  const totals = new Totals(0).add([row(0, { run })], 0)
  const text = exposition({ at: 0, counts, queues: [], workers: [], overdue: 0, rows: [] }, totals, '1.2.3')
  const value = (le: string) => {
    const [, found] =
      new RegExp(`offstage_run_seconds_bucket\\{[^}]*le="${le.replace('+', '\\+')}"\\} (\\d+)`).exec(text) ?? []
    return Number(found)
  }
  expect(['0.005', '0.05', '0.1', '3600', '+Inf'].map(value)).toEqual([2, 2, 5, 5, 6])
  const [, sum] = /offstage_run_seconds_sum\{[^}]*\} ([\d.]+)/.exec(text) ?? []
  expect(Number(sum)).toBeGreaterThan(6_300)
  expect(Number(sum)).toBeLessThan(7_700)
  expect(text).toContain('offstage_info{version="1.2.3"} 1\n')
})
