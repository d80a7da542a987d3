import fc from 'fast-check'
import { expect, test } from 'vitest'
import { distance, nearest, suggestion } from '../../src/core/nearest.ts'

const names = ['SampleJob', 'ReportJob', 'process', 'retries']

test.each([
  ['SampelJob', 'SampleJob'],
  ['samplejob', 'SampleJob'],
  ['proces', 'process'],
  ['retires', 'retries'],
  ['Report', 'ReportJob'],
  ['Unrelated', undefined],
  ['', undefined],
  ['x'.repeat(100_000), undefined],
])('nearest to %j is %j', (text, found) => {
  expect(nearest(text, names)).toBe(found)
})

test('suggestion says nothing when nothing is near', () => {
  expect(suggestion('retires', names)).toBe('; did you mean retries?')
  expect(suggestion('Unrelated', names)).toBe('')
})

test('distance counts left out, added, replaced and swapped letters', () => {
  expect(distance('', 'abc')).toBe(3)
  expect(distance('abc', 'acb')).toBe(1)
  expect(distance('ca', 'abc')).toBe(3)
  expect(distance('kitten', 'sitting')).toBe(3)
})

test('distance is 0 for the same, the same both ways, and never above the longer text', () => {
  const word = fc.string({ maxLength: 12 })
  fc.assert(
    fc.property(word, word, (a, b) => {
      const slips = distance(a, b)
      expect(distance(b, a)).toBe(slips)
      expect(slips === 0).toBe(a === b)
      expect(slips).toBeLessThanOrEqual(Math.max(a.length, b.length))
      expect(slips).toBeGreaterThanOrEqual(Math.abs(a.length - b.length))
    }),
  )
})
