import { describe, expect, test } from 'vitest'
import {
  absoluteTime,
  durationText,
  exactTime,
  offsetName,
  relativeTime,
} from '../../../src/dashboard/web/format/time.ts'

const NOW = Date.parse('2026-11-22T10:00:00Z')

describe('relative times', () => {
  test.for([
    [0, 'just now'],
    [4_900, 'just now'],
    [5_000, '5 s ago'],
    [59_999, '59 s ago'],
    [60_000, '1 min ago'],
    [3_599_999, '59 min ago'],
    [47 * 3_600_000, '47 h ago'],
    [48 * 3_600_000, '2 d ago'],
    [100 * 86_400_000, '3 months ago'],
    [-500, 'just now'],
    [-3_000, 'in a moment'],
    [-90_000, 'in 1 min'],
  ] as const)('%d ms ago is "%s"', ([ago, text]) => {
    expect(relativeTime(NOW - ago, NOW)).toBe(text)
  })
})

describe('durations', () => {
  test.for([
    [0, '< 1 ms'],
    [12.4, '12 ms'],
    [1_240, '1.24 s'],
    [9_999, '9.99 s'],
    [59_990, '59.9 s'],
    [60_000, '1 min'],
    [192_000, '3 min 12 s'],
    [7_500_000, '2 h 5 min'],
    [273_600_000, '3 d 4 h'],
  ] as const)('%d ms is "%s"', ([ms, text]) => {
    expect(durationText(ms)).toBe(text)
  })
})

describe('absolute times state their zone', () => {
  test('in the zone of the machine', () => {
    const zone = offsetName(NOW)
    expect(zone).toMatch(/^UTC([+-]\d{1,2}(:\d\d)?)?$/)
    expect(absoluteTime(NOW)).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/)
    expect(absoluteTime(NOW)).toContain(zone)
    expect(exactTime(NOW + 7)).toContain('.007 ')
  })
})
