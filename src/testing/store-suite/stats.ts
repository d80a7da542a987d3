import assert from 'node:assert/strict'
import type { Cases } from './fixture.ts'
import { claimJobs, completed, failed, finishedJob, newJobs, newLease, retried, runningJob } from './jobs.ts'

const REQUEST = { windowMs: 3_600_000, sample: 100, countTo: 100 }

export const stats: Cases = {
  async 'stats of an empty database are all nothing'({ store, clock }) {
    assert.deepEqual(await store.stats(REQUEST), {
      at: new Date(clock.now()),
      jobs: { pending: 0, running: 0, completed: 0, failed: 0, cancelled: 0 },
      more: [],
      queues: [],
      since: new Date(clock.now() - REQUEST.windowMs),
      handlers: [],
    })
  },

  async 'stats count every job once, by its status'(fixture) {
    const { store } = fixture
    await runningJob(fixture)
    for (const status of ['completed', 'completed', 'failed', 'cancelled'] as const) await finishedJob(fixture, status)
    await store.enqueue([...newJobs(3), ...newJobs(2, { due: { inMs: 60_000 } })])
    // One of the three is claimed ahead: it is still pending.
    await claimJobs(store, await newLease(store), { limit: 1, start: 0 })
    const { jobs, more } = await store.stats(REQUEST)
    assert.deepEqual(jobs, { pending: 5, running: 1, completed: 2, failed: 1, cancelled: 1 })
    assert.deepEqual(more, [])
    assert.equal(
      Object.values(jobs).reduce((sum, count) => sum + count),
      await store.count({}),
    )
  },

  async 'stats count finished jobs as far as they are told, and say where there are more'(fixture) {
    for (let index = 0; index < 4; index++) await finishedJob(fixture, 'completed')
    for (let index = 0; index < 3; index++) await finishedJob(fixture, 'failed')
    const { jobs, more } = await fixture.store.stats({ ...REQUEST, countTo: 3 })
    assert.deepEqual([jobs.completed, jobs.failed], [3, 3])
    assert.deepEqual(more, ['completed'])
  },

  async 'stats tell how long the jobs of each handler waited and ran'(fixture) {
    const { store, clock } = fixture
    const lease = await newLease(store)
    const spans = [1, 2, 3, 4, 5, 6, 7, 8, 9, 100]
    for (const span of spans) {
      await store.enqueue(newJobs(1, { class: 'Timed' }))
      clock.advance(2 * span)
      const [job] = await claimJobs(store, lease)
      assert.ok(job)
      const startedAt = clock.now()
      clock.advance(span)
      await store.settle([completed({ lease, job }, clock.now(), { startedAt })])
    }
    await store.enqueue(newJobs(1, { class: 'Other' }))
    const [job] = await claimJobs(store, lease)
    assert.ok(job)
    await store.settle([failed({ lease, job }, clock.now())])
    const timed = { waitP50Ms: 10, waitP95Ms: 200, runP50Ms: 5, runP95Ms: 100 }
    const other = { waitP50Ms: 0, waitP95Ms: 0, runP50Ms: 0, runP95Ms: 0 }
    assert.deepEqual((await store.stats(REQUEST)).handlers, [
      { class: 'Other', method: 'process', completed: 0, failed: 1, ...other },
      { class: 'Timed', method: 'process', completed: 10, failed: 0, ...timed },
    ])
  },

  async 'the wait of an attempt counts from when it was due again'(fixture) {
    const { store, clock } = fixture
    const held = await runningJob(fixture)
    await store.settle([retried(held, clock.now(), 1_000)])
    clock.advance(1_050)
    const lease = await newLease(store)
    const [job] = await claimJobs(store, lease)
    assert.ok(job)
    await store.settle([completed({ lease, job }, clock.now())])
    assert.equal((await store.stats(REQUEST)).handlers[0]?.waitP50Ms, 50)
  },

  async 'stats look no further back than the window'(fixture) {
    const { store, clock } = fixture
    await finishedJob(fixture, 'completed')
    clock.advance(REQUEST.windowMs + 1)
    assert.deepEqual((await store.stats(REQUEST)).handlers, [])
    await finishedJob(fixture, 'completed')
    assert.equal((await store.stats(REQUEST)).handlers[0]?.completed, 1)
  },

  async 'when there is more than the sample, stats say from when on they count, and count that whole'(fixture) {
    const { store, clock } = fixture
    for (let index = 0; index < 5; index++) {
      await finishedJob(fixture, index === 0 ? 'failed' : 'completed')
      clock.advance(1_000)
    }
    const { since, at, handlers } = await store.stats({ ...REQUEST, sample: 2 })
    assert.equal(at.getTime() - since.getTime(), 2_000)
    assert.deepEqual([handlers[0]?.completed, handlers[0]?.failed], [2, 0])
  },

  async 'a job that failed without a start is counted and not timed'({ store, clock }) {
    await store.enqueue(newJobs(1, { expiresInMs: 10 }))
    clock.advance(20)
    await store.expire(10)
    const [handler] = (await store.stats(REQUEST)).handlers
    assert.deepEqual([handler?.failed, handler?.waitP50Ms, handler?.runP95Ms], [1, null, null])
  },
}
