import assert from 'node:assert/strict'
import type { JobError } from '../../core/job.ts'
import type { Lease } from '../../store/store.ts'
import type { Cases, Fixture } from './fixture.ts'
import { claimJobs, claimOne, completed, failed, newJob, newJobs, newLease, retried, someError } from './jobs.ts'

const MINUTE = 60_000

/** A job that fails of a cause now: for good, or to be tried again. */
async function fails(
  { store, clock }: Fixture,
  lease: Lease,
  fingerprint: string,
  {
    again = false,
    error = someError,
    job = newJob(),
  }: { again?: boolean; error?: JobError; job?: ReturnType<typeof newJob> } = {},
): Promise<string> {
  await store.enqueue([job])
  const held = { lease, job: await claimOne(store, lease) }
  const extra = { error, fingerprint }
  await store.settle([again ? retried(held, clock.now(), 1e9, extra) : failed(held, clock.now(), extra)])
  return job.id
}

export const causes: Cases = {
  async 'without failures there are no causes'({ store, clock }) {
    const lease = await newLease(store)
    await store.enqueue(newJobs(1))
    await store.settle([completed({ lease, job: await claimOne(store, lease) }, clock.now())])
    assert.deepEqual(await store.causes({ since: 0, slices: 4, limit: 10 }), [])
  },

  async 'failed attempts are counted by their cause, the newest first, with what the last of each said'(fixture) {
    const { store, clock } = fixture
    const began = clock.now()
    await fails(fixture, await newLease(store, { id: 'old', release: 'v1' }), 'aaaa1111', { again: true })
    const lease = await newLease(store, { release: 'v2' })
    clock.advance(MINUTE)
    await fails(fixture, lease, 'bbbb2222', { error: { name: 'Error', message: 'thrown "as" it is 🧨' } })
    clock.advance(MINUTE)
    const job = newJob({ class: 'Other', method: 'run' })
    const last = await fails(fixture, lease, 'aaaa1111', { job })
    clock.advance(2 * MINUTE)
    const [first, second, ...more] = await store.causes({ since: began, slices: 4, limit: 10 })
    assert.deepEqual(more, [])
    assert.deepEqual(first, {
      fingerprint: 'aaaa1111',
      attempts: 2,
      jobs: 1,
      firstAt: new Date(began),
      lastAt: new Date(began + 2 * MINUTE),
      firstRelease: 'v1',
      trend: [1, 0, 1, 0],
      handlers: first?.handlers,
      latest: {
        id: last,
        attempt: 1,
        name: someError.name,
        message: someError.message,
        stack: someError.stack,
        code: someError.code,
      },
    })
    assert.deepEqual(
      first?.handlers.toSorted((a, b) => (a.class < b.class ? -1 : 1)),
      [
        { class: 'Other', method: 'run', attempts: 1 },
        { class: 'SampleJob', method: 'process', attempts: 1 },
      ],
    )
    assert.deepEqual(
      [second?.fingerprint, second?.attempts, second?.jobs, second?.trend],
      ['bbbb2222', 1, 1, [0, 1, 0, 0]],
    )
    const { message, stack, code } = second?.latest ?? {}
    assert.deepEqual([message, stack, code], ['thrown "as" it is 🧨', null, null])
  },

  async 'only the window is looked at, and only so many causes'(fixture) {
    const { store, clock } = fixture
    const lease = await newLease(store)
    const times: number[] = []
    for (const fingerprint of ['c1c1', 'a0a0', 'b2b2']) {
      times.push(clock.now())
      await fails(fixture, lease, fingerprint)
      clock.advance(MINUTE)
    }
    const [t1 = 0, t2 = 0, t3 = 0] = times
    const found = async (request: { since: number; until?: number; limit?: number; fingerprint?: string }) =>
      (await store.causes({ slices: 2, limit: 10, ...request })).map(({ fingerprint }) => fingerprint)
    assert.deepEqual(await found({ since: t1 }), ['b2b2', 'a0a0', 'c1c1'])
    assert.deepEqual(await found({ since: t1, limit: 2 }), ['b2b2', 'a0a0'])
    assert.deepEqual(await found({ since: t2 }), ['b2b2', 'a0a0'])
    assert.deepEqual(await found({ since: t1 + 1, until: t3 }), ['a0a0'])
    assert.deepEqual(await found({ since: t3 + 1 }), [])
    assert.deepEqual(await found({ since: t1, fingerprint: 'a0a0' }), ['a0a0'])
    assert.deepEqual(await found({ since: t3, fingerprint: 'a0a0' }), [])
    for (const fingerprint of ['a0', "'", '%', '', '🧨']) assert.deepEqual(await found({ since: t1, fingerprint }), [])
  },

  async 'a failure that a person has retried is still counted, and no longer fails its job'(fixture) {
    const { store, clock } = fixture
    const id = await fails(fixture, await newLease(store), 'abcd')
    await store.retry([id])
    const [cause] = await store.causes({ since: clock.now(), slices: 1, limit: 1 })
    assert.deepEqual([cause?.attempts, cause?.jobs, cause?.trend], [1, 0, [1]])
  },

  async 'hundreds of causes are found among thousands of failures'({ store, clock }) {
    const lease = await newLease(store)
    const since = clock.now()
    const count = 620
    for (let round = 0; round < 4; round++) {
      await store.enqueue(newJobs(count))
      clock.advance(1_000)
      const jobs = await claimJobs(store, lease)
      const name = (index: number) => ((index * 7_919) % 65_536).toString(16).padStart(8, '0')
      await store.settle(
        jobs.map((job, index) => failed({ lease, job }, clock.now() + index, { fingerprint: name(index) })),
      )
    }
    const all = await store.causes({ since, slices: 2, limit: 1_000 })
    assert.equal(all.length, count)
    assert.ok(all.every(({ attempts, jobs }) => attempts === 4 && jobs === 4))
    const newest = await store.causes({ since, slices: 2, limit: 10 })
    assert.deepEqual(newest, all.slice(0, 10))
  },
}
