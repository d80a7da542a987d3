import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatDuration, MAX_DURATION_MS, parseDuration } from '../../src/core/duration.ts'
import { OffstageError } from '../../src/core/errors.ts'

describe('parseDuration', () => {
  test.each([
    [0, 0],
    [10, 10_000],
    [0.25, 250],
    ['250ms', 250],
    ['10s', 10_000],
    ['10', 10_000],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['1w', 604_800_000],
    ['1.5h', 5_400_000],
    ['1h 30m', 5_400_000],
    ['1h30m', 5_400_000],
    [' 10 s ', 10_000],
  ])('%j is %d ms', (value, ms) => {
    expect(parseDuration(value, 'delay')).toBe(ms)
  })

  test.each([
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, '100 years'],
    [1e308, '100 years'],
    [-1, 'negative'],
    ['-5s', 'negative'],
    ['', 'use a number of seconds'],
    ['soon', 'use a number of seconds'],
    ['10 parsecs', 'use a number of seconds'],
    ['5m later', 'use a number of seconds'],
    ['1e3', 'use a number of seconds'],
    ['Infinity', 'use a number of seconds'],
    ['200000d', '100 years'],
    [null, 'use a number of seconds'],
    [[10], 'use a number of seconds'],
    [10n, 'use a number of seconds'],
  ])('%s is refused', (value, why) => {
    expect(() => parseDuration(value as never, 'the delay')).toThrow(OffstageError)
    expect(() => parseDuration(value as never, 'the delay')).toThrow(why)
    expect(() => parseDuration(value as never, 'the delay')).toThrow(/^the delay is /)
  })

  test('never gives anything but whole milliseconds up to 100 years, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.double(), fc.stringMatching(/^\d{1,4}(ms|s|m|h|d|w)$/)), (value) => {
        let ms: number
        try {
          ms = parseDuration(value, 'delay')
        } catch (error) {
          return error instanceof OffstageError && error.code === 'OPTION_INVALID' && !error.message.includes('\n')
        }
        return Number.isInteger(ms) && ms >= 0 && ms <= MAX_DURATION_MS
      }),
    )
  })
})

describe('formatDuration', () => {
  test.each([
    [0, '0ms'],
    [250, '250ms'],
    [999.6, '1s'],
    [1_240, '1.2s'],
    [59_960, '1m'],
    [125_000, '2m 5s'],
    [3_599_600, '1h'],
    [11_400_000, '3h 10m'],
    [86_400_000, '1d'],
    [187_200_000, '2d 4h'],
    [Number.POSITIVE_INFINITY, 'for ever'],
  ])('%d ms is %j', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })

  test('can be read back, to within what it leaves out', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: MAX_DURATION_MS - 86_400_000 }), (ms) => {
        const back = parseDuration(formatDuration(ms), 'delay')
        return Math.abs(back - ms) <= Math.max(50, ms * 0.03)
      }),
    )
  })
})
