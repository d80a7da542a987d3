import fc from 'fast-check'
import { expect, test } from 'vitest'
import { priorityWeighted } from '../../src/core/strategies.ts'

test.each([
  // Given, and what the origin's text makes of it.
  { priority: 10, delay: 0, retries: 3, gives: { delay: 3, retries: 4 } },
  { priority: 0, delay: 0, retries: 3, gives: { delay: 3, retries: 3 } },
  { priority: -10, delay: 0, retries: 3, gives: { delay: 3, retries: 2 } },
  { priority: 10, delay: 10, retries: 2, gives: { delay: 8, retries: 3 } },
  { priority: -10, delay: 15, retries: 2, gives: { delay: 13, retries: 1 } },
  { priority: 1, delay: 2, retries: 2, gives: { delay: 0, retries: 3 } },
  { priority: -1, delay: 5, retries: 0, gives: { delay: 5, retries: 0 } },
  { priority: 10, delay: 0, retries: 1_000, gives: { delay: 1_000, retries: 1_000 } },
])('priority $priority, delay $delay, retries $retries', ({ gives, ...terms }) => {
  expect(priorityWeighted(terms)).toEqual(gives)
})

test('is pure and stays within what is allowed', () => {
  const terms = fc.record({
    priority: fc.integer({ min: -1e9, max: 1e9 }),
    delay: fc.double({ min: 0, max: 1e9, noNaN: true }),
    retries: fc.integer({ min: 0, max: 1_000 }),
  })
  fc.assert(
    fc.property(terms, (given) => {
      const before = { ...given }
      const decided = priorityWeighted(given)
      expect(given).toEqual(before)
      expect(priorityWeighted(given)).toEqual(decided)
      expect(decided.delay).toBe(Math.abs(given.delay - given.retries))
      expect(decided.retries).toBeGreaterThanOrEqual(0)
      expect(decided.retries).toBeLessThanOrEqual(1_000)
    }),
  )
})
