import assert from 'node:assert/strict'
import { SEVERITIES } from '../../store/queried.ts'
import type { AttemptRecord, ClaimedJob } from '../../store/store.ts'
import type { Cases } from './fixture.ts'
import {
  claimJobs,
  claimOne,
  completed,
  detail,
  newJob,
  newJobs,
  newLease,
  released,
  retried,
  runningJob,
} from './jobs.ts'

type Job = Pick<ClaimedJob, 'key' | 'attempt' | 'claim'>

function logLine({ key, attempt, claim }: Job, text: string): AttemptRecord {
  return { kind: 'log', key, attempt, claim, at: 0, severity: 'info', text }
}

function progress({ key, attempt, claim }: Job, value: unknown): AttemptRecord {
  return { kind: 'progress', key, attempt, claim, value: JSON.stringify(value) }
}

function start({ key, attempt, claim }: Job, at: number): AttemptRecord {
  return { kind: 'start', key, attempt, claim, at }
}

export const record: Cases = {
  async 'an empty list records nothing'({ store }) {
    assert.deepEqual(await store.record(await newLease(store), []), [])
  },

  async 'what an attempt logged reads back in the order in which it was recorded'(fixture) {
    const { store, clock } = fixture
    const { lease, job } = await runningJob(fixture)
    const texts = ['first', '', 'two\nlines', 'ünï 🧨 \u0000 end', "it's; drop table"]
    const at = clock.now()
    const records = texts.map(
      (text, index): AttemptRecord => ({
        kind: 'log',
        key: job.key,
        attempt: 1,
        claim: job.claim,
        at: at + index,
        severity: SEVERITIES[index % 4] ?? 'info',
        text,
      }),
    )
    assert.deepEqual(await store.record(lease, records.slice(0, 2)), [])
    assert.deepEqual(await store.record(lease, records.slice(2)), [])
    assert.deepEqual(
      await store.logs(job.id),
      texts.map((text, index) => ({
        attempt: 1,
        at: new Date(at + index),
        severity: SEVERITIES[index % 4],
        text,
      })),
    )
  },

  async 'logs are kept for each attempt, and read of one or of all'(fixture) {
    const { store, clock } = fixture
    const { lease, job } = await runningJob(fixture)
    await store.record(lease, [logLine(job, 'a1'), logLine(job, 'a2')])
    await store.settle([retried({ lease, job }, clock.now())])
    const second = await claimOne(store, lease)
    await store.record(lease, [logLine(second, 'b1')])
    await store.settle([completed({ lease, job: second }, clock.now())])
    const text = async (attempt?: number) => (await store.logs(job.id, attempt)).map((line) => line.text)
    assert.deepEqual(await text(), ['a1', 'a2', 'b1'])
    assert.deepEqual(await text(1), ['a1', 'a2'])
    assert.deepEqual(await text(2), ['b1'])
    assert.deepEqual(await text(3), [])
    assert.deepEqual(await store.logs('0193a5c0-0000-7000-8000-ffffffffffff'), [])
  },

  async 'logs and progress of an attempt that was given back do not pass for those of the next'(fixture) {
    const { store, clock } = fixture
    const { lease, job } = await runningJob(fixture)
    await store.record(lease, [logLine(job, 'undone'), progress(job, 50)])
    await store.settle([released({ lease, job }, clock.now())])
    const again = await claimOne(store, lease)
    assert.equal((await detail(store, job.id)).progress, null)
    await store.record(lease, [logLine(again, 'done')])
    assert.ok((await store.logs(job.id)).some(({ text }) => text === 'done'))
  },

  async 'the progress that was reported last is shown, and kept when the job ends'(fixture) {
    const { store, clock } = fixture
    const { lease, job } = await runningJob(fixture)
    assert.equal((await detail(store, job.id)).progress, null)
    assert.deepEqual(await store.record(lease, [progress(job, 10), progress(job, { done: 2, of: 3 })]), [])
    assert.deepEqual((await detail(store, job.id)).progress, { done: 2, of: 3 })
    await store.record(lease, [progress(job, 100)])
    await store.settle([completed({ lease, job }, clock.now())])
    assert.equal((await detail(store, job.id)).progress, 100)
  },

  async 'a prefetched job is running from its start mark on'({ store, clock }) {
    const lease = await newLease(store)
    await store.enqueue([newJob()])
    const job = await claimOne(store, lease, { start: 0 })
    assert.equal((await detail(store, job.id)).status, 'pending')
    clock.advance(3_000)
    const mark = start(job, clock.now())
    assert.deepEqual(await store.record(lease, [mark]), [])
    const started = await detail(store, job.id)
    assert.deepEqual([started.status, started.reason, started.attempt], ['running', null, 1])
    assert.equal(started.startedAt?.getTime(), clock.now())
    assert.deepEqual(
      started.attempts.map(({ attempt, outcome }) => [attempt, outcome]),
      [[1, null]],
    )
  },

  async 'a start mark does not move the start of what runs already'(fixture) {
    const { store, clock } = fixture
    const { lease, job } = await runningJob(fixture)
    const startedAt = clock.now()
    clock.advance(1_000)
    await store.record(lease, [start(job, clock.now())])
    assert.equal((await detail(store, job.id)).startedAt?.getTime(), startedAt)
  },

  async 'a prefetched job that settles without a start mark is settled'({ store, clock }) {
    const lease = await newLease(store)
    await store.enqueue(newJobs(3))
    const jobs = await claimJobs(store, lease, { start: 0 })
    assert.deepEqual(await store.settle(jobs.map((job) => completed({ lease, job }, clock.now()))), [])
    assert.equal(await store.count({ status: 'completed' }), 3)
  },

  async 'every kind of record is refused without the fence, and its position returned'(fixture) {
    const { store, clock } = fixture
    const { lease, job } = await runningJob(fixture)
    const of = (ref: Job): AttemptRecord[] => [logLine(ref, 'stale'), progress(ref, 'stale'), start(ref, clock.now())]
    assert.deepEqual(await store.record(await newLease(store), of(job)), [0, 1, 2])
    assert.deepEqual(await store.record(lease, of({ ...job, attempt: 2 })), [0, 1, 2])
    assert.deepEqual(await store.record(lease, of({ ...job, claim: job.claim + 1 })), [0, 1, 2])
    assert.deepEqual(await store.record(lease, [...of({ ...job, attempt: 0 }), logLine(job, 'fresh')]), [0, 1, 2])
    await store.settle([completed({ lease, job }, clock.now())])
    assert.deepEqual(await store.record(lease, of(job)), [0, 1, 2])
    assert.deepEqual(
      (await store.logs(job.id)).map(({ text }) => text),
      ['fresh'],
    )
    assert.equal((await detail(store, job.id)).progress, null)
  },

  async 'a repeated start of a job that was given back does not start its next claim by the same lease'({
    store,
    clock,
  }) {
    const lease = await newLease(store)
    await store.enqueue([newJob()])
    const first = await claimOne(store, lease, { start: 0 })
    await store.settle([released({ lease, job: first }, clock.now())])
    const second = await claimOne(store, lease, { start: 0 })
    assert.deepEqual(await store.record(lease, [start(first, clock.now()), logLine(first, 'late')]), [0, 1])
    assert.equal((await detail(store, second.id)).status, 'pending')
    assert.deepEqual(await store.record(lease, [start(second, clock.now())]), [])
  },

  async 'an earlier attempt cannot write into the newer one'(fixture) {
    const { store, clock } = fixture
    const { lease, job } = await runningJob(fixture)
    await store.settle([retried({ lease, job }, clock.now())])
    const second = await claimOne(store, lease)
    assert.deepEqual(await store.record(lease, [progress(job, 'old'), progress(second, 'new')]), [0])
    assert.equal((await detail(store, job.id)).progress, 'new')
  },
}
