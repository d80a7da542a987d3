import assert from 'node:assert/strict'
import type { Cases } from './fixture.ts'
import {
  cancelled,
  claimJobs,
  claimOne,
  completed,
  crashed,
  detail,
  failed,
  ids,
  newJob,
  newJobs,
  newLease,
  released,
  retried,
  runningJob,
  snoozed,
  someError,
} from './jobs.ts'

export const settle: Cases = {
  async 'an empty batch settles nothing'({ store }) {
    assert.deepEqual(await store.settle([]), [])
  },

  async 'a completed job keeps its result and its attempt'(fixture) {
    const { store, clock } = fixture
    const held = await runningJob(fixture)
    const startedAt = clock.now()
    clock.advance(1_234)
    const result = '{"b":[1,"🧨",null],"a":1.5}'
    assert.deepEqual(await store.settle([completed(held, clock.now(), { startedAt, result })]), [])
    const job = await detail(store, held.job.id)
    assert.deepEqual([job.status, job.reason, job.attempt, job.maxAttempts], ['completed', null, 1, 4])
    assert.deepEqual([job.startedAt?.getTime(), job.finishedAt?.getTime()], [startedAt, clock.now()])
    assert.deepEqual([job.result, job.error], [{ b: [1, '🧨', null], a: 1.5 }, null])
    assert.deepEqual(
      job.attempts.map(({ workerId, ...attempt }) => attempt),
      [
        {
          attempt: 1,
          outcome: 'completed',
          startedAt: new Date(startedAt),
          finishedAt: new Date(clock.now()),
          error: null,
        },
      ],
    )
  },

  async 'many that complete alike keep each its own start and end'({ store, clock }) {
    const lease = await newLease(store)
    await store.enqueue(newJobs(50))
    const startedAt = clock.now()
    const jobs = await claimJobs(store, lease)
    clock.advance(5_000)
    const batch = jobs.map((job, index) =>
      completed({ lease, job }, clock.now(), {
        startedAt: startedAt + index * 7,
        finishedAt: clock.now() + (index % 3) * 11,
        ...(index % 5 === 0 ? { result: `${index}` } : {}),
      }),
    )
    assert.deepEqual(await store.settle(batch), [])
    for (const [index, { id }] of jobs.entries()) {
      const { attempts, result, status } = await detail(store, id)
      assert.equal(status, 'completed')
      assert.equal(result, index % 5 === 0 ? index : null)
      assert.equal(attempts[0]?.startedAt?.getTime(), startedAt + index * 7)
      assert.equal(attempts[0]?.finishedAt?.getTime(), clock.now() + (index % 3) * 11)
    }
  },

  async 'an attempt that took a month, or none of the clocks agree on, is kept too'({ store, clock }) {
    const lease = await newLease(store, { leaseMs: 1e10 })
    await store.enqueue(newJobs(2))
    const [long, backwards] = await claimJobs(store, lease)
    assert.ok(long && backwards)
    const startedAt = clock.now()
    clock.advance(31 * 86_400_000)
    const stale = await store.settle([
      completed({ lease, job: long }, clock.now(), { startedAt }),
      completed({ lease, job: backwards }, clock.now(), { startedAt: clock.now() + 5_000 }),
    ])
    assert.deepEqual(stale, [])
    const [first, second] = [await detail(store, long.id), await detail(store, backwards.id)]
    assert.equal(first.attempts[0]?.startedAt?.getTime(), startedAt)
    assert.deepEqual([first.status, second.status], ['completed', 'completed'])
  },

  async 'a failed job keeps its error with all its causes'(fixture) {
    const { store, clock } = fixture
    const held = await runningJob(fixture)
    await store.settle([failed(held, clock.now(), { reason: 'it said so' })])
    const job = await detail(store, held.job.id)
    assert.deepEqual([job.status, job.reason, job.result], ['failed', 'it said so', null])
    assert.deepEqual(job.error, someError)
    assert.deepEqual(job.attempts[0]?.error, someError)
    assert.equal(job.attempts[0]?.outcome, 'failed')
  },

  async 'a cancelled job ends as cancelled'(fixture) {
    const { store, clock } = fixture
    const held = await runningJob(fixture)
    await store.settle([cancelled(held, clock.now())])
    const job = await detail(store, held.job.id)
    assert.equal(job.status, 'cancelled')
    assert.equal(job.attempts[0]?.outcome, 'cancelled')
    assert.deepEqual(await claimJobs(store, held.lease), [])
  },

  async 'a job that failed without its code having run is failed all the same'(fixture) {
    const { store, clock } = fixture
    const held = await runningJob(fixture)
    const settlement = failed(held, clock.now(), { startedAt: undefined, reason: 'not allowed' })
    assert.deepEqual(await store.settle([settlement]), [])
    const job = await detail(store, held.job.id)
    assert.deepEqual([job.status, job.reason], ['failed', 'not allowed'])
    assert.equal(job.finishedAt?.getTime(), clock.now())
    assert.deepEqual(job.error, someError)
  },

  async 'a retry without a delay is due at once'(fixture) {
    const { store, clock } = fixture
    const held = await runningJob(fixture)
    clock.advance(10)
    await store.settle([retried(held, clock.now(), 0, { outcome: 'timed_out' })])
    const job = await detail(store, held.job.id)
    assert.deepEqual([job.status, job.attempt, job.maxAttempts, job.finishedAt], ['pending', 1, 4, null])
    assert.equal(job.attempts[0]?.outcome, 'timed_out')
    const again = await claimOne(store, held.lease)
    assert.deepEqual([again.attempt, again.crashes, again.spared, again.maxAttempts], [2, 0, 0, 4])
  },

  async 'a retry with a delay is due when it has passed, and not a millisecond before'(fixture) {
    const { store, clock } = fixture
    const held = await runningJob(fixture)
    await store.settle([retried(held, clock.now(), 2_000)])
    const waiting = await detail(store, held.job.id)
    assert.deepEqual([waiting.status, waiting.reason], ['pending', 'retrying'])
    assert.equal(waiting.runAt.getTime(), clock.now() + 2_000)
    clock.advance(1_999)
    assert.deepEqual(await claimJobs(store, held.lease), [])
    clock.advance(1)
    assert.equal((await claimOne(store, held.lease)).attempt, 2)
  },

  async 'a retry keeps priority and queue, and takes its turn by its new due time'({ store, clock }) {
    const lease = await newLease(store)
    const [first, ...others] = newJobs(3, { priority: 5, queue: 'q' })
    assert.ok(first)
    await store.enqueue([first, ...others])
    const job = await claimOne(store, lease)
    clock.advance(1)
    await store.enqueue([newJob({ priority: 4 })])
    await store.settle([retried({ lease, job }, clock.now())])
    const claimed = await claimJobs(store, lease)
    assert.deepEqual(ids(claimed.slice(0, 3)), [...ids(others), first.id])
    assert.deepEqual([claimed[2]?.priority, claimed[2]?.queue], [5, 'q'])
  },

  async 'a crash is counted apart and spends no retry'(fixture) {
    const { store, clock } = fixture
    const held = await runningJob(fixture)
    await store.settle([crashed(held, clock.now())])
    assert.equal((await detail(store, held.job.id)).maxAttempts, 5)
    const second = await claimOne(store, held.lease)
    assert.deepEqual([second.attempt, second.maxAttempts, second.crashes, second.spared], [2, 5, 1, 1])
    await store.settle([crashed({ lease: held.lease, job: second }, clock.now())])
    const third = await claimOne(store, held.lease)
    assert.deepEqual([third.attempt, third.maxAttempts, third.crashes, third.spared], [3, 6, 2, 2])
  },

  async 'a snooze spends no retry and is no crash'(fixture) {
    const { store, clock } = fixture
    const held = await runningJob(fixture)
    await store.settle([snoozed(held, clock.now(), 1_000)])
    const job = await detail(store, held.job.id)
    assert.deepEqual([job.status, job.attempt, job.maxAttempts], ['pending', 1, 5])
    assert.equal(job.attempts[0]?.outcome, 'snoozed')
    clock.advance(1_000)
    const again = await claimOne(store, held.lease)
    assert.deepEqual([again.attempt, again.maxAttempts, again.crashes, again.spared], [2, 5, 0, 1])
  },

  async 'a released job is as it was before the claim, and in its old place'({ store, clock }) {
    const lease = await newLease(store)
    const batch = [newJob({ priority: 1 }), newJob({ tags: ['t'] }), newJob()]
    await store.enqueue(batch)
    const before = await Promise.all(batch.map(({ id }) => store.get(id)))
    clock.advance(700)
    const jobs = await claimJobs(store, lease, { limit: 3, start: 1 })
    clock.advance(700)
    await store.enqueue([newJob()])
    assert.deepEqual(await store.settle(jobs.map((job) => released({ lease, job }, clock.now()))), [])
    assert.deepEqual(await Promise.all(batch.map(({ id }) => store.get(id))), before)
    const again = await claimJobs(store, lease, { limit: 3 })
    assert.deepEqual(ids(again), ids(batch))
    assert.ok(again.every(({ attempt, crashes }) => attempt === 1 && crashes === 0))
  },

  async 'a released retry keeps the attempts, the crashes and the due time it had'(fixture) {
    const { store, clock } = fixture
    const held = await runningJob(fixture)
    const { lease } = held
    await store.settle([crashed(held, clock.now())])
    await store.settle([retried({ lease, job: await claimOne(store, lease) }, clock.now(), 300)])
    clock.advance(500)
    const before = await detail(store, held.job.id)
    const job = await claimOne(store, lease)
    await store.settle([released({ lease, job }, clock.now())])
    const after = await detail(store, held.job.id)
    assert.deepEqual(after, before)
    assert.deepEqual([after.attempt, after.attempts.length], [2, 2])
    const again = await claimOne(store, lease)
    assert.deepEqual(again, { ...job, claim: again.claim })
    assert.deepEqual([again.attempt, again.crashes, again.spared], [3, 1, 1])
  },

  async 'a job released as suspect counts as having crashed once, and not more than that'(fixture) {
    const { store, clock } = fixture
    const { lease, job } = await runningJob(fixture)
    await store.settle([released({ lease, job }, clock.now(), true)])
    const second = await claimOne(store, lease)
    assert.deepEqual([second.attempt, second.crashes, second.maxAttempts], [1, 1, 4])
    await store.settle([released({ lease, job: second }, clock.now(), true)])
    const third = await claimOne(store, lease)
    assert.deepEqual([third.attempt, third.crashes], [1, 1])
    await store.settle([crashed({ lease, job: third }, clock.now())])
    const fourth = await claimOne(store, lease)
    await store.settle([released({ lease, job: fourth }, clock.now(), true)])
    assert.equal((await claimOne(store, lease)).crashes, 2)
  },

  async 'attempts are numbered from 1 without gaps, and all of them are kept'(fixture) {
    const { store, clock } = fixture
    const { lease, job } = await runningJob(fixture)
    await store.settle([retried({ lease, job }, clock.now())])
    const steps = [crashed, released, retried, completed]
    for (const step of steps) {
      clock.advance(100)
      await store.settle([step({ lease, job: await claimOne(store, lease) }, clock.now())])
    }
    const { attempts, attempt, status } = await detail(store, job.id)
    assert.deepEqual(
      attempts.map((entry) => [entry.attempt, entry.outcome]),
      [
        [1, 'failed'],
        [2, 'crashed'],
        [3, 'failed'],
        [4, 'completed'],
      ],
    )
    assert.deepEqual([attempt, status], [4, 'completed'])
  },

  async 'a job has a finish time if and only if it is finished'(fixture) {
    const { store, clock } = fixture
    const settlements = [completed, failed, cancelled, retried, crashed, released]
    for (const settlement of settlements) {
      const held = await runningJob(fixture)
      await store.settle([settlement(held, clock.now())])
      const job = await detail(store, held.job.id)
      assert.equal(job.finishedAt !== null, ['completed', 'failed', 'cancelled'].includes(job.status), job.status)
      await store.cancel([job.id])
    }
  },

  async 'a batch may hold settlements of every kind'({ store, clock }) {
    const lease = await newLease(store)
    await store.enqueue(newJobs(60))
    const kinds = [completed, failed, cancelled, retried, crashed, released]
    const jobs = await claimJobs(store, lease)
    const batch = jobs.map((job, index) => (kinds[index % 6] as typeof completed)({ lease, job }, clock.now()))
    assert.deepEqual(await store.settle(batch), [])
    assert.deepEqual(
      await Promise.all(
        (['completed', 'failed', 'cancelled', 'pending'] as const).map((status) => store.count({ status })),
      ),
      [10, 10, 10, 30],
    )
  },
}
