import assert from 'node:assert/strict'
import type { Cases } from './fixture.ts'
import {
  claimJobs,
  claimOne,
  completed,
  crashed,
  detail,
  ids,
  newJob,
  newJobs,
  newLease,
  released,
  retried,
} from './jobs.ts'

/** Jobs whose worker is gone, and those who pick them up. */
export const orphans: Cases = {
  async 'jobs of a live lease are no orphans'({ store, clock }) {
    const lease = await newLease(store, { leaseMs: 1_000 })
    await store.enqueue(newJobs(2))
    await claimJobs(store, lease)
    clock.advance(999)
    assert.deepEqual(await store.orphans(10), [])
    await store.heartbeat(lease)
    clock.advance(999)
    assert.deepEqual(await store.orphans(10), [])
  },

  async 'jobs of an expired lease are orphans, with what it takes to decide about them'({ store, clock }) {
    const lease = await newLease(store, { id: 'gone', leaseMs: 1_000 })
    const policy = '{"onCrash":"fail"}'
    const batch = [newJob({ policy, priority: 3, queue: 'q' }), newJob()]
    await store.enqueue(batch)
    clock.advance(100)
    const [first, second] = await claimJobs(store, lease, { limit: 2, start: 1 })
    assert.ok(first && second)
    const startedAt = clock.now()
    clock.advance(901)
    await store.cancel([second.id])
    const found = await store.orphans(10)
    const expected = [
      { job: first, startedAt, cancelRequested: false },
      { job: second, startedAt: undefined, cancelRequested: true },
    ].map(({ job: { args, expired, ...job }, ...rest }) => ({ ...job, lease, workerId: 'gone', ...rest }))
    assert.deepEqual(
      found.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map((orphan) => ({ ...orphan })),
      expected,
    )
  },

  async 'an orphan was due when its attempt was, not its job'({ store, clock }) {
    const lease = await newLease(store)
    await store.enqueue([newJob()])
    await store.settle([retried({ lease, job: await claimOne(store, lease) }, clock.now(), 2_000)])
    clock.advance(3_000)
    const { runAt } = await claimOne(store, lease)
    assert.equal(runAt, clock.now() - 1_000)
    await store.endLease(lease)
    assert.deepEqual(
      (await store.orphans(10)).map((orphan) => orphan.runAt),
      [runAt],
    )
  },

  async 'jobs of a lease that was ended are orphans at once'({ store }) {
    const lease = await newLease(store)
    const live = await newLease(store)
    const batch = newJobs(4)
    await store.enqueue(batch)
    await claimJobs(store, lease, { limit: 2 })
    await claimJobs(store, live, { limit: 2 })
    await store.endLease(lease)
    assert.deepEqual(ids(await store.orphans(10)).toSorted(), ids(batch.slice(0, 2)))
  },

  async 'orphans are found a few at a time'({ store, clock }) {
    const lease = await newLease(store)
    await store.enqueue(newJobs(5))
    const jobs = await claimJobs(store, lease)
    await store.endLease(lease)
    const found = new Set<string>()
    for (let round = 0; round < 3; round++) {
      const some = await store.orphans(2)
      assert.ok(some.length <= 2)
      for (const orphan of some) found.add(orphan.id)
      await store.settle(some.map((job) => crashed({ lease, job }, clock.now())))
    }
    assert.deepEqual([...found].toSorted(), ids(jobs))
    assert.deepEqual(await store.orphans(10), [])
  },

  async 'an orphan settles behind its old lease, and then it is none'({ store, clock }) {
    const lease = await newLease(store)
    await store.enqueue(newJobs(2))
    const [started, prefetched] = await claimJobs(store, lease, { start: 1 })
    assert.ok(started && prefetched)
    await store.endLease(lease)
    const batch = [
      crashed({ lease, job: started }, clock.now()),
      released({ lease, job: prefetched }, clock.now(), true),
    ]
    assert.deepEqual(await store.settle(batch), [])
    assert.deepEqual(await store.orphans(10), [])
    const next = await claimJobs(store, await newLease(store))
    assert.deepEqual(
      next.map(({ id, attempt, crashes }) => [id, attempt, crashes]).toSorted(),
      [
        [started.id, 2, 1],
        [prefetched.id, 1, 1],
      ].toSorted(),
    )
  },

  async 'of two rescuers of one orphan one settles it'({ store, another, clock }) {
    const other = await another()
    const lease = await newLease(store)
    await store.enqueue(newJobs(20))
    const jobs = await claimJobs(store, lease)
    await store.endLease(lease)
    assert.equal((await store.orphans(100)).length, 20)
    assert.equal((await other.orphans(100)).length, 20)
    const batch = jobs.map((job) => crashed({ lease, job }, clock.now()))
    const [first, second] = await Promise.all([store.settle(batch), other.settle(batch.toReversed())])
    const refused = [...first, ...second.map((position) => 19 - position)]
    assert.deepEqual(
      refused.toSorted((a, b) => a - b),
      jobs.map((_, index) => index),
    )
    for (const { id } of jobs) {
      const job = await detail(store, id)
      assert.deepEqual([job.status, job.attempt, job.attempts.length, job.maxAttempts], ['pending', 1, 1, 5])
    }
  },

  async 'a worker that finishes after its lease has expired, before anyone took over, still settles once'({
    store,
    clock,
  }) {
    const lease = await newLease(store, { leaseMs: 1_000 })
    await store.enqueue([newJob()])
    const job = await claimOne(store, lease)
    clock.advance(5_000)
    assert.equal((await store.orphans(10)).length, 1)
    assert.deepEqual(await store.settle([completed({ lease, job }, clock.now())]), [])
    assert.deepEqual(await store.orphans(10), [])
    assert.deepEqual(await store.settle([crashed({ lease, job }, clock.now())]), [0])
    assert.equal((await detail(store, job.id)).status, 'completed')
  },

  async 'jobs of a lost worker stay its own when a new one takes its id'({ store, clock }) {
    const worker = { id: 'same-name', leaseMs: 1_000 }
    const old = await newLease(store, worker)
    await store.enqueue([newJob()])
    const job = await claimOne(store, old)
    clock.advance(1_001)
    const fresh = await newLease(store, worker)
    assert.deepEqual(await store.settle([retried({ lease: fresh, job }, clock.now())]), [0])
    const [orphan] = await store.orphans(10)
    assert.deepEqual([orphan?.id, orphan?.lease, orphan?.workerId], [job.id, old, 'same-name'])
  },
}
