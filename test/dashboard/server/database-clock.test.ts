import { afterEach, expect, test, vi } from 'vitest'
import { databaseClock } from '../../../src/dashboard/server/reads/database-clock.ts'
import { openStore } from '../../../src/stores/open.ts'
import { ManualClock } from '../../../src/testing/manual-clock.ts'
import { temporaryFolder } from '../../stores/sqlite/temporary.ts'

afterEach(() => vi.useRealTimers())

test('the database is asked for its time once in ten seconds, and again when the clock here was set back', async () => {
  await using folder = await temporaryFolder()
  const clock = new ManualClock()
  const store = await openStore(`sqlite:${folder.file('jobs.db')}`, { clock: clock.now })
  await store.migrate()
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 })
  const first = clock.now()
  expect(await databaseClock(store)).toBe(first)
  // It goes on as this machine's does; what the database says meanwhile is not asked.
  clock.advance(60_000)
  vi.setSystemTime(1_009_999)
  expect(await databaseClock(store)).toBe(first + 9_999)
  vi.setSystemTime(1_010_000)
  expect(await databaseClock(store)).toBe(first + 60_000)
  clock.advance(1_000)
  vi.setSystemTime(500_000)
  expect(await databaseClock(store)).toBe(first + 61_000)
  await store.close()
})
