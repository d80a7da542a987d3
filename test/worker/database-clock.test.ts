import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { DatabaseClock } from '../../src/worker/database-clock.ts'

const HOUR = 3_600_000

// The clock of this process stands still: nothing is measured but what the answers do.
beforeEach(() => {
  const now = performance.now()
  vi.spyOn(performance, 'now').mockReturnValue(now)
})
afterEach(() => {
  vi.restoreAllMocks()
})

/** The time that an answer says, when the database's clock is so many ms ahead of this process's. */
const ahead = (ms: number) => performance.timeOrigin + performance.now() + ms

test('follows the database, however wrong the clock here is', () => {
  const clock = new DatabaseClock()
  for (const ms of [0, HOUR, -HOUR]) {
    const askedAt = performance.now()
    clock.learn(Math.floor(ahead(ms)), askedAt)
    expect(Math.abs(clock.now() - ahead(ms))).toBeLessThanOrEqual(1)
  }
})

test('is not moved by how long an answer took', () => {
  const clock = new DatabaseClock()
  clock.learn(Math.floor(ahead(HOUR)), performance.now())
  const before = clock.now() - performance.now()
  // Asked two seconds ago, answered with the time of the call, of half-way, and of now.
  for (const ms of [-2_000, -1_000, 0]) clock.learn(Math.floor(ahead(HOUR + ms)), performance.now() - 2_000)
  expect(clock.now() - performance.now()).toBe(before)
})

test('is moved as far as an answer proves it wrong', () => {
  const clock = new DatabaseClock()
  clock.learn(Math.floor(ahead(HOUR)), performance.now())
  // The answer was given at some moment of the last 100 ms: the clock was a second ahead at least.
  clock.learn(Math.floor(ahead(HOUR + 1_000)), performance.now() - 100)
  expect(Math.abs(clock.now() - ahead(HOUR + 1_000))).toBeLessThanOrEqual(1)
})
