import assert from 'node:assert/strict'
import type { JobFilter } from '../../core/filter.ts'
import { JOB_STATUSES } from '../../core/job.ts'
import type { NewJob } from '../../store/store.ts'
import type { Cases } from './fixture.ts'
import { claimJobs, completed, finishedJob, ids, listAll, newJob, newJobs, newLease } from './jobs.ts'
import { isMeant, numbers, ordered, population, someFilter } from './population.ts'

export const filter: Cases = {
  async 'what is listed and counted is what the filter means, in its order, by pages of any size'(fixture) {
    const { store } = fixture
    const made = await population(fixture)
    const statuses = new Set(made.map(({ detail: { status } }) => status))
    assert.equal(statuses.size, JOB_STATUSES.length, 'the test has no job of some status')
    const below = numbers(42)
    let some = 0
    for (let round = 0; round < 80; round++) {
      const filter = someFilter(made, below)
      const expected = ordered(
        made.filter((each) => isMeant(each, filter)),
        filter,
      )
      if (expected.length > 0) some += 1
      const said = JSON.stringify(filter)
      assert.deepEqual(await listAll(store, filter, 3 + below(20)), expected, said)
      assert.deepEqual(await listAll(store, filter, 5 + below(20), 0), expected, said)
      assert.equal(await store.count(filter), expected.length, said)
      const upTo = below(10)
      assert.equal(await store.count(filter, upTo), Math.min(upTo, expected.length), said)
    }
    assert.ok(some > 40, 'the test asks for too little that there is')
  },

  async 'jobs are counted by status, whatever status the filter asks for'(fixture) {
    const { store } = fixture
    const made = await population(fixture)
    for (const filter of [{}, { class: 'Mail' }, { queue: 'c d', status: 'failed' }, { tag: 'none' }] as const) {
      const counts = await store.countByStatus(filter, { upTo: 5, withinMs: 60_000 })
      for (const status of JOB_STATUSES) {
        const all = made.filter((each) => isMeant(each, { ...filter, status })).length
        assert.deepEqual(
          counts[status],
          { count: Math.min(all, 5), more: all > 5 },
          `${JSON.stringify(filter)} ${status}`,
        )
      }
    }
  },

  async 'only the statuses that are asked for are counted'({ store }) {
    await store.enqueue(newJobs(3))
    const counts = await store.countByStatus({}, { upTo: 5, withinMs: 60_000, statuses: ['failed', 'running'] })
    for (const status of JOB_STATUSES) assert.deepEqual(counts[status], { count: 0, more: false })
    const bounds = { upTo: 2, withinMs: 60_000, statuses: ['pending'] } as const
    assert.deepEqual((await store.countByStatus({}, bounds)).pending, { count: 2, more: true })
  },

  async 'what may look only for so long says that there may be more, and goes on from there'(fixture) {
    const { store, clock } = fixture
    const rare = await finishedJob(fixture, 'completed', { class: 'Rare' })
    const lease = await newLease(store)
    for (let batch = 0; batch < 3; batch++) {
      await store.enqueue(newJobs(1_000))
      const jobs = await claimJobs(store, lease)
      await store.settle(jobs.map((job) => completed({ lease, job }, clock.now())))
    }
    const filter = { class: 'Rare', status: 'completed' } as const
    const page = await store.list({ ...filter, limit: 10, withinMs: 0 })
    assert.equal(page.jobs.length, 0)
    assert.ok(page.cursor !== undefined)
    assert.deepEqual(await listAll(store, filter, 10, 0), [rare])
    assert.deepEqual((await store.countByStatus(filter, { upTo: 10, withinMs: 0 })).completed, { count: 0, more: true })
    const counts = await store.countByStatus(filter, { upTo: 10, withinMs: 60_000 })
    assert.deepEqual(counts.completed, { count: 1, more: false })
  },

  async 'a job that is rare among thousands is found, wherever it stands'({ store, clock }) {
    const rare = newJobs(3, { class: 'Rare', args: '[{"n":7}]', tags: ['rare'] })
    const [first, middle, last] = rare as [NewJob, NewJob, NewJob]
    const all = [first, ...newJobs(1_300), middle, ...newJobs(1_300), last]
    for (let start = 0; start < all.length; start += 1_000) await store.enqueue(all.slice(start, start + 1_000))
    const filters: JobFilter[] = [{ class: 'Rare' }, { tag: 'rare' }, { args: [{ path: 'n', value: '7' }] }]
    const check = async (status: JobFilter) => {
      for (const filter of filters) {
        const expected = ids(rare).toReversed()
        assert.deepEqual(await listAll(store, { ...filter, ...status }, 2), expected)
        assert.deepEqual(await listAll(store, { ...filter, ...status }, 2, 0), expected)
        assert.equal(await store.count({ ...filter, ...status }), 3)
      }
    }
    await check({})
    await check({ status: 'pending' })
    const lease = await newLease(store)
    for (;;) {
      const jobs = await claimJobs(store, lease, { limit: 1_000 })
      if (jobs.length === 0) break
      clock.advance(1)
      await store.settle(jobs.map((job) => completed({ lease, job }, clock.now())))
    }
    await check({})
    await check({ status: 'completed' })
    await check({ status: ['completed', 'failed', 'cancelled'] })
  },

  async 'a long list of ids and a long page are read whole'({ store }) {
    const batch = newJobs(2_100)
    await store.enqueue(batch)
    const all = ids(batch)
    assert.deepEqual(await listAll(store, { ids: all }, 10_000), all.toReversed())
    assert.equal(await store.count({ ids: [...all, ...all] }), all.length)
  },

  async 'a cursor of another order is refused'({ store }) {
    await store.enqueue(newJobs(3))
    const { cursor } = await store.list({ limit: 1 })
    for (const wrong of [
      { status: 'failed', cursor },
      { cursor: 'e1-1' },
      { cursor: '' },
      { cursor: "s1'" },
    ] as const) {
      await assert.rejects(store.list({ limit: 1, ...wrong }), { code: 'OPTION_INVALID' })
    }
  },

  async 'the time of a final status is its end, of any other list the storing'(fixture) {
    const { store, clock } = fixture
    const before = clock.now()
    const job = newJob()
    await store.enqueue([job])
    clock.advance(1_000)
    const lease = await newLease(store)
    const [held] = await claimJobs(store, lease)
    assert.ok(held)
    await store.settle([completed({ lease, job: held }, clock.now())])
    assert.equal(await store.count({ status: 'completed', since: clock.now() }), 1)
    assert.equal(await store.count({ status: 'completed', until: clock.now() }), 0)
    assert.equal(await store.count({ since: before, until: before + 1 }), 1)
    assert.equal(await store.count({ since: before + 1 }), 0)
    assert.equal(await store.count({ status: ['completed', 'pending'], since: before + 0.5 }), 0)
  },
}
