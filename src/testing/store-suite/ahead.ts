import assert from 'node:assert/strict'
import type { ClaimedJob, Lease, Store } from '../../store/store.ts'
import type { Cases, Fixture } from './fixture.ts'
import {
  claimJobs,
  completed,
  crashed,
  detail,
  failed,
  ids,
  newJobs,
  newLease,
  released,
  retried,
  snoozed,
} from './jobs.ts'

const REQUEST = { windowMs: 3_600_000, sample: 100, countTo: 100 }

/** Jobs of one claim, of which the first is started by it. */
async function claimedAhead(store: Store, count: number): Promise<{ lease: Lease; jobs: ClaimedJob[] }> {
  const lease = await newLease(store, { leaseMs: 1_000 })
  await store.enqueue(newJobs(count))
  return { lease, jobs: await claimJobs(store, lease, { start: 1 }) }
}

async function statuses({ store }: Fixture, jobs: readonly ClaimedJob[]): Promise<string[]> {
  return (await store.details(ids(jobs))).map(({ status }) => status)
}

/** Jobs that a claim took ahead of need: a store may hold them together, and nobody may see a difference. */
export const ahead: Cases = {
  async 'jobs claimed ahead complete in parts and in any order, each once'(fixture) {
    const { store, clock } = fixture
    const { lease, jobs } = await claimedAhead(store, 12)
    const done = (some: readonly ClaimedJob[]) =>
      some.map((job) => completed({ lease, job }, clock.now(), { result: `"${job.id}"` }))
    assert.deepEqual(await store.settle(done(jobs.slice(5, 9))), [])
    assert.deepEqual(await store.settle(done(jobs.slice(4, 10).toReversed())), [1, 2, 3, 4])
    assert.deepEqual(await store.settle(done(jobs)), [4, 5, 6, 7, 8, 9])
    assert.deepEqual(await store.settle(done(jobs)), [...jobs.keys()])
    for (const { id, result, status, attempts } of await store.details(ids(jobs))) {
      assert.deepEqual([status, result, attempts.length], ['completed', id, 1])
    }
  },

  async 'they complete together with those of other claims'(fixture) {
    const { store, clock } = fixture
    const { lease, jobs } = await claimedAhead(store, 6)
    await store.enqueue(newJobs(6))
    const others = await claimJobs(store, lease, { start: 2 })
    const batch = [...jobs.slice(2), ...others.slice(0, 4)]
    const done = batch.map((job) => completed({ lease, job }, clock.now()))
    assert.deepEqual(await store.settle(done), [])
    const rest = [...jobs.slice(0, 2), ...others.slice(4)]
    assert.deepEqual(await store.settle(rest.map((job) => completed({ lease, job }, clock.now()))), [])
    assert.deepEqual(new Set(await statuses(fixture, [...jobs, ...others])), new Set(['completed']))
    assert.deepEqual(await store.count({ status: 'pending' }), 0)
  },

  async 'what else they come to is written beside those that complete'(fixture) {
    const { store, clock } = fixture
    const { lease, jobs } = await claimedAhead(store, 9)
    const now = clock.now()
    const ends = [completed, failed, retried, released, completed, crashed, completed]
    const batch = ends.map((end, index) => end({ lease, job: jobs[index] as ClaimedJob }, now))
    batch.push(snoozed({ lease, job: jobs[7] as ClaimedJob }, now, 60_000))
    assert.deepEqual(await store.settle(batch), [])
    const expected = [
      'completed',
      'failed',
      'pending',
      'pending',
      'completed',
      'pending',
      'completed',
      'pending',
      'pending',
    ]
    assert.deepEqual(await statuses(fixture, jobs), expected)
    const again = await claimJobs(store, lease)
    assert.deepEqual(
      again.map(({ id, attempt, crashes }) => [id, attempt, crashes]).toSorted(),
      [
        [jobs[2]?.id, 2, 0],
        [jobs[3]?.id, 1, 0],
        [jobs[5]?.id, 2, 1],
      ].toSorted(),
    )
    assert.deepEqual(await store.settle([completed({ lease, job: jobs[8] as ClaimedJob }, now)]), [])
  },

  async 'of two settlements of one of them in one batch the first stands'(fixture) {
    const { store, clock } = fixture
    const { lease, jobs } = await claimedAhead(store, 4)
    const [, first, second] = jobs as [ClaimedJob, ClaimedJob, ClaimedJob]
    const now = clock.now()
    const batch = [
      completed({ lease, job: first }, now),
      failed({ lease, job: first }, now),
      failed({ lease, job: second }, now),
      completed({ lease, job: second }, now),
    ]
    assert.deepEqual(await store.settle(batch), [1, 3])
    assert.deepEqual(await statuses(fixture, [first, second]), ['completed', 'failed'])
  },

  async 'neither another attempt, claim or lease settles them'(fixture) {
    const { store, clock } = fixture
    const { lease, jobs } = await claimedAhead(store, 3)
    const other = await newLease(store)
    const job = jobs[1] as ClaimedJob
    for (const end of [failed, retried]) {
      const stale = [
        end({ lease, job: { ...job, attempt: 2 } }, clock.now()),
        end({ lease, job: { ...job, claim: job.claim + 1_000 } }, clock.now()),
        end({ lease: other, job }, clock.now()),
      ]
      for (const each of stale) assert.deepEqual(await store.settle([each]), [0])
    }
    assert.deepEqual(await store.settle(jobs.map((each) => completed({ lease, job: each }, clock.now()))), [])
  },

  async 'a process that has not claimed them settles them and writes of them too'(fixture) {
    const { store, clock } = fixture
    const other = await fixture.another()
    const { lease, jobs } = await claimedAhead(store, 5)
    const now = clock.now()
    const [, first, second, third] = jobs as [ClaimedJob, ClaimedJob, ClaimedJob, ClaimedJob]
    const { key, attempt, claim } = third
    assert.deepEqual(await other.record(lease, [{ kind: 'start', key, attempt, claim, at: now }]), [])
    assert.equal((await detail(store, third.id)).status, 'running')
    assert.deepEqual(
      await other.settle([failed({ lease, job: first }, now), completed({ lease, job: second }, now)]),
      [],
    )
    assert.deepEqual(await store.settle(jobs.map((job) => completed({ lease, job }, now))), [1, 2])
  },

  async 'what they tell is written, and that they are started'(fixture) {
    const { store, clock } = fixture
    const { lease, jobs } = await claimedAhead(store, 5)
    const now = clock.now()
    const [, first, second] = jobs as [ClaimedJob, ClaimedJob, ClaimedJob]
    const of = ({ key, attempt, claim }: ClaimedJob) => ({ key, attempt, claim })
    const records = [
      { kind: 'start', ...of(first), at: now },
      { kind: 'log', ...of(first), at: now, severity: 'info', text: 'begun' },
      { kind: 'progress', ...of(second), value: '"half"' },
      { kind: 'log', ...of(second), attempt: 2, at: now, severity: 'info', text: 'not its own' },
    ] as const
    assert.deepEqual(await store.record(lease, records), [3])
    assert.deepEqual(await statuses(fixture, jobs), ['running', 'running', 'pending', 'pending', 'pending'])
    assert.deepEqual(
      (await store.logs(first.id)).map(({ text }) => text),
      ['begun'],
    )
    assert.equal((await detail(store, second.id)).progress, 'half')
    assert.deepEqual(await store.settle(jobs.map((job) => completed({ lease, job }, now))), [])
  },

  async 'commands find them held: one is asked to stop, the others are left'(fixture) {
    const { store, clock } = fixture
    const { lease, jobs } = await claimedAhead(store, 6)
    const [, asked, wanted, kept] = jobs as [ClaimedJob, ClaimedJob, ClaimedJob, ClaimedJob]
    const results = [
      ...(await store.cancel([asked.id])),
      ...(await store.runNow([wanted.id])),
      ...(await store.delete([kept.id])),
      ...(await store.retry([kept.id])),
    ]
    assert.deepEqual(
      results.map(({ result, ...rest }) => [result, 'status' in rest ? rest.status : undefined]),
      [
        ['requested', undefined],
        ['state', 'running'],
        ['state', 'running'],
        ['state', 'pending'],
      ],
    )
    const { cancel } = await store.heartbeat(lease)
    assert.deepEqual(
      cancel.map(({ id, startedAt }) => [id, startedAt]),
      [[asked.id, undefined]],
    )
    assert.equal(await store.clear(100), 0)
    assert.deepEqual(await store.settle(jobs.map((job) => completed({ lease, job }, clock.now()))), [])
  },

  async 'they are counted and listed with all others'(fixture) {
    const { store } = fixture
    const { jobs } = await claimedAhead(store, 7)
    await store.enqueue(newJobs(2))
    const stats = await store.stats(REQUEST)
    assert.deepEqual([stats.jobs.pending, stats.jobs.running], [8, 1])
    assert.deepEqual(
      stats.queues.map(({ ready, running }) => [ready, running]),
      [[2, 7]],
    )
    assert.equal(await store.count({ status: 'pending' }), 8)
    assert.equal(await store.count({ status: 'running' }), 1)
    const { jobs: listed } = await store.list({ status: 'pending', limit: 20 })
    for (const { id } of jobs.slice(1)) assert.ok(ids(listed).includes(id))
    assert.equal((await store.moving.count()).running, 7)
  },

  async 'what a claim of a lost answer took is found'(fixture) {
    const { store, clock } = fixture
    const { lease, jobs } = await claimedAhead(store, 6)
    const { claim } = jobs[0] as ClaimedJob
    assert.deepEqual(ids(await store.held(lease, claim)).toSorted(), ids(jobs).toSorted())
    assert.deepEqual(await store.settle(jobs.map((job) => released({ lease, job }, clock.now()))), [])
    assert.deepEqual(ids(await claimJobs(store, lease)), ids(jobs))
  },

  async 'when their worker is gone they are orphans that were never started'(fixture) {
    const { store, clock } = fixture
    const rescuer = await fixture.another()
    const { lease, jobs } = await claimedAhead(store, 4)
    clock.advance(1_000)
    const found = await rescuer.orphans(10)
    assert.deepEqual(ids(found).toSorted(), ids(jobs))
    assert.deepEqual(
      found.filter(({ startedAt }) => startedAt !== undefined).map(({ id }) => id),
      [jobs[0]?.id],
    )
    assert.deepEqual(await rescuer.settle(found.map((job) => released({ lease, job }, clock.now()))), [])
    assert.deepEqual(await store.settle(jobs.map((job) => completed({ lease, job }, clock.now()))), [...jobs.keys()])
    assert.equal((await claimJobs(rescuer, await newLease(rescuer))).length, 4)
  },
}
