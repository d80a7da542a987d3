import assert from 'node:assert/strict'
import type { Claim, ClaimRequest, EnqueuedAndClaimed, NewJob, Store } from '../../store/store.ts'
import type { Cases } from './fixture.ts'
import { claimJobs, completed, ids, newJob, newJobs, newLease, nextClaim } from './jobs.ts'

/** A claim of all queues, by a worker of its own unless told otherwise. */
async function request(store: Store, overrides: Partial<ClaimRequest> = {}): Promise<ClaimRequest> {
  const limit = overrides.limit ?? 10
  const lease = overrides.lease ?? (await newLease(store))
  return { claim: nextClaim(), steps: [{ queues: 'all', limit }], limit, start: limit, ...overrides, lease }
}

/** Jobs whose ids were made for them, as a client gives them. */
function fresh(jobs: readonly NewJob[]): NewJob[] {
  return jobs.map((job) => ({ ...job, fresh: true }))
}

async function both(store: Store, jobs: readonly NewJob[], asked: ClaimRequest): Promise<EnqueuedAndClaimed> {
  assert.ok(store.enqueueAndClaim !== undefined)
  return await store.enqueueAndClaim(jobs, asked)
}

export const along: Cases = {
  async 'what is stored is claimed with it, in order, and as a claim alone would have it'({ store, clock }) {
    const jobs = fresh([newJob({ priority: -1 }), newJob({ priority: 5, args: '["five"]' }), newJob()])
    const asked = await request(store, { limit: 2 })
    const { enqueued, claim } = await both(store, jobs, asked)
    assert.deepEqual(
      enqueued,
      jobs.map(({ id }) => ({ id, status: 'created' })),
    )
    const { jobs: claimed, now, nextDueInMs } = (await claim) as Claim
    assert.deepEqual(ids(claimed), [jobs[1]?.id, jobs[2]?.id])
    assert.deepEqual([now, nextDueInMs], [clock.now(), undefined])
    const [first] = claimed
    assert.deepEqual([first?.attempt, first?.claim, first?.args], [1, asked.claim, '["five"]'])
    assert.equal((await store.get(jobs[1]?.id ?? ''))?.status, 'running')
    assert.ok(first)
    assert.deepEqual(await store.settle([completed({ lease: asked.lease, job: first }, clock.now())]), [])
    assert.deepEqual(ids(await claimJobs(store, asked.lease)), [jobs[0]?.id])
  },

  async 'what was there before and is more urgent is claimed first'({ store }) {
    const urgent = newJob({ priority: 3 })
    await store.enqueue([urgent])
    const [job] = fresh([newJob()]) as [NewJob]
    const { claim } = await both(store, [job], await request(store, { limit: 1 }))
    assert.deepEqual(ids((await claim)?.jobs ?? []), [urgent.id])
    assert.equal((await store.get(job.id))?.status, 'pending')
  },

  async 'jobs that are given again, since their answer was lost, are stored once and claimed by nobody else'({
    store,
  }) {
    const jobs = fresh(newJobs(3))
    const asked = await request(store)
    await both(store, jobs, asked)
    const { enqueued, claim } = await both(store, jobs, await request(store))
    assert.deepEqual(
      enqueued.map(({ status }) => status),
      ['duplicate', 'duplicate', 'duplicate'],
    )
    assert.deepEqual((await claim)?.jobs ?? [], [])
    assert.equal((await store.held(asked.lease, asked.claim)).length, 3)
  },

  async 'a claim under a lease that has ended gets nothing, and the jobs are stored all the same'({ store }) {
    const lease = await newLease(store)
    await store.endLease(lease)
    const jobs = fresh(newJobs(2))
    const { enqueued, claim } = await both(store, jobs, await request(store, { lease }))
    assert.equal(enqueued.length, 2)
    assert.deepEqual((await claim)?.jobs ?? [], [])
    assert.deepEqual(ids(await claimJobs(store, await newLease(store))), ids(jobs))
  },

  async 'of a paused queue nothing is claimed, nor of one that the worker does not serve'({ store }) {
    await store.setPaused('held', true)
    for (const [queue, steps] of [
      ['held', [{ queues: 'all', limit: 10 }]],
      ['other', [{ queues: ['held'], limit: 10 }]],
    ] as const) {
      const [job] = fresh([newJob({ queue })]) as [NewJob]
      const { claim } = await both(store, [job], await request(store, { steps }))
      assert.deepEqual((await claim)?.jobs ?? [], [])
      assert.equal((await store.get(job.id))?.status, 'pending')
    }
  },

  async 'with several queues, handlers to pass over or several steps, jobs are stored, and none is lost'({ store }) {
    const lease = await newLease(store)
    await store.enqueue([newJob({ queue: 'a' }), newJob({ queue: 'b' })])
    await claimJobs(store, lease)
    const claimed: string[] = []
    for (const overrides of [
      {},
      { except: ['OtherJob.run'] },
      { steps: [{ queues: ['c'], limit: 10 }] },
      {
        steps: [
          { queues: ['a'], limit: 5 },
          { queues: ['b'], limit: 5 },
        ],
      },
    ]) {
      const jobs = fresh([newJob({ queue: 'a' }), newJob({ queue: 'b' }), newJob({ queue: 'c' })])
      const { enqueued, claim } = await both(store, jobs, await request(store, { lease, ...overrides }))
      assert.deepEqual(
        enqueued.map(({ status }) => status),
        ['created', 'created', 'created'],
      )
      claimed.push(...ids((await claim)?.jobs ?? []))
    }
    claimed.push(...ids(await claimJobs(store, lease)))
    assert.equal(new Set(claimed).size, 12)
    assert.equal(claimed.length, 12)
  },

  async 'a delayed job that comes due meanwhile is not lost'({ store, clock }) {
    const delayed = newJob({ due: { inMs: 1_000 } })
    await store.enqueue([delayed])
    clock.advance(1_000)
    const lease = await newLease(store)
    const [job] = fresh([newJob()]) as [NewJob]
    const { claim } = await both(store, [job], await request(store, { lease }))
    const claimed = [...ids((await claim)?.jobs ?? []), ...ids(await claimJobs(store, lease))]
    assert.deepEqual(new Set(claimed), new Set([delayed.id, job.id]))
  },

  async 'both or neither: what cannot be stored leaves no claim behind'({ store }) {
    const waiting = newJob()
    await store.enqueue([waiting])
    const asked = await request(store)
    const jobs = fresh([newJob(), newJob({ maxAttempts: 2 ** 40 })])
    await assert.rejects(async () => await both(store, jobs, asked))
    assert.deepEqual(await store.held(asked.lease, asked.claim), [])
    assert.equal(await store.count({}), 1)
    assert.equal((await store.get(waiting.id))?.status, 'pending')
  },
}
