import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bucketOf, durationOf, HistogramCounter, merged, percentile, total } from '../../src/core/histogram.ts'

const DAY = 86_400_000
const durations = fc.array(fc.oneof(fc.nat(50), fc.nat(10_000), fc.nat(30 * DAY)), { maxLength: 300 })

function histogramOf(all: readonly number[]) {
  const counter = new HistogramCounter()
  for (const ms of all) counter.add(ms)
  return counter.counts()
}

/** As `percentile` says, of the durations themselves. */
function exact(all: readonly number[], share: number): number | null {
  const sorted = all.toSorted((a, b) => a - b)
  return sorted[Math.max(1, Math.ceil(sorted.length * share)) - 1] ?? null
}

describe('a histogram', () => {
  test('tells every duration to a tenth, from 1 ms to a year, and the short ones exactly', () => {
    for (let ms = 1; ms < 365 * DAY; ms = Math.ceil(ms * 1.003)) {
      const shown = durationOf(bucketOf(ms))
      expect(Math.abs(shown - ms) / ms, `${ms} ms`).toBeLessThanOrEqual(0.1)
    }
    for (let ms = 0; ms <= 10; ms++) expect(durationOf(bucketOf(ms))).toBe(ms)
  })

  test('a longer duration is in no lower bucket, and few buckets reach for days', () => {
    fc.assert(
      fc.property(fc.nat(30 * DAY), fc.nat(30 * DAY), (a, b) => {
        expect(Math.sign(bucketOf(a) - bucketOf(b)) * Math.sign(a - b)).toBeGreaterThanOrEqual(0)
      }),
    )
    expect(bucketOf(7 * DAY)).toBeLessThan(220)
  })

  test('what is no duration counts as none, and what is beyond all as very long', () => {
    for (const ms of [-5, -0, 0.4, Number.NaN]) expect(bucketOf(ms)).toBe(0)
    expect(bucketOf(Number.POSITIVE_INFINITY)).toBe(bucketOf(1e30))
    expect(bucketOf(2_000.5)).toBe(bucketOf(2_000))
  })

  test('its percentiles are those of what was put in, to a tenth', () => {
    fc.assert(
      fc.property(durations, fc.constantFrom(0, 0.5, 0.9, 0.95, 0.99, 1), (all, share) => {
        const shown = percentile(histogramOf(all), share)
        const meant = exact(all, share)
        if (meant === null || shown === null) expect(shown).toBe(meant)
        else expect(Math.abs(shown - meant)).toBeLessThanOrEqual(0.1 * meant)
      }),
    )
  })

  test('those of parts, added up, are those of the whole', () => {
    fc.assert(
      fc.property(fc.array(durations, { maxLength: 5 }), (parts) => {
        const whole = histogramOf(parts.flat())
        expect(merged(parts.map(histogramOf))).toEqual(whole)
        expect(total(whole)).toBe(parts.flat().length)
        expect(merged([JSON.parse(JSON.stringify(whole))])).toEqual(whole)
      }),
    )
  })

  test('of nothing says nothing', () => {
    expect(percentile({}, 0.5)).toBeNull()
    expect(total({})).toBe(0)
    expect(merged([])).toEqual({})
  })
})
