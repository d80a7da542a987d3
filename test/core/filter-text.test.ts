import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { JobFilter } from '../../src/core/filter.ts'
import { FILTER_FIELDS } from '../../src/core/filter-fields.ts'
import { filterCommand, filterWords, formatFilter, parseFilter } from '../../src/core/filter-text.ts'
import { JOB_STATUSES } from '../../src/core/job.ts'

const NOW = Date.parse('2026-11-22T12:00:00Z')
const ID = '0193a5c0-7e00-7000-8000-000000000001'
const OTHER = '0193a5c0-7e00-7000-8000-000000000002'

describe('what is meant', () => {
  test.each<[string, JobFilter]>([
    ['', {}],
    ['   ', {}],
    ['status:failed', { status: ['failed'] }],
    ['status:failed,cancelled status:failed', { status: ['failed', 'cancelled'] }],
    ['class:ReportJob method:build queue:mail tag:x', { class: 'ReportJob', method: 'build', queue: 'mail', tag: 'x' }],
    ['class:"My Job"', { class: 'My Job' }],
    ['queue:"a \\"b\\" \\\\ c"', { queue: 'a "b" \\ c' }],
    ['priority:high', { priority: 10 }],
    ['priority:-7', { priority: -7 }],
    ['error:9F3A', { error: '9f3a' }],
    ['worker:host-1:4242', { worker: 'host-1:4242' }],
    ['args.user.id:42', { args: [{ path: 'user.id', value: '42' }] }],
    [
      'args:42 args.0:x',
      {
        args: [
          { path: '', value: '42' },
          { path: '0', value: 'x' },
        ],
      },
    ],
    [
      'args."first name":Ada args.url:https://x.y/?a=b,c',
      {
        args: [
          { path: 'first name', value: 'Ada' },
          { path: 'url', value: 'https://x.y/?a=b,c' },
        ],
      },
    ],
    ['args.name:""', { args: [{ path: 'name', value: '' }] }],
    ['since:1h', { since: NOW - 3_600_000 }],
    ['since:1h30m until:5m', { since: NOW - 5_400_000, until: NOW - 300_000 }],
    ['until:2026-11-22T10:00Z', { until: Date.parse('2026-11-22T10:00:00Z') }],
    ['until:2026-11-22T10:00', { until: Date.parse('2026-11-22T10:00:00Z') }],
    ['until:2026-11-22T10:00+02:00', { until: Date.parse('2026-11-22T08:00:00Z') }],
    ['since:2026-11-22', { since: Date.parse('2026-11-22T00:00:00Z') }],
    [`id:${ID}`, { ids: [ID] }],
    [`id:${ID},${OTHER} ${ID.toUpperCase()}`, { ids: [ID, OTHER] }],
    ['id:01', { idPrefix: '01' }],
    ['0193a5c0-7e', { idPrefix: '0193a5c0-7e' }],
    ['0193A5 status:failed', { idPrefix: '0193a5', status: ['failed'] }],
    ['status:"" id:""', { status: [], ids: [] }],
  ])('%s', (text, filter) => {
    expect(parseFilter(text, NOW)).toEqual({ filter })
  })
})

describe('what is wrong, where, and what was probably meant', () => {
  test.each<[string, string, string | null, string | null, RegExp]>([
    ['class:A stauts:failed', 'stauts:failed', 'stauts', 'status:failed', /no field "stauts"; did you mean status\?/],
    ['status:faild', 'status:faild', 'status', 'status:failed', /no status "faild"; did you mean failed\?/],
    ['status:failed,done', 'status:failed,done', 'status', null, /no status "done"; the statuses are pending, /],
    ['wurst:1', 'wurst:1', 'wurst', null, /no field "wurst"; the fields are status, class, /],
    ['failed', 'failed', null, 'status:failed', /"failed" stands without a field: write status:failed/],
    ['ReportJob.build', 'ReportJob.build', null, 'class:ReportJob method:build', /write class:ReportJob method:build/],
    ['hello', 'hello', null, null, /stands without a field/],
    ['abc', 'abc', null, null, /stands without a field/],
    ['class:', 'class:', 'class', null, /class: a value is missing/],
    ['class: status:failed', 'class:', 'class', null, /class: a value is missing/],
    ['class:"A', 'class:"A', 'class', null, /class: the quotes are not closed/],
    ['class:"A"B', 'class:"A"B', 'class', null, /right behind the closing quote/],
    ['class:"a\\q"', 'class:"a\\q"', 'class', null, /cannot be read/],
    ['class:A class:B', 'class:B', 'class', null, /class is given twice/],
    ['class:A,B', 'class:A,B', 'class', 'class:A', /takes one value: write class:"A,B" if/],
    ['queue.x:1', 'queue.x:1', 'queue', 'queue:1', /no field "queue.x"; did you mean queue/],
    ['args.:1', 'args.:1', 'args', null, /no key behind it/],
    ['priority:hgih', 'priority:hgih', 'priority', 'priority:high', /priority is "hgih"/],
    ['priority:1e3', 'priority:1e3', 'priority', null, /priority is "1e3"/],
    ['error:xyz', 'error:xyz', 'error', null, /at least its first four digits/],
    ['since:yesterday', 'since:yesterday', 'since', null, /a span such as 1h or 7d/],
    ['since:10', 'since:10', 'since', 'since:10h', /a span such as 1h/],
    ['until:2026-02-30', 'until:2026-02-30', 'until', null, /a moment such as/],
    ['since:200000d', 'since:200000d', 'since', null, /longest time span/],
    ['id:xyz', 'id:xyz', 'id', null, /no id/],
    [`id:${ID} id:0193`, 'id:0193', 'id', null, /the whole of each/],
    ['id:01,02', 'id:01,02', 'id', null, /the whole of each/],
  ])('%s', (text, part, field, suggestion, reason) => {
    const { errors } = parseFilter(text, NOW)
    expect(errors).toHaveLength(1)
    const [error] = errors ?? []
    expect(error?.reason).toMatch(reason)
    expect(text.slice(error?.start, error?.end)).toBe(part)
    expect([error?.field, error?.suggestion]).toEqual([field, suggestion])
  })

  test('everything that is wrong is told at once', () => {
    expect(parseFilter('stauts:failed class: hello', NOW).errors).toHaveLength(3)
  })

  test('a suggestion can stand where the error was', () => {
    for (const text of ['class:A stauts:failed', 'status:faild', 'ReportJob.build', 'priority:hgih x', 'since:10']) {
      const [error] = parseFilter(text, NOW).errors ?? []
      const mended = text.slice(0, error?.start) + error?.suggestion + text.slice(error?.end)
      expect(parseFilter(mended, NOW).errors ?? []).toHaveLength(text.includes(' x') ? 1 : 0)
    }
  })

  test('a text of any length is read in no time', () => {
    for (const text of [
      'a'.repeat(40_000),
      '"'.repeat(40_000),
      'args.'.repeat(9_000),
      'a:b '.repeat(12_000),
      '\\"'.repeat(20_000),
    ]) {
      const began = performance.now()
      parseFilter(text, NOW)
      expect(performance.now() - began).toBeLessThan(2_000)
    }
    expect(parseFilter('x'.repeat(1_000_000), NOW).errors?.[0]?.reason).toMatch(/longer than/)
  })
})

const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '',
    ' ',
    '"',
    '\\',
    'a,b',
    'a:b',
    '%',
    '_',
    '\0',
    '\u2028',
    '\ud800',
    '🧨',
    'status:failed',
    "'; drop table job",
  ),
)
const id = fc.uuid({ version: 7 })
const moment = fc.date({ noInvalidDate: true }).map((date) => date.getTime())
const some = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined })

const filters = fc
  .record({
    status: some(fc.uniqueArray(fc.constantFrom(...JOB_STATUSES))),
    class: some(text),
    method: some(text),
    queue: some(text),
    tag: some(text),
    priority: some(fc.integer({ min: -1_000_000_000, max: 1_000_000_000 })),
    error: some(fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 4, maxLength: 64 })),
    worker: some(text),
    args: some(fc.array(fc.record({ path: text, value: text }), { minLength: 1 })),
    since: some(moment),
    until: some(moment),
    which: fc.oneof(
      fc.constant({}),
      fc.record({ ids: fc.uniqueArray(id) }),
      fc.record({
        idPrefix: fc.tuple(id, fc.integer({ min: 1, max: 35 })).map(([each, length]) => each.slice(0, length)),
      }),
    ),
  })
  .map(({ which, ...filter }): JobFilter => ({ ...filter, ...which }))

test('a filter is the same after it was written and read', () => {
  fc.assert(
    fc.property(filters, (filter) => {
      expect(parseFilter(formatFilter(filter), NOW)).toEqual({ filter })
    }),
    { numRuns: 2_000 },
  )
})

test('any text at all is read as a filter, or told what is wrong with it', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        text,
        fc.array(fc.oneof(text, fc.constantFrom('args.', 'id:', 'class:', ','))).map((a) => a.join('')),
      ),
      (any) => {
        const { filter, errors } = parseFilter(any, NOW)
        if (filter !== undefined) expect(parseFilter(formatFilter(filter), NOW)).toEqual({ filter })
        else for (const { start, end } of errors) expect(any.slice(start, end)).not.toBe('')
      },
    ),
    { numRuns: 2_000 },
  )
})

test('a list of nothing is not written as if it were no condition', () => {
  expect(formatFilter({ ids: [] })).toBe('id:""')
  expect(formatFilter({ status: [] })).toBe('status:""')
  expect(formatFilter({})).toBe('')
})

test('words stand in their usual order', () => {
  const filter = { until: NOW, since: NOW - 1, queue: 'mail', class: 'My Job', status: 'failed' } as const
  expect(filterWords(filter)).toEqual([
    'status:failed',
    'class:"My Job"',
    'queue:mail',
    'since:2026-11-22T11:59:59.999Z',
    'until:2026-11-22T12:00Z',
  ])
})

test('the command for a shell quotes what a shell would take apart', () => {
  expect(filterCommand({ status: ['failed'], class: 'ReportJob' })).toBe(
    'offstage jobs list status:failed class:ReportJob',
  )
  expect(filterCommand({ class: 'My Job', tag: "it's" }, 'offstage jobs retry')).toBe(
    `offstage jobs retry 'class:"My Job"' 'tag:it'\\''s'`,
  )
  expect(filterCommand({ tag: '$(rm -rf ~)' })).toBe(`offstage jobs list 'tag:"$(rm -rf ~)"'`)
})

test('every field is offered, with an example that is right', () => {
  for (const { name, example } of FILTER_FIELDS) {
    const { filter } = parseFilter(name === 'args' ? `args.${example}` : `${name}:${example}`, NOW)
    expect(filter, name).toBeDefined()
  }
})
