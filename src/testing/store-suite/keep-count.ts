import assert from 'node:assert/strict'
import type { Cases } from './fixture.ts'
import { claimJobs, completed, finishedJob, ids, newJobs, newLease, runningJob } from './jobs.ts'

const FOREVER = {
  completed: Number.POSITIVE_INFINITY,
  failed: Number.POSITIVE_INFINITY,
  cancelled: Number.POSITIVE_INFINITY,
}

/** Retention by number. */
export const keepCount: Cases = {
  async 'prune keeps as many of a status as it is told, the newest'(fixture) {
    const { store, clock } = fixture
    const made: string[] = []
    for (let index = 0; index < 6; index++) {
      made.push(await finishedJob(fixture, 'completed'))
      clock.advance(10)
    }
    const failed = await finishedJob(fixture, 'failed')
    const retention = { ...FOREVER, most: { completed: 4 } }
    assert.equal(await store.prune(retention, 100), 2)
    assert.equal(await store.prune(retention, 100), 0)
    const left = ids((await store.list({ limit: 100 })).jobs)
    assert.deepEqual(left.toSorted(), [...made.slice(2), failed].toSorted())
    await finishedJob(fixture, 'completed')
    assert.equal(await store.prune(retention, 100), 1)
    assert.equal(await store.count({ status: 'completed' }), 4)
  },

  async 'of jobs that ended in one millisecond exactly so many are kept'({ store, clock }) {
    await store.enqueue(newJobs(10))
    const lease = await newLease(store)
    const jobs = await claimJobs(store, lease)
    await store.settle(jobs.map((job) => completed({ lease, job }, clock.now())))
    assert.equal(await store.prune({ ...FOREVER, most: { completed: 7 } }, 100), 3)
    assert.equal(await store.count({}), 7)
  },

  async 'prune keeps none of a status when it is told so, and all when there are fewer'(fixture) {
    const { store } = fixture
    for (const status of ['completed', 'failed', 'failed'] as const) await finishedJob(fixture, status)
    await runningJob(fixture)
    assert.equal(await store.prune({ ...FOREVER, most: { completed: 0, failed: 2, cancelled: 5 } }, 100), 1)
    assert.equal(await store.count({ status: 'completed' }), 0)
    assert.equal(await store.count({ status: ['failed', 'running'] }), 3)
  },

  async 'age and number both hold'(fixture) {
    const { store, clock } = fixture
    for (let index = 0; index < 6; index++) {
      await finishedJob(fixture, 'completed')
      clock.advance(10)
    }
    assert.equal(await store.prune({ ...FOREVER, completed: 45, most: { completed: 5 } }, 100), 2)
    assert.equal(await store.prune({ ...FOREVER, completed: 45, most: { completed: 3 } }, 100), 1)
    assert.equal(await store.prune({ ...FOREVER, completed: 15, most: { completed: 3 } }, 100), 2)
  },

  async 'prune removes no more than its limit, whatever the status and whatever the reason'(fixture) {
    const { store, clock } = fixture
    for (const status of ['completed', 'failed', 'cancelled', 'completed', 'failed', 'cancelled'] as const) {
      await finishedJob(fixture, status)
    }
    clock.advance(1)
    const retention = { completed: 0, failed: 0, cancelled: Number.POSITIVE_INFINITY, most: { cancelled: 1 } }
    assert.equal(await store.prune(retention, 3), 3)
    assert.equal(await store.prune(retention, 3), 2)
    assert.equal(await store.prune(retention, 3), 0)
    assert.equal(await store.count({ status: 'cancelled' }), 1)
  },

  async 'a number above what one look counts off is kept too'({ store, clock }) {
    const lease = await newLease(store)
    const kept = 10_500
    for (let left = kept + 20; left > 0; left -= 1_052) {
      await store.enqueue(newJobs(1_052))
      const jobs = await claimJobs(store, lease, { limit: 2_000, start: 2_000 })
      await store.settle(jobs.map((job) => completed({ lease, job }, clock.now())))
    }
    assert.equal(await store.prune({ ...FOREVER, most: { completed: kept } }, 5), 5)
    assert.equal(await store.prune({ ...FOREVER, most: { completed: kept } }, 100), 15)
    assert.equal(await store.count({ status: 'completed' }), kept)
  },
}
