import { describe, expect, test } from 'vitest'
import {
  bytesText,
  counted,
  countText,
  priorityText,
  rateText,
  shareText,
} from '../../../src/dashboard/web/format/number.ts'

describe('numbers', () => {
  test('say that there are more than were counted', () => {
    expect(countText({ count: 10_000, more: true })).toBe('10,000+')
    expect(countText({ count: 10_000, more: false })).toBe('10,000')
  })

  test('come with their noun', () => {
    expect(counted(1, 'job')).toBe('1 job')
    expect(counted(0, 'job')).toBe('0 jobs')
    expect(counted({ count: 1, more: true }, 'job')).toBe('1+ jobs')
  })

  test.for([
    [null, '–'],
    [0, '0/min'],
    [0.04, '< 0.1/min'],
    [0.44, '0.4/min'],
    [12.6, '13/min'],
    [12_345, '12,345/min'],
  ] as const)('the rate %d is "%s"', ([rate, text]) => {
    expect(rateText(rate)).toBe(text)
  })

  test.for([
    [null, '–'],
    [0, '0 %'],
    [0.0004, '< 0.1 %'],
    [0.031, '3.1 %'],
    [0.9996, '> 99.9 %'],
    [1, '100 %'],
  ] as const)('the share %d is "%s"', ([share, text]) => {
    expect(shareText(share)).toBe(text)
  })

  test('sizes and priorities', () => {
    expect([bytesText(12), bytesText(20_480), bytesText(1_572_864)]).toEqual(['12 B', '20 KB', '1.5 MB'])
    expect([10, 0, -10, 3].map(priorityText)).toEqual(['high', 'medium', 'low', '3'])
  })
})
