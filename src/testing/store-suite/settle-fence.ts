import assert from 'node:assert/strict'
import type { Settlement } from '../../store/store.ts'
import type { Cases } from './fixture.ts'
import {
  cancelled,
  claimJobs,
  claimOne,
  completed,
  crashed,
  detail,
  failed,
  newJob,
  newJobs,
  newLease,
  released,
  retried,
  runningJob,
} from './jobs.ts'

/** What is written about an attempt is written by its holder, once. */
export const settleFence: Cases = {
  async 'an attempt settles once: the second time is stale and changes nothing'(fixture) {
    const { store, clock } = fixture
    const held = await runningJob(fixture)
    assert.deepEqual(await store.settle([completed(held, clock.now(), { result: '1' })]), [])
    const settled = await detail(store, held.job.id)
    clock.advance(50)
    for (const again of [completed, failed, retried, released]) {
      assert.deepEqual(await store.settle([again(held, clock.now())]), [0])
    }
    assert.deepEqual(await detail(store, held.job.id), settled)
  },

  async 'of two settlements of one attempt in one batch the first stands'(fixture) {
    const { store, clock } = fixture
    const now = clock.now()
    const seconds: ((held: Awaited<ReturnType<typeof runningJob>>) => Settlement)[] = [
      (held) => completed(held, now),
      (held) => completed(held, now, { startedAt: now - 5 }),
      (held) => completed(held, now + 5, { startedAt: now }),
      (held) => completed(held, now, { result: '"second"' }),
      (held) => failed(held, now),
    ]
    for (const second of seconds) {
      const held = await runningJob(fixture)
      assert.deepEqual(await store.settle([completed(held, now), second(held)]), [1])
      const { status, result, attempts } = await detail(store, held.job.id)
      assert.deepEqual([status, result, attempts.length], ['completed', null, 1])
      assert.deepEqual([attempts[0]?.startedAt?.getTime(), attempts[0]?.finishedAt?.getTime()], [now, now])
    }
  },

  async 'stale positions are returned in order, and what is fresh beside them is applied'({ store, clock }) {
    const lease = await newLease(store)
    await store.enqueue(newJobs(20))
    const jobs = await claimJobs(store, lease)
    const lost = new Set([0, 3, 4, 11, 19])
    await store.settle(jobs.filter((_, index) => lost.has(index)).map((job) => completed({ lease, job }, clock.now())))
    const batch = jobs.map((job, index) =>
      (index % 2 === 0 ? completed : failed)({ lease, job }, clock.now(), { result: undefined }),
    )
    assert.deepEqual(await store.settle(batch), [...lost])
    assert.equal(await store.count({ status: 'running' }), 0)
    // The failed ones are the odd positions that were not lost before.
    assert.equal(await store.count({ status: 'failed' }), 7)
  },

  async 'a settlement needs the number of the attempt'(fixture) {
    const { store, clock } = fixture
    const { lease, job } = await runningJob(fixture)
    const before = await detail(store, job.id)
    for (const attempt of [0, 2]) {
      for (const settle of [completed, failed, retried, released]) {
        const stale = await store.settle([settle({ lease, job: { ...job, attempt } }, clock.now())])
        assert.deepEqual(stale, [0])
      }
    }
    assert.deepEqual(await detail(store, job.id), before)
    assert.deepEqual(await store.settle([completed({ lease, job }, clock.now())]), [])
  },

  async 'a settlement needs the lease of the attempt'(fixture) {
    const { store, clock } = fixture
    const { lease, job } = await runningJob(fixture)
    const before = await detail(store, job.id)
    for (const other of [await newLease(store), lease + 1_000, 0, -1]) {
      for (const settle of [completed, failed, retried, released]) {
        assert.deepEqual(await store.settle([settle({ lease: other, job }, clock.now())]), [0])
      }
    }
    assert.deepEqual(await detail(store, job.id), before)
  },

  async 'a settlement needs the key of a running job'({ store, clock }) {
    const lease = await newLease(store)
    await store.enqueue(newJobs(2))
    const done = await claimOne(store, lease)
    await store.settle([completed({ lease, job: done }, clock.now())])
    const running = await claimOne(store, lease)
    const mixed = { ...running, key: done.key }
    assert.deepEqual(await store.settle([failed({ lease, job: mixed }, clock.now())]), [0])
    assert.equal((await detail(store, running.id)).status, 'running')
    assert.equal((await detail(store, done.id)).status, 'completed')
  },

  async 'a settlement that gives a job back or fails it needs the claim of the attempt'(fixture) {
    const { store, clock } = fixture
    const { lease, job } = await runningJob(fixture)
    const before = await detail(store, job.id)
    for (const claim of [0, job.claim - 1, job.claim + 1]) {
      for (const settle of [failed, retried, released, cancelled]) {
        assert.deepEqual(await store.settle([settle({ lease, job: { ...job, claim } }, clock.now())]), [0])
      }
    }
    assert.deepEqual(await detail(store, job.id), before)
    assert.deepEqual(await store.settle([failed({ lease, job }, clock.now())]), [])
  },

  async 'a repeated release does not touch the next claim by the same lease'(fixture) {
    const { store, clock } = fixture
    const { lease, job: first } = await runningJob(fixture)
    const release = released({ lease, job: first }, clock.now())
    assert.deepEqual(await store.settle([release]), [])
    const second = await claimOne(store, lease)
    assert.equal(second.attempt, first.attempt)
    assert.deepEqual(await store.settle([release]), [0])
    assert.equal((await detail(store, second.id)).status, 'running')
    assert.deepEqual(await store.settle([completed({ lease, job: second }, clock.now())]), [])
  },

  async 'a repeated unstarted cancel does not touch a job that was retried since'({ store, clock }) {
    const lease = await newLease(store)
    await store.enqueue([newJob()])
    const first = await claimOne(store, lease, { start: 0 })
    await store.cancel([first.id])
    // Given back, which the request to cancel makes an end.
    const release = released({ lease, job: first }, clock.now())
    assert.deepEqual(await store.settle([release]), [])
    assert.equal((await detail(store, first.id)).status, 'cancelled')
    await store.retry([first.id])
    const second = await claimOne(store, lease)
    assert.equal(second.attempt, first.attempt)
    const unstarted = cancelled({ lease, job: first }, clock.now(), { startedAt: undefined })
    assert.deepEqual(await store.settle([release, unstarted]), [0, 1])
    assert.equal((await detail(store, second.id)).status, 'running')
    assert.deepEqual(await store.settle([completed({ lease, job: second }, clock.now())]), [])
  },

  async 'a late settlement of an earlier attempt is refused, and the newer one stands'({ store, another, clock }) {
    const late = await newLease(store, { leaseMs: 1_000 })
    const otherStore = await another()
    const fresh = await newLease(otherStore)
    await store.enqueue([newJob()])
    const first = await claimOne(store, late)
    clock.advance(1_001)
    const [orphan] = await otherStore.orphans(10)
    assert.ok(orphan)
    await otherStore.settle([crashed({ lease: orphan.lease, job: first }, clock.now())])
    const second = await claimOne(otherStore, fresh)
    assert.equal(second.attempt, 2)
    assert.deepEqual(
      await store.settle([completed({ lease: late, job: first }, clock.now(), { result: '"late"' })]),
      [0],
    )
    assert.equal((await detail(store, first.id)).status, 'running')
    await otherStore.settle([completed({ lease: fresh, job: second }, clock.now(), { result: '"fresh"' })])
    assert.deepEqual(await store.settle([failed({ lease: late, job: first }, clock.now())]), [0])
    const job = await detail(store, first.id)
    assert.deepEqual([job.status, job.result], ['completed', 'fresh'])
    assert.deepEqual(
      job.attempts.map(({ outcome }) => outcome),
      ['crashed', 'completed'],
    )
  },

  async 'a late settlement is refused even by the worker that runs the newer attempt'(fixture) {
    const { store, clock } = fixture
    const { lease, job: first } = await runningJob(fixture)
    await store.settle([retried({ lease, job: first }, clock.now(), 0, { outcome: 'timed_out' })])
    const second = await claimOne(store, lease)
    assert.deepEqual(await store.settle([completed({ lease, job: first }, clock.now())]), [0])
    assert.deepEqual(await store.settle([completed({ lease, job: second }, clock.now())]), [])
  },

  async 'what is late about a deleted job never reaches a job that came after it'(fixture) {
    const { store, clock } = fixture
    const { lease, job: old } = await runningJob(fixture)
    await store.settle([completed({ lease, job: old }, clock.now())])
    await store.delete([old.id])
    await store.enqueue([newJob()])
    const fresh = await claimOne(store, lease)
    assert.deepEqual(await store.settle([failed({ lease, job: old }, clock.now())]), [0])
    const line = {
      kind: 'log',
      key: old.key,
      attempt: 1,
      claim: old.claim,
      at: clock.now(),
      severity: 'info',
      text: '',
    } as const
    assert.deepEqual(await store.record(lease, [line]), [0])
    assert.equal((await detail(store, fresh.id)).status, 'running')
    assert.deepEqual(await store.logs(fresh.id), [])
  },
}
