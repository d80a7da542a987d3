import assert from 'node:assert/strict'
import { whileBusy } from '../../store/retry.ts'
import type { DueSchedule } from '../../store/schedules.ts'
import type { NewJob } from '../../store/store.ts'
import type { UniqueKey } from '../../store/unique-key.ts'
import type { Cases, Fixture } from './fixture.ts'
import { claimOne, completed, detail, failed, jobId, newJob, newLease } from './jobs.ts'
import { targetOf } from './move.ts'

const HOUR_MS = 3_600_000

function unique(key: string, overrides: Partial<NewJob> = {}, forMs?: number): NewJob {
  const held: UniqueKey = { hash: key.padEnd(64, '-'), forMs }
  return newJob({ unique: held, ...overrides })
}

/** Stores one, and whether it was. */
async function stored({ store }: Pick<Fixture, 'store'>, job: NewJob): Promise<boolean> {
  const [enqueued] = await store.enqueue([job])
  assert.equal(enqueued?.id === job.id, enqueued?.status === 'created')
  return enqueued?.status === 'created'
}

/** Jobs of which only one may be there. */
export const uniqueJobs: Cases = {
  async 'a job with the key of one that has not ended is a duplicate of that'(fixture) {
    const { store } = fixture
    const first = unique('a', { args: '[1]' })
    assert.deepEqual(await store.enqueue([first]), [{ id: first.id, status: 'created' }])
    const second = unique('a', { args: '[2]', queue: 'another', priority: 9 })
    assert.deepEqual(await store.enqueue([second]), [{ id: first.id, status: 'duplicate' }])
    assert.equal(await store.count({}), 1)
    assert.deepEqual((await detail(store, first.id)).args, [1])
    assert.equal(await store.get(second.id), undefined)
    assert.equal(await stored(fixture, unique('b')), true)
    assert.equal(await stored(fixture, newJob()), true)
  },

  async 'of a batch, the first of each key is stored, and all that have none'({ store }) {
    const [a1, a2, b, plain] = [unique('a'), unique('a'), unique('b', { due: { inMs: HOUR_MS } }), newJob()]
    assert.deepEqual(await store.enqueue([a1, a2, plain, b]), [
      { id: a1.id, status: 'created' },
      { id: a1.id, status: 'duplicate' },
      { id: plain.id, status: 'created' },
      { id: b.id, status: 'created' },
    ])
    assert.equal((await detail(store, b.id)).reason, 'delayed')
    assert.equal(await store.count({}), 3)
  },

  async 'a large batch is one like a small one'({ store }) {
    const jobs = Array.from({ length: 1_200 }, (_, n) => unique(`k${n % 700}`))
    const told = await store.enqueue(jobs)
    assert.equal(told.filter(({ status }) => status === 'created').length, 700)
    assert.deepEqual(
      told.slice(700),
      told.slice(0, 500).map(({ id }) => ({ id, status: 'duplicate' })),
    )
    assert.equal(await store.count({}), 700)
  },

  async 'of many that store one at the same time, one does'({ store, another }) {
    const stores = [store, await another(), await another(), await another()]
    const told = await Promise.all(
      stores
        .flatMap((each) => [each, each, each])
        .map((each) => whileBusy(() => each.enqueue([unique('a'), unique('b')]))),
    )
    assert.equal(await store.count({}), 2)
    assert.equal(told.flat().filter(({ status }) => status === 'created').length, 2)
    assert.equal(new Set(told.flat().map(({ id }) => id)).size, 2, 'they name several holders')
  },

  async 'the key is held while the job is delayed, runs and waits for a retry, and free when it has ended'(fixture) {
    const { store, clock } = fixture
    const lease = await newLease(store)
    assert.equal(await stored(fixture, unique('a', { due: { inMs: HOUR_MS } })), true)
    assert.equal(await stored(fixture, unique('a')), false)
    clock.advance(HOUR_MS)
    const job = await claimOne(store, lease)
    assert.equal(await stored(fixture, unique('a')), false)
    const next = { status: 'pending', inMs: 1_000, spared: false, crashed: false } as const
    assert.deepEqual(await store.settle([failed({ lease, job }, clock.now(), { next })]), [])
    assert.equal(await stored(fixture, unique('a')), false)
    clock.advance(1_000)
    const again = await claimOne(store, lease)
    assert.deepEqual(await store.settle([completed({ lease, job: again }, clock.now())]), [])
    assert.equal(await stored(fixture, unique('a')), true)
    assert.equal(await stored(fixture, unique('a')), false)
  },

  async 'the key is free when the job has failed, was cancelled, has expired or was deleted'(fixture) {
    const { store, clock } = fixture
    const lease = await newLease(store)
    assert.equal(await stored(fixture, unique('failed')), true)
    const job = await claimOne(store, lease)
    await store.settle([failed({ lease, job }, clock.now())])
    assert.equal(await stored(fixture, unique('failed')), true)

    const [cancelled, deleted] = [unique('cancelled'), unique('deleted')]
    await store.enqueue([cancelled, deleted])
    await store.cancel([cancelled.id])
    assert.equal(await stored(fixture, unique('cancelled')), true)
    await store.delete([deleted.id])
    assert.equal(await stored(fixture, unique('deleted')), true)

    await store.enqueue([unique('expired', { expiresInMs: 10 })])
    clock.advance(20)
    assert.equal((await store.expire(10)).length, 1)
    assert.equal(await stored(fixture, unique('expired')), true)
  },

  async 'a job that is retried by hand holds its key again, unless another one has it'(fixture) {
    const { store, clock } = fixture
    const first = unique('a')
    await store.enqueue([first])
    await store.cancel([first.id])
    await store.retry([first.id])
    assert.deepEqual(await store.enqueue([unique('a')]), [{ id: first.id, status: 'duplicate' }])
    await store.cancel([first.id])
    const second = unique('a')
    assert.equal(await stored(fixture, second), true)
    await store.retry([first.id])
    clock.advance(1)
    assert.deepEqual(await store.enqueue([unique('a')]), [{ id: second.id, status: 'duplicate' }])
  },

  async 'held for a time, the key is not free before that has passed, whatever has become of the job'(fixture) {
    const { store, clock } = fixture
    const first = unique('a', {}, HOUR_MS)
    await store.enqueue([first])
    await store.cancel([first.id])
    clock.advance(HOUR_MS - 1)
    assert.equal(await stored(fixture, unique('a')), false)
    await store.delete([first.id])
    await store.prune({ completed: 0, failed: 0, cancelled: 0 }, 100)
    assert.deepEqual(await store.enqueue([unique('a')]), [{ id: first.id, status: 'duplicate' }])
    clock.advance(1)
    const second = unique('a', {}, HOUR_MS)
    assert.equal(await stored(fixture, second), true)
    // Its time passes, but it has not ended.
    clock.advance(2 * HOUR_MS)
    await store.prune({ completed: 0, failed: 0, cancelled: 0 }, 100)
    assert.equal(await stored(fixture, unique('a')), false)
  },

  async 'a call that is repeated tells the same, and stores nothing twice'({ store }) {
    for (const fresh of [true, false]) {
      const jobs = [unique(`a${fresh}`, { fresh }), newJob({ fresh })]
      assert.deepEqual(
        (await store.enqueue(jobs)).map(({ status }) => status),
        ['created', 'created'],
      )
      assert.deepEqual(
        await store.enqueue(jobs),
        jobs.map(({ id }) => ({ id, status: 'duplicate' })),
      )
    }
    assert.equal(await store.count({}), 4)
  },

  async 'a batch that cannot be stored leaves no key behind'(fixture) {
    const { store } = fixture
    const broken = unique('b', { id: jobId(77), queue: null as unknown as string })
    await assert.rejects(async () => await store.enqueue([unique('a'), broken]))
    assert.equal(await store.count({}), 0)
    assert.equal(await stored(fixture, unique('a')), true)
    assert.equal(await stored(fixture, unique('b')), true)
  },

  async 'a schedule names the job that holds the key, and enqueues no second one'({ store, clock }) {
    const first = unique('a')
    await store.enqueue([first])
    const timing = { cron: '* * * * *', timezone: 'UTC', missed: 'once', overlap: 'allow' } as const
    const of = { name: 'x', class: 'SampleJob', method: 'process', args: '[]', options: '{}', declared: false }
    await store.schedules.set({ ...timing, ...of }, clock.now())
    const due = (await store.schedules.due(1)).schedules[0] as DueSchedule
    const [told] = await store.schedules.fire([{ of: due, slot: due.nextAt, jobs: [unique('a')], nextAt: undefined }])
    assert.deepEqual(told, [{ id: first.id, status: 'duplicate' }])
    assert.equal((await store.schedules.get('x'))?.lastJobId, first.id)
    assert.equal(await store.count({}), 1)
  },

  async 'the key goes with the job to another database'(fixture) {
    const { store } = fixture
    const target = await targetOf(fixture)
    const [mine, theirs] = [unique('mine', {}, HOUR_MS), unique('theirs')]
    await store.enqueue([mine, theirs])
    const there = unique('theirs')
    await target.enqueue([there])
    await store.moving.depart({ to: 'there', targetId: await target.moving.databaseId() }, 'mover')
    const keys = await store.moving.takePending('mover', 10)
    assert.equal(await stored(fixture, unique('theirs')), false, 'what is under way is forgotten')
    const from = await store.moving.databaseId()
    await target.moving.receive(from, await store.moving.read(keys), keys)
    await store.moving.letGo('mover', keys)
    assert.equal(await target.count({}), 3)
    assert.deepEqual(await target.enqueue([unique('mine'), unique('theirs')]), [
      { id: mine.id, status: 'duplicate' },
      { id: there.id, status: 'duplicate' },
    ])
    assert.equal(await stored(fixture, unique('theirs')), true)
  },
}
