import { describe, expect, test } from 'vitest'
import type { Store } from '../../../src/store/store.ts'
import { claimJobs, completed, newJobs, newLease } from '../../../src/testing/store-suite/jobs.ts'
import { pruner } from '../../../src/worker/maintenance/pruner.ts'
import { openTemporary } from '../../stores/sqlite/temporary.ts'

const ALL = { completed: 0, failed: 0, cancelled: 0 }

async function finish(store: Store, count: number, at: number): Promise<void> {
  const lease = await newLease(store)
  for (let left = count; left > 0; left -= 1_000) {
    await store.enqueue(newJobs(Math.min(left, 1_000)))
    const jobs = await claimJobs(store, lease)
    await store.settle(jobs.map((job) => completed({ lease, job }, at)))
  }
}

/** A pruner of a real store, on a clock by which each removed job takes `msEach`. Tells the size of each chunk. */
async function prunerAt(jobs: number) {
  let clock = 1_000_000
  const database = await openTemporary({ clock: () => clock, migrated: true })
  const { store } = database
  await finish(store, jobs, clock)
  const chunks: number[] = []
  let msEach = 0
  let elapsed = 0
  clock += 10
  const timed: Store = {
    ...store,
    async prune(retention, limit) {
      chunks.push(limit)
      const removed = await store.prune(retention, limit)
      elapsed += removed * msEach
      return removed
    },
  }
  return {
    chunks,
    duty: pruner(timed, ALL, () => elapsed),
    count: () => store.count({}),
    setSpeed: (value: number) => {
      msEach = value
    },
    [Symbol.asyncDispose]: () => database.close(),
  }
}

describe('the pruner', () => {
  test('takes as many at a time as fit its aim, whether the disk is fast or slow', async () => {
    await using pruned = await prunerAt(4_000)
    pruned.setSpeed(0.001)
    for (let i = 0; i < 4; i++) await pruned.duty.run()
    expect(pruned.chunks).toEqual([128, 256, 512, 1_024])
    pruned.setSpeed(0.2)
    for (let i = 0; i < 7; i++) await pruned.duty.run()
    // 0.2 ms each: twenty-five of them are five milliseconds.
    expect(pruned.chunks.slice(4)).toEqual([1_024, 512, 256, 128, 64, 32, 16])
    await pruned.duty.run()
    expect(pruned.chunks.at(-1)).toBe(16)
  })

  test('rests for twice as long as it took, and for a minute when all is done', async () => {
    await using pruned = await prunerAt(200)
    pruned.setSpeed(0.03)
    expect(await pruned.duty.run()).toBeCloseTo(2 * 128 * 0.03)
    expect(await pruned.duty.run()).toBe(60_000)
    expect(await pruned.count()).toBe(0)
  })
})
