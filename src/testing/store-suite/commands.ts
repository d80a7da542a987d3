import assert from 'node:assert/strict'
import type { JobId } from '../../core/job.ts'
import type { Cases, Fixture } from './fixture.ts'
import {
  claimJobs,
  claimOne,
  completed,
  crashed,
  detail,
  ids,
  newJob,
  newJobs,
  newLease,
  released,
  retried,
  runningJob,
} from './jobs.ts'
import { type State, states } from './states.ts'

type Command = 'cancel' | 'retry' | 'runNow' | 'delete'

/** What each command answers in each state, and the status afterwards (undefined: no such job). */
const table: Record<Command, Record<State, [result: string, status: string | undefined]>> = {
  cancel: {
    pending: ['done', 'cancelled'],
    delayed: ['done', 'cancelled'],
    retrying: ['done', 'cancelled'],
    paused: ['done', 'cancelled'],
    running: ['requested', 'running'],
    completed: ['state', 'completed'],
    failed: ['state', 'failed'],
    cancelled: ['state', 'cancelled'],
    missing: ['missing', undefined],
  },
  retry: {
    pending: ['state', 'pending'],
    delayed: ['state', 'pending'],
    retrying: ['state', 'pending'],
    paused: ['state', 'pending'],
    running: ['state', 'running'],
    completed: ['state', 'completed'],
    failed: ['done', 'pending'],
    cancelled: ['done', 'pending'],
    missing: ['missing', undefined],
  },
  runNow: {
    pending: ['done', 'pending'],
    delayed: ['done', 'pending'],
    retrying: ['done', 'pending'],
    paused: ['done', 'pending'],
    running: ['state', 'running'],
    completed: ['state', 'completed'],
    failed: ['state', 'failed'],
    cancelled: ['state', 'cancelled'],
    missing: ['missing', undefined],
  },
  delete: {
    pending: ['done', undefined],
    delayed: ['done', undefined],
    retrying: ['done', undefined],
    paused: ['done', undefined],
    running: ['state', 'running'],
    completed: ['done', undefined],
    failed: ['done', undefined],
    cancelled: ['done', undefined],
    missing: ['missing', undefined],
  },
}

async function inEveryState(fixture: Fixture, command: Command): Promise<void> {
  const { store } = fixture
  const named: { state: State; id: JobId }[] = []
  for (const [state, make] of Object.entries(states) as [State, typeof states.running][])
    named.push({ state, id: await make(fixture) })
  const results = await store[command](named.map(({ id }) => id))
  assert.deepEqual(ids(results), ids(named))
  for (const [index, { state, id }] of named.entries()) {
    const [result, status] = table[command][state]
    assert.equal(results[index]?.result, result, `${command} of a ${state} job`)
    assert.equal((await store.get(id))?.status, status, `after ${command} of a ${state} job`)
    if (result === 'state') assert.equal(results[index]?.status, status)
  }
}

export const commands: Cases = {
  async 'an empty list commands nothing'({ store }) {
    for (const command of ['cancel', 'retry', 'runNow', 'delete'] as const) {
      assert.deepEqual(await store[command]([]), [])
    }
  },

  'cancel ends what waits, asks what runs, and leaves what is finished': (fixture) => inEveryState(fixture, 'cancel'),
  'retry is for failed and cancelled jobs': (fixture) => inEveryState(fixture, 'retry'),
  'runNow is for jobs that wait': (fixture) => inEveryState(fixture, 'runNow'),
  'delete removes everything but running jobs': (fixture) => inEveryState(fixture, 'delete'),

  async 'an id named twice is commanded once'({ store }) {
    const job = newJob()
    await store.enqueue([job])
    const results = await store.cancel([job.id, job.id])
    assert.deepEqual(
      results.map(({ result }) => result),
      ['done', 'state'],
    )
  },

  async 'many are commanded at once, in order'({ store }) {
    // More than one transaction takes.
    const batch = newJobs(1_500)
    await store.enqueue(batch)
    const results = await store.cancel(ids(batch).toReversed())
    assert.deepEqual(ids(results), ids(batch).toReversed())
    assert.ok(results.every(({ result }) => result === 'done'))
    assert.ok((await store.retry(ids(batch))).every(({ result }) => result === 'done'))
    assert.ok((await store.delete(ids(batch))).every(({ result }) => result === 'done'))
    assert.equal(await store.count({}), 0)
  },

  async 'a pending job that is cancelled never ran: it has no attempt, and an end'({ store, clock }) {
    const job = newJob()
    await store.enqueue([job])
    clock.advance(700)
    await store.cancel([job.id])
    const { status, attempt, attempts, finishedAt, startedAt } = await detail(store, job.id)
    assert.deepEqual([status, attempt, attempts, startedAt], ['cancelled', 0, [], null])
    assert.equal(finishedAt?.getTime(), clock.now())
    assert.deepEqual(await claimJobs(store, await newLease(store)), [])
  },

  async 'a delayed job that is cancelled does not come due'({ store, clock }) {
    const job = newJob({ due: { inMs: 1_000 } })
    await store.enqueue([job])
    await store.cancel([job.id])
    clock.advance(2_000)
    const claim = await store.claim({
      lease: await newLease(store),
      claim: 1,
      steps: [{ queues: 'all', limit: 9 }],
      limit: 9,
      start: 9,
    })
    assert.deepEqual([claim.jobs, claim.nextDueInMs], [[], undefined])
  },

  async 'a retrying job that is cancelled keeps the attempts it had'(fixture) {
    const { store, clock } = fixture
    const held = await runningJob(fixture)
    await store.settle([retried(held, clock.now(), 1_000)])
    await store.cancel([held.job.id])
    const job = await detail(store, held.job.id)
    assert.deepEqual([job.status, job.attempt], ['cancelled', 1])
    assert.deepEqual(
      job.attempts.map(({ outcome }) => outcome),
      ['failed'],
    )
  },

  async 'a running job that is asked to stop and completes first is completed'(fixture) {
    const { store, clock } = fixture
    const held = await runningJob(fixture)
    assert.equal((await store.cancel([held.job.id]))[0]?.result, 'requested')
    assert.equal((await store.cancel([held.job.id]))[0]?.result, 'requested')
    assert.deepEqual(await store.settle([completed(held, clock.now())]), [])
    assert.equal((await detail(store, held.job.id)).status, 'completed')
  },

  async 'a job that was asked to stop is cancelled where it would have gone back to pending'(fixture) {
    const { store, clock } = fixture
    for (const settlement of [retried, crashed, released]) {
      const held = await runningJob(fixture)
      await store.cancel([held.job.id])
      assert.deepEqual(await store.settle([settlement(held, clock.now())]), [])
      const job = await detail(store, held.job.id)
      assert.deepEqual([job.status, job.finishedAt?.getTime()], ['cancelled', clock.now()])
      assert.deepEqual((await store.heartbeat(held.lease)).cancel, [])
    }
    assert.deepEqual(await claimJobs(store, await newLease(store)), [])
  },

  async 'a request to cancel ends with the attempt: a retry by a person does not inherit it'(fixture) {
    const { store, clock } = fixture
    const held = await runningJob(fixture)
    await store.cancel([held.job.id])
    await store.settle([retried(held, clock.now())])
    await store.retry([held.job.id])
    const job = await claimOne(store, held.lease)
    assert.deepEqual((await store.heartbeat(held.lease)).cancel, [])
    await store.settle([retried({ lease: held.lease, job }, clock.now())])
    assert.equal((await detail(store, job.id)).status, 'pending')
  },

  async 'runNow makes a delayed job due now, and a retrying one too'(fixture) {
    const { store, clock } = fixture
    const delayed = await states.delayed(fixture)
    const retrying = await states.retrying(fixture)
    clock.advance(10)
    await store.runNow([delayed, retrying])
    assert.ok((await detail(store, delayed)).runAt.getTime() <= clock.now())
    const claimed = await claimJobs(store, await newLease(store))
    assert.deepEqual(
      claimed.map(({ id, attempt }) => [id, attempt]).toSorted(),
      [
        [delayed, 1],
        [retrying, 2],
      ].toSorted(),
    )
  },

  async 'runNow does not push a job that is due behind others'({ store, clock }) {
    const [first, second] = newJobs(2)
    assert.ok(first && second)
    await store.enqueue([first, second])
    clock.advance(1_000)
    await store.runNow([first.id])
    assert.deepEqual(ids(await claimJobs(store, await newLease(store))), [first.id, second.id])
  },
}
