import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { backoffMs, checkBackoff } from '../../src/core/backoff.ts'
import type { Backoff } from '../../src/core/handler.ts'

const error = new Error('failed')
const none = () => 0
const delays = (backoff: Backoff | undefined, random = none) =>
  [1, 2, 3, 4].map((failures) => backoffMs(backoff, failures, error, random))

describe('backoffMs', () => {
  test('doubles from 1 s to 1 h by default', () => {
    expect(delays(undefined)).toEqual([1_000, 2_000, 4_000, 8_000])
    expect(backoffMs(undefined, 1_000_000, error, none)).toBe(3_600_000)
  })

  test('takes up to a fifth off by default, so that jobs that failed together do not come back together', () => {
    expect(delays(undefined, () => 0.999_999)).toEqual([800, 1_600, 3_200, 6_400])
  })

  test('keeps to what is set', () => {
    expect(delays('10s')).toEqual([10_000, 10_000, 10_000, 10_000])
    expect(delays(5)).toEqual([5_000, 5_000, 5_000, 5_000])
    expect(delays({ type: 'fixed', delay: '1m' })).toEqual([60_000, 60_000, 60_000, 60_000])
    expect(delays(['1s', 5, '1m'])).toEqual([1_000, 5_000, 60_000, 60_000])
    expect(delays({ type: 'exponential', delay: '2s', factor: 3, max: 20, jitter: 0 })).toEqual([
      2_000, 6_000, 18_000, 20_000,
    ])
  })

  test('asks a function with the number of the failure and the error', () => {
    const asked: unknown[] = []
    const backoff = (...args: unknown[]) => {
      asked.push(args)
      return '3s'
    }
    expect(backoffMs(backoff, 2, error, none)).toBe(3_000)
    expect(asked).toEqual([[2, error]])
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('in backoff')
      },
    ],
    ['gives nothing', () => undefined as never],
    ['gives NaN', () => Number.NaN],
    ['gives a negative delay', () => -1],
    ['gives a promise', () => Promise.resolve(1) as never],
  ])('a function that %s counts as the default', (_, backoff) => {
    expect(backoffMs(backoff, 2, error, none)).toBe(2_000)
  })

  test('stays between nothing and the maximum, whatever the numbers', () => {
    fc.assert(
      fc.property(
        fc.record({
          delay: fc.double({ min: 0, max: 1e6, noNaN: true }),
          factor: fc.double({ min: 1, max: 1_000, noNaN: true }),
          max: fc.double({ min: 0, max: 1e6, noNaN: true }),
          jitter: fc.double({ min: 0, max: 1, noNaN: true }),
        }),
        fc.nat(),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (options, failures, random) => {
          const ms = backoffMs(
            checkBackoff({ type: 'exponential', ...options }, 'backoff'),
            failures,
            error,
            () => random,
          )
          return Number.isInteger(ms) && ms >= 0 && ms <= Math.round(options.max * 1_000)
        },
      ),
    )
  })
})

describe('checkBackoff', () => {
  test.each<[unknown, string]>([
    [-1, 'backoff is -1'],
    ['soon', 'backoff is "soon"'],
    [[], 'name at least one delay'],
    [[1, -2], 'backoff[1] is -2'],
    [{}, 'backoff.type is undefined'],
    [{ type: 'linear' }, 'backoff.type is "linear"'],
    [{ type: 'fixed' }, 'backoff.delay is undefined'],
    [{ type: 'fixed', delay: 1, factor: 2 }, 'no option "factor"'],
    [{ type: 'exponential', factor: 0.5 }, 'backoff.factor is 0.5'],
    [{ type: 'exponential', jitter: 2 }, 'backoff.jitter is 2'],
    [{ type: 'exponential', jitter: Number.NaN }, 'backoff.jitter is NaN'],
    [{ type: 'exponential', max: 'ever' }, 'backoff.max is "ever"'],
    [true, 'backoff is true'],
    [null, 'backoff is null'],
  ])('refuses %j', (backoff, why) => {
    expect(() => checkBackoff(backoff, 'backoff')).toThrow(why)
  })
})
