import assert from 'node:assert/strict'
import type { JobId } from '../../core/job.ts'
import type { Store } from '../../store/store.ts'
import type { Cases } from './fixture.ts'
import {
  cancelled,
  claimOne,
  completed,
  crashed,
  detail,
  failed,
  finishedJob,
  newJob,
  newLease,
  retried,
  runningJob,
} from './jobs.ts'

const waitingJob = async (store: Store, id: JobId) => {
  const job = await detail(store, id)
  return [job.status, job.maxAttempts - job.attempt, job.finishedAt]
}

/** What retrying by a person means; which states allow it is in `commands`. */
export const retry: Cases = {
  async 'a retried job has all its retries again, whatever it had used'(fixture) {
    const { store, clock } = fixture
    const held = await runningJob(fixture, { maxAttempts: 3 })
    const { lease } = held
    const { id } = held.job
    await store.settle([crashed(held, clock.now())])
    await store.settle([retried({ lease, job: await claimOne(store, lease) }, clock.now())])
    await store.settle([failed({ lease, job: await claimOne(store, lease) }, clock.now())])
    await store.retry([id])
    assert.deepEqual(await waitingJob(store, id), ['pending', 3, null])
    for (let left = 2; left >= 0; left--) {
      const job = await claimOne(store, lease)
      assert.equal(job.maxAttempts - job.attempt, left)
      assert.equal(job.crashes, 0)
      await store.settle([(left > 0 ? retried : failed)({ lease, job }, clock.now())])
    }
    const job = await detail(store, id)
    assert.deepEqual(
      job.attempts.map(({ attempt }) => attempt),
      [1, 2, 3, 4, 5, 6],
    )
    assert.equal(job.status, 'failed')
  },

  async 'a job that was cancelled before it ran can be retried'({ store }) {
    const job = newJob({ due: { inMs: 60_000 } })
    await store.enqueue([job])
    await store.cancel([job.id])
    await store.retry([job.id])
    assert.deepEqual(await waitingJob(store, job.id), ['pending', 4, null])
    const lease = await newLease(store)
    const claimed = await claimOne(store, lease)
    assert.deepEqual([claimed.id, claimed.expired], [job.id, false])
    assert.deepEqual(await store.retry([job.id]), [{ id: job.id, result: 'state', status: 'running' }])
  },

  async 'a retried job shows neither the error nor the end it had'(fixture) {
    const { store } = fixture
    const id = await finishedJob(fixture, 'failed')
    await store.retry([id])
    const job = await detail(store, id)
    assert.deepEqual([job.finishedAt, job.result, job.attempts.length], [null, null, 1])
  },

  async 'a retried job does not expire of the term that has passed'({ store, clock }) {
    const job = newJob({ expiresInMs: 1_000 })
    await store.enqueue([job])
    clock.advance(1_001)
    assert.equal((await store.expire(10)).length, 1)
    await store.retry([job.id])
    assert.equal((await store.expire(10)).length, 0)
    assert.equal((await claimOne(store, await newLease(store))).expired, false)
  },

  async 'a late settlement of the attempt before a retry is refused'(fixture) {
    const { store, clock } = fixture
    const held = await runningJob(fixture)
    await store.settle([cancelled(held, clock.now())])
    await store.retry([held.job.id])
    const again = await claimOne(store, held.lease)
    assert.equal(again.attempt, 2)
    assert.deepEqual(await store.settle([completed(held, clock.now())]), [0])
  },
}
