import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatPriority, parsePriority } from '../../src/core/priority.ts'

test('names are 10, 0 and -10', () => {
  expect(['high', 'medium', 'low'].map((name) => parsePriority(name as 'high'))).toEqual([10, 0, -10])
})

test('any integer within ±1e9 is a priority, and reads back from its text', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e9, max: 1e9 }), (priority) => {
      expect(parsePriority(priority)).toBe(priority)
      expect(parsePriority(formatPriority(priority) as 'high')).toBe(priority)
    }),
  )
  expect(Object.is(parsePriority(-0), 0)).toBe(true)
})

test.each([1.5, Number.NaN, 1e308, 1_000_000_001, 'urgent', '', 'constructor', '1.5', null, undefined, 10n, []])(
  '%s is none',
  (value) => {
    expect(() => parsePriority(value as never, 'priority')).toThrow(
      /^priority is .*'high', 'medium', 'low' or an integer/,
    )
  },
)
