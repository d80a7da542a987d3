import assert from 'node:assert/strict'
import type { Cases } from './fixture.ts'
import { claimJobs, claimOne, crashed, detail, failed, newJob, newLease, retried, runningJob, snoozed } from './jobs.ts'

/** Why a job is in its status, as far as the store itself can tell. */
export const reasons: Cases = {
  async 'a job that waits for its turn needs no reason'({ store }) {
    const job = newJob()
    await store.enqueue([job])
    const { status, reason } = await detail(store, job.id)
    assert.deepEqual([status, reason], ['pending', null])
  },

  async 'a job that waits for its time is delayed, and no longer so once that has come'({ store, clock }) {
    const job = newJob({ due: { inMs: 1_000 } })
    await store.enqueue([job])
    assert.equal((await detail(store, job.id)).reason, 'delayed')
    clock.advance(999)
    assert.equal((await detail(store, job.id)).reason, 'delayed')
    clock.advance(1)
    assert.equal((await detail(store, job.id)).reason, null)
  },

  async 'a job that waits for its next attempt is retrying, after a failure as after a crash'(fixture) {
    const { store, clock } = fixture
    for (const settlement of [retried, crashed]) {
      const held = await runningJob(fixture)
      await store.settle([settlement(held, clock.now(), 1_000)])
      const { status, reason } = await detail(store, held.job.id)
      assert.deepEqual([status, reason], ['pending', 'retrying'])
    }
  },

  async 'a job that asked for a later time is snoozed until then'(fixture) {
    const { store, clock } = fixture
    const held = await runningJob(fixture)
    await store.settle([snoozed(held, clock.now(), 1_000)])
    const { status, reason } = await detail(store, held.job.id)
    assert.deepEqual([status, reason], ['pending', 'snoozed'])
  },

  async 'a due job of a paused queue is paused, until the queue is resumed'({ store }) {
    const job = newJob({ queue: 'q' })
    await store.enqueue([job])
    await store.setPaused('q', true)
    assert.equal((await detail(store, job.id)).reason, 'paused')
    assert.equal((await store.list({ limit: 1 })).jobs[0]?.reason, 'paused')
    await store.setPaused('q', false)
    assert.equal((await detail(store, job.id)).reason, null)
  },

  async 'a prefetched job is claimed'({ store }) {
    await store.enqueue([newJob({ queue: 'q' })])
    const job = await claimOne(store, await newLease(store), { start: 0 })
    const { status, reason, attempt, startedAt } = await detail(store, job.id)
    assert.deepEqual([status, reason, attempt, startedAt], ['pending', 'claimed', 0, null])
    assert.equal(await store.count({ status: 'pending' }), 1)
    assert.equal(await store.count({ status: 'running' }), 0)
  },

  async 'a prefetched retry still shows the attempts it had'(fixture) {
    const { store, clock } = fixture
    const held = await runningJob(fixture)
    await store.settle([retried(held, clock.now())])
    await claimOne(store, held.lease, { start: 0 })
    const job = await detail(store, held.job.id)
    assert.deepEqual([job.status, job.reason, job.attempt, job.attempts.length], ['pending', 'claimed', 1, 1])
  },

  async 'a running job that was asked to stop is cancelling'(fixture) {
    const { store } = fixture
    const { job } = await runningJob(fixture)
    assert.equal((await detail(store, job.id)).reason, null)
    await store.cancel([job.id])
    const { status, reason } = await detail(store, job.id)
    assert.deepEqual([status, reason], ['running', 'cancelling'])
  },

  async 'a job that was not started in time has expired'({ store, clock }) {
    const job = newJob({ expiresInMs: 1_000 })
    await store.enqueue([job])
    clock.advance(1_000)
    await store.expire(10)
    const { status, reason } = await detail(store, job.id)
    assert.deepEqual([status, reason], ['failed', 'expired'])
  },

  async 'the reason that came with the end is kept'(fixture) {
    const { store, clock } = fixture
    for (const reason of ['poisonous', 'not allowed', 'ünï 🧨']) {
      const held = await runningJob(fixture)
      await store.settle([failed(held, clock.now(), { reason })])
      assert.equal((await detail(store, held.job.id)).reason, reason)
    }
    assert.deepEqual(await claimJobs(store, await newLease(store)), [])
  },
}
