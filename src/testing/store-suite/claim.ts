import assert from 'node:assert/strict'
import type { Cases } from './fixture.ts'
import {
  claimJobs,
  claimOne,
  completed,
  crashed,
  detail,
  ids,
  jobId,
  newJob,
  newJobs,
  newLease,
  nextClaim,
  retried,
} from './jobs.ts'

const all = (limit: number) => [{ queues: 'all' as const, limit }]

export const claim: Cases = {
  async 'an empty database gives nothing, and no time to wait for'({ store, clock }) {
    const lease = await newLease(store)
    assert.deepEqual(await store.claim({ lease, claim: 1, steps: all(10), limit: 10, start: 10 }), {
      jobs: [],
      now: clock.now(),
      nextDueInMs: undefined,
    })
  },

  async 'a claimed job is not claimed again'({ store }) {
    const lease = await newLease(store)
    const other = await newLease(store)
    await store.enqueue(newJobs(3))
    assert.equal((await claimJobs(store, lease)).length, 3)
    assert.deepEqual(await claimJobs(store, other), [])
    assert.deepEqual(await claimJobs(store, lease), [])
  },

  async 'a claim without steps, room or a limit takes nothing'({ store }) {
    const lease = await newLease(store)
    await store.enqueue(newJobs(3))
    assert.deepEqual(await claimJobs(store, lease, { steps: [] }), [])
    assert.deepEqual(await claimJobs(store, lease, { steps: all(0), limit: 10 }), [])
    assert.deepEqual(await claimJobs(store, lease, { steps: all(10), limit: 0 }), [])
    assert.deepEqual(await claimJobs(store, lease, { steps: [{ queues: [], limit: 10 }], limit: 10 }), [])
    assert.equal((await claimJobs(store, lease)).length, 3)
  },

  async 'a claim takes no more than its limit, and the next goes on where it ended'({ store }) {
    const lease = await newLease(store)
    const batch = newJobs(25)
    await store.enqueue(batch)
    const taken: string[] = []
    for (const size of [10, 10, 5, 0]) {
      const jobs = await claimJobs(store, lease, { limit: 10 })
      assert.equal(jobs.length, size)
      taken.push(...ids(jobs))
    }
    assert.deepEqual(taken, ids(batch))
  },

  async 'a claim raises the attempt by one'({ store, clock }) {
    const lease = await newLease(store)
    await store.enqueue([newJob()])
    for (const attempt of [1, 2, 3]) {
      const job = await claimOne(store, lease)
      assert.equal(job.attempt, attempt)
      assert.equal((await detail(store, job.id)).attempt, attempt)
      await store.settle([retried({ lease, job }, clock.now())])
    }
  },

  async 'a started job is running, since the claim and by the worker that claimed it'({ store, clock }) {
    const lease = await newLease(store, { id: 'the-worker' })
    const job = newJob()
    await store.enqueue([job])
    clock.advance(500)
    await claimOne(store, lease)
    const stored = await detail(store, job.id)
    assert.deepEqual([stored.status, stored.reason, stored.attempt], ['running', null, 1])
    assert.equal(stored.startedAt?.getTime(), clock.now())
    assert.deepEqual(stored.attempts, [
      {
        attempt: 1,
        outcome: null,
        workerId: 'the-worker',
        startedAt: new Date(clock.now()),
        finishedAt: null,
        error: null,
      },
    ])
  },

  async 'only the first `start` of a claim are started, the rest is prefetched and has spent nothing'({ store }) {
    const lease = await newLease(store)
    const batch = newJobs(5)
    await store.enqueue(batch)
    const claimed = await claimJobs(store, lease, { limit: 5, start: 2 })
    assert.deepEqual(ids(claimed), ids(batch))
    assert.ok(claimed.every(({ attempt }) => attempt === 1))
    const seen = await Promise.all(batch.map(({ id }) => detail(store, id)))
    assert.deepEqual(
      seen.map((job) => [job.status, job.reason, job.attempt, job.attempts.length]),
      [
        ['running', null, 1, 1],
        ['running', null, 1, 1],
        ['pending', 'claimed', 0, 0],
        ['pending', 'claimed', 0, 0],
        ['pending', 'claimed', 0, 0],
      ],
    )
    assert.equal(seen[2]?.startedAt, null)
  },

  async 'a job whose next crash is its last is never started by the claim itself'({ store, clock }) {
    const lease = await newLease(store)
    const { id } = newJob()
    await store.enqueue([newJob({ id })])
    for (const [crashes, shown] of [
      [0, 'running'],
      [1, 'running'],
      [2, 'pending'],
    ] as const) {
      const job = await claimOne(store, lease)
      assert.equal(job.crashes, crashes)
      assert.equal((await detail(store, id)).status, shown)
      await store.settle([crashed({ lease, job }, clock.now())])
    }
  },

  async 'jobs are claimed in order of priority, then due time, then id'({ store, clock }) {
    const batch = Array.from({ length: 120 }, (_, index) =>
      newJob({
        id: jobId((index * 67) % 120),
        priority: [0, 10, -10, 3][index % 4] as number,
        due: { at: clock.now() - ((index * 31) % 5) * 100 },
      }),
    )
    await store.enqueue(batch)
    const dueAt = (job: (typeof batch)[number]) => ('at' in job.due ? job.due.at : Number.NaN)
    const inOrder = batch.toSorted((a, b) => b.priority - a.priority || dueAt(a) - dueAt(b) || (a.id < b.id ? -1 : 1))
    assert.deepEqual(ids(await claimJobs(store, await newLease(store))), ids(inOrder))
  },

  async 'jobs that are equally due are claimed in the order of their ids, in whatever order they came'({ store }) {
    const numbers = Array.from({ length: 40 }, (_, index) => (index * 27) % 40)
    for (const number of numbers) await store.enqueue([newJob({ id: jobId(number) })])
    const lease = await newLease(store)
    const taken = [...(await claimJobs(store, lease, { limit: 15 })), ...(await claimJobs(store, lease))]
    assert.deepEqual(ids(taken), numbers.toSorted((a, b) => a - b).map(jobId))
  },

  async 'a job of higher priority that came late overtakes'({ store, clock }) {
    const lease = await newLease(store)
    const low = newJobs(4)
    await store.enqueue(low)
    assert.deepEqual(ids(await claimJobs(store, lease, { limit: 1 })), ids(low.slice(0, 1)))
    clock.advance(1_000)
    const high = newJob({ priority: 10 })
    await store.enqueue([high])
    assert.deepEqual(ids(await claimJobs(store, lease)), [high.id, ...ids(low.slice(1))])
  },

  async 'priorities are whole numbers of any size'({ store }) {
    const priorities = [-2_147_483_648, -1, 0, 1, 2_147_483_647]
    const batch = priorities.map((priority) => newJob({ priority }))
    await store.enqueue(batch)
    const claimed = await claimJobs(store, await newLease(store))
    assert.deepEqual(
      claimed.map(({ priority }) => priority),
      priorities.toReversed(),
    )
  },

  async 'a delayed job is claimed from the very millisecond that it is due, by the clock of the database'({
    store,
    clock,
  }) {
    const lease = await newLease(store)
    const job = newJob({ due: { inMs: 10_000 } })
    await store.enqueue([job])
    assert.deepEqual(await claimJobs(store, lease), [])
    clock.advance(9_999)
    assert.deepEqual(await claimJobs(store, lease), [])
    clock.advance(1)
    const claimed = await claimOne(store, lease)
    assert.deepEqual([claimed.id, claimed.runAt], [job.id, clock.now()])
  },

  async 'jobs that came due meanwhile are claimed in order, among those that were due before'({ store, clock }) {
    const later = newJob({ due: { inMs: 2_000 } })
    const sooner = newJob({ due: { inMs: 1_000 } })
    const urgent = newJob({ due: { inMs: 3_000 }, priority: 10 })
    const due = newJob()
    await store.enqueue([later, sooner, urgent, due])
    clock.advance(3_000)
    const claimed = await claimJobs(store, await newLease(store))
    assert.deepEqual(ids(claimed), ids([urgent, due, sooner, later]))
  },

  async 'thousands of jobs that come due at once are all claimed, each once'({ store, clock }) {
    const batch = newJobs(2_500, { due: { inMs: 1_000 } })
    await store.enqueue(batch)
    clock.advance(1_000)
    const lease = await newLease(store)
    const taken: string[] = []
    for (let rounds = 0; taken.length < batch.length && rounds < 20; rounds++) {
      taken.push(...ids(await claimJobs(store, lease)))
    }
    assert.deepEqual(taken.toSorted(), ids(batch).toSorted())
    assert.deepEqual(await claimJobs(store, lease), [])
  },

  async 'a claim tells how long it is until the next delayed job is due'({ store, clock }) {
    const lease = await newLease(store)
    const request = () => ({ lease, claim: nextClaim(), steps: all(10), limit: 10, start: 10 })
    await store.enqueue([newJob(), newJob({ due: { inMs: 5_000 } }), newJob({ due: { inMs: 2_000 } })])
    assert.equal((await store.claim(request())).nextDueInMs, 2_000)
    clock.advance(500)
    const empty = await store.claim(request())
    assert.deepEqual([empty.jobs.length, empty.now, empty.nextDueInMs], [0, clock.now(), 1_500])
    clock.advance(1_500)
    const second = await store.claim(request())
    assert.deepEqual([second.jobs.length, second.nextDueInMs], [1, 3_000])
    clock.advance(3_000)
    const last = await store.claim(request())
    assert.deepEqual([last.jobs.length, last.nextDueInMs], [1, undefined])
  },

  async 'a job that was not started within its time is claimed as expired'({ store, clock }) {
    const lease = await newLease(store)
    const expiring = newJob({ expiresInMs: 1_000 })
    await store.enqueue([expiring])
    clock.advance(999)
    assert.equal((await claimOne(store, lease)).expired, false)
    await store.enqueue([newJob({ expiresInMs: 1_000 }), newJob({ expiresInMs: 1_001 }), newJob()])
    clock.advance(1_000)
    assert.deepEqual(
      (await claimJobs(store, lease)).map(({ expired }) => expired),
      [true, false, false],
    )
  },

  async 'a job that was started in time does not expire between its attempts'({ store, clock }) {
    const lease = await newLease(store)
    await store.enqueue([newJob({ expiresInMs: 1_000 })])
    const job = await claimOne(store, lease)
    await store.settle([retried({ lease, job }, clock.now(), 5_000)])
    clock.advance(5_000)
    assert.equal((await store.expire(100)).length, 0)
    assert.equal((await claimOne(store, lease)).expired, false)
  },

  async 'a lease that has ended claims nothing'({ store, clock }) {
    const ended = await newLease(store)
    await store.endLease(ended)
    // Whoever looks for orphans ends the leases that have expired.
    const expired = await newLease(store, { leaseMs: 1_000 })
    clock.advance(1_001)
    await store.orphans(10)
    await store.enqueue([newJob()])
    assert.deepEqual(await claimJobs(store, ended), [])
    assert.deepEqual(await claimJobs(store, expired), [])
    const lease = await newLease(store)
    const job = await claimOne(store, lease)
    assert.deepEqual(await store.settle([completed({ lease, job }, clock.now())]), [])
  },
}
