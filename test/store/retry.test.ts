import { describe, expect, test } from 'vitest'
import { OffstageError } from '../../src/core/errors.ts'
import { retrying } from '../../src/store/retry.ts'
import type { Store } from '../../src/store/store.ts'
import { openStore } from '../../src/stores/open.ts'

const busy = () => new OffstageError('DATABASE_BUSY', 'locked', { transient: true })

/** A real store whose `count` throws what `errors` says before it answers; with the time that its callers waited. */
async function store(errors: unknown[], patienceMs = 30_000) {
  const real = await openStore('sqlite::memory:')
  await real.migrate()
  const waits: number[] = []
  let calls = 0
  const failing: Store = {
    ...real,
    count: async (filter) => {
      calls += 1
      if (errors.length > 0) throw errors.shift()
      return await real.count(filter)
    },
  }
  const wrapped = retrying(failing, {
    patienceMs,
    sleep: async (ms) => void waits.push(ms),
    now: () => waits.reduce((sum, ms) => sum + ms, 0),
  })
  return { wrapped, waits, calls: () => calls }
}

describe('retrying', () => {
  test('tries a busy database again, after 1 to 25 ms each', async () => {
    const { wrapped, waits, calls } = await store(Array.from({ length: 50 }, busy))
    expect(await wrapped.count({})).toBe(0)
    expect(calls()).toBe(51)
    expect(waits).toHaveLength(50)
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(1)
    expect(Math.max(...waits)).toBeLessThanOrEqual(25)
    expect(new Set(waits).size).toBeGreaterThan(25)
  })

  test('gives up when it stays busy, and says what to do', async () => {
    const { wrapped, waits } = await store(Array.from({ length: 10_000 }, busy), 2_000)
    const error = await wrapped.count({}).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'DATABASE_BUSY',
      transient: true,
      message: expect.stringMatching(/^the database has been busy for 2 s: .*find the one/),
      cause: { message: 'locked' },
    })
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThanOrEqual(2_000)
  })

  test.each([
    new OffstageError('DATABASE_FULL', 'full', { transient: true }),
    new OffstageError('DATABASE_UNAVAILABLE', 'away', { transient: true }),
    new OffstageError('CLOSED', 'closed'),
    new TypeError('a bug'),
  ])('throws anything else at once: $message', async (error) => {
    const { wrapped, calls } = await store([error])
    await expect(wrapped.count({})).rejects.toBe(error)
    expect(calls()).toBe(1)
  })

  test('throws what comes after busy', async () => {
    const { wrapped, calls } = await store([busy(), new TypeError('a bug')])
    await expect(wrapped.count({})).rejects.toThrow('a bug')
    expect(calls()).toBe(2)
  })
})
