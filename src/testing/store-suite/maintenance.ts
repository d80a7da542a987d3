import assert from 'node:assert/strict'
import type { Cases } from './fixture.ts'
import {
  claimJobs,
  claimOne,
  completed,
  detail,
  failed,
  finishedJob,
  ids,
  newJob,
  newJobs,
  newLease,
  retried,
  runningJob,
} from './jobs.ts'

const DAY = 86_400_000
const keep = {
  completed: Number.POSITIVE_INFINITY,
  failed: Number.POSITIVE_INFINITY,
  cancelled: Number.POSITIVE_INFINITY,
}

export const maintenance: Cases = {
  async 'on an empty database there is nothing to do'({ store }) {
    assert.equal((await store.expire(10)).length, 0)
    assert.equal(await store.prune({ completed: 0, failed: 0, cancelled: 0 }, 10), 0)
  },

  async 'expire fails what was not started in time, and nothing before'({ store, clock }) {
    const due = newJob({ expiresInMs: 1_000 })
    const delayed = newJob({ expiresInMs: 1_000, due: { inMs: 5_000 } })
    const unlimited = newJob()
    await store.enqueue([due, delayed, unlimited])
    clock.advance(999)
    assert.equal((await store.expire(10)).length, 0)
    clock.advance(1)
    assert.equal((await store.expire(10)).length, 2)
    assert.equal((await store.expire(10)).length, 0)
    for (const { id } of [due, delayed]) {
      const job = await detail(store, id)
      assert.deepEqual([job.status, job.reason, job.attempt, job.attempts], ['failed', 'expired', 0, []])
      assert.equal(job.finishedAt?.getTime(), clock.now())
    }
    assert.deepEqual(ids(await claimJobs(store, await newLease(store))), [unlimited.id])
    clock.advance(10_000)
    assert.deepEqual(await claimJobs(store, await newLease(store)), [])
  },

  async 'expire leaves alone what has been started, was finished, or is to be tried again'(fixture) {
    const { store, clock } = fixture
    const term = { expiresInMs: 1_000 }
    const running = await runningJob(fixture, term)
    const waiting = await runningJob(fixture, term)
    await store.settle([retried(waiting, clock.now(), 60_000)])
    const done = await finishedJob(fixture, 'completed', term)
    const batch = [newJob(term), newJob(term)]
    await store.enqueue(batch)
    await store.cancel([batch[0]?.id ?? ''])
    await store.delete([batch[1]?.id ?? ''])
    clock.advance(2_000)
    assert.equal((await store.expire(10)).length, 0)
    const status = async (id: string) => (await store.get(id))?.status
    assert.deepEqual(await Promise.all([running.job.id, waiting.job.id, done, batch[0]?.id ?? ''].map(status)), [
      'running',
      'pending',
      'completed',
      'cancelled',
    ])
  },

  async 'expire works through many, a limited number at a time, whatever stands in between'(fixture) {
    const { store, clock } = fixture
    const lease = await newLease(store)
    await store.enqueue(newJobs(30, { expiresInMs: 500 }))
    const started = await claimJobs(store, lease, { limit: 20 })
    await store.settle(started.map((job) => completed({ lease, job }, clock.now())))
    clock.advance(1_000)
    let changed = 0
    for (let round = 0; round < 20; round++) {
      const some = (await store.expire(4)).length
      assert.ok(some <= 4)
      changed += some
    }
    assert.equal(changed, 10)
    assert.equal(await store.count({ status: 'failed' }), 10)
  },

  async 'prune removes finished jobs by age and final status'(fixture) {
    const { store, clock } = fixture
    const statuses = ['completed', 'failed', 'cancelled'] as const
    const made: { id: string; status: (typeof statuses)[number]; at: number }[] = []
    for (let day = 0; day < 3; day++) {
      for (const status of statuses) made.push({ id: await finishedJob(fixture, status), status, at: clock.now() })
      clock.advance(DAY)
    }
    const retention = { completed: DAY, failed: 2 * DAY, cancelled: Number.POSITIVE_INFINITY }
    const gone = made.filter(({ status, at }) => clock.now() - at > retention[status])
    assert.equal(gone.length, 3)
    clock.advance(-1)
    const sooner = await store.prune(retention, 100)
    clock.advance(2)
    assert.equal(sooner + (await store.prune(retention, 100)), 5)
    const left = new Set(ids((await store.list({ limit: 100 })).jobs))
    const expected = made.filter(({ status, at }) => clock.now() - at <= retention[status])
    assert.deepEqual([...left].toSorted(), ids(expected).toSorted())
    assert.equal(await store.prune(retention, 100), 0)
  },

  async 'prune keeps everything that is not finished, however old'(fixture) {
    const { store, clock } = fixture
    await runningJob(fixture)
    const held = await runningJob(fixture)
    await store.settle([retried(held, clock.now(), 1_000)])
    await store.enqueue([newJob(), newJob({ due: { inMs: 10 * DAY } })])
    clock.advance(1_000 * DAY)
    assert.equal(await store.prune({ completed: 0, failed: 0, cancelled: 0 }, 100), 0)
    assert.equal(await store.count({}), 4)
  },

  async 'infinity keeps finished jobs for ever'(fixture) {
    const { store, clock } = fixture
    for (const status of ['completed', 'failed', 'cancelled'] as const) await finishedJob(fixture, status)
    clock.advance(100_000 * DAY)
    assert.equal(await store.prune(keep, 100), 0)
    assert.equal(await store.count({}), 3)
  },

  async 'prune takes the attempts and logs with it, and frees the id'(fixture) {
    const { store, clock } = fixture
    const held = await runningJob(fixture)
    await store.record(held.lease, [
      {
        kind: 'log',
        key: held.job.key,
        attempt: 1,
        claim: held.job.claim,
        at: clock.now(),
        severity: 'info',
        text: 'old',
      },
    ])
    await store.settle([failed(held, clock.now())])
    clock.advance(1)
    assert.equal(await store.prune({ ...keep, failed: 0 }, 100), 1)
    assert.equal(await store.get(held.job.id), undefined)
    assert.deepEqual(await store.logs(held.job.id), [])
    const again = newJob({ id: held.job.id })
    assert.deepEqual(await store.enqueue([again]), [{ id: again.id, status: 'created' }])
    assert.deepEqual((await detail(store, again.id)).attempts, [])
    assert.deepEqual(await store.logs(again.id), [])
  },

  async 'prune removes a limited number at a time, the oldest first'(fixture) {
    const { store, clock } = fixture
    const made: string[] = []
    for (let index = 0; index < 9; index++) {
      made.push(await finishedJob(fixture, 'completed'))
      clock.advance(10)
    }
    assert.equal(await store.prune({ ...keep, completed: 0 }, 4), 4)
    assert.deepEqual(ids((await store.list({ limit: 100 })).jobs).toSorted(), made.slice(4))
    assert.equal(await store.prune({ ...keep, completed: 0 }, 4), 4)
    assert.equal(await store.prune({ ...keep, completed: 0 }, 4), 1)
  },

  async 'a job that was cancelled before it ran is pruned like any other'({ store, clock }) {
    const job = newJob()
    await store.enqueue([job])
    await store.cancel([job.id])
    clock.advance(1)
    assert.equal(await store.prune({ ...keep, cancelled: 0 }, 10), 1)
    assert.equal(await store.get(job.id), undefined)
  },

  async 'the age of a job that was retried counts from its last end'(fixture) {
    const { store, clock } = fixture
    const id = await finishedJob(fixture, 'failed')
    clock.advance(DAY)
    await store.retry([id])
    assert.equal(await store.prune({ ...keep, failed: 0 }, 10), 0)
    const lease = await newLease(store)
    const job = await claimOne(store, lease)
    assert.equal(job.id, id)
    await store.settle([completed({ lease, job }, clock.now())])
    clock.advance(1_000)
    assert.equal(await store.prune({ ...keep, failed: 0 }, 10), 0)
    assert.equal(await store.prune({ ...keep, completed: 2_000 }, 10), 0)
    assert.equal((await detail(store, id)).attempts.length, 2)
    assert.equal(await store.prune({ ...keep, completed: 999 }, 10), 1)
  },

  async 'many workers may do it at once, and each job is counted once'(fixture) {
    const { store, another, clock } = fixture
    const other = await another()
    for (let index = 0; index < 10; index++) await finishedJob(fixture, 'completed')
    await store.enqueue(newJobs(10, { expiresInMs: 10 }))
    clock.advance(10)
    const expired = await Promise.all([store.expire(100), other.expire(100), store.expire(100)])
    assert.equal(expired.flat().length, 10)
    assert.equal(new Set(expired.flat().map(({ id }) => id)).size, 10)
    clock.advance(10)
    const all = { completed: 0, failed: 0, cancelled: 0 }
    const pruned = await Promise.all([store.prune(all, 100), other.prune(all, 100), other.prune(all, 100)])
    assert.equal(
      pruned.reduce((sum, changed) => sum + changed, 0),
      20,
    )
    assert.equal(await store.count({}), 0)
  },
}
