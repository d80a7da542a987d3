import assert from 'node:assert/strict'
import type { JobId } from '../../core/job.ts'
import type { MoveKey } from '../../store/move.ts'
import type { Store } from '../../store/store.ts'
import type { Cases, Fixture } from './fixture.ts'
import {
  claimJobs,
  claimOne,
  completed,
  crashed,
  detail,
  finishedJob,
  ids,
  newJob,
  newJobs,
  newLease,
  retried,
  runningJob,
  someError,
} from './jobs.ts'
import { states } from './states.ts'

/** A second database of the same kind, to move to. */
export async function targetOf({ unmigrated }: Fixture): Promise<Store> {
  const { store } = await unmigrated()
  await store.migrate()
  return store
}

export async function begin(source: Store, target: Store, mover = 'mover'): Promise<string> {
  await source.moving.depart({ to: 'elsewhere', targetId: await target.moving.databaseId() }, mover)
  return await source.moving.databaseId()
}

/** What `offstage move` does, without its haste. */
export async function moveAll(source: Store, target: Store, { history = false } = {}): Promise<void> {
  const from = await begin(source, target)
  const hand = async (keys: MoveKey[]) => {
    await target.moving.receive(from, await source.moving.read(keys), keys)
    await source.moving.letGo('mover', keys)
  }
  for (;;) {
    const keys = await source.moving.takePending('mover', 3)
    if (keys.length === 0) break
    await hand(keys)
  }
  while (history) {
    const keys = await source.moving.takeFinished('mover', 3)
    if (keys.length === 0) break
    await hand(keys)
  }
}

const NOTHING = { pending: 0, running: 0, underWay: 0 }

/** Every job with all that is shown of it, in the order of their ids. */
async function shown(store: Store) {
  const { jobs } = await store.list({ limit: 1_000 })
  const details = await Promise.all(
    ids(jobs).map(async (id) => ({ ...(await detail(store, id)), logs: await store.logs(id) })),
  )
  return details.sort((a, b) => (a.id < b.id ? -1 : 1))
}

export const move: Cases = {
  async 'jobs arrive as they were, in whatever state they wait'(fixture) {
    const { store, clock } = fixture
    const target = await targetOf(fixture)
    for (const state of ['retrying', 'pending', 'delayed', 'paused'] as const) await states[state](fixture)
    const held = await runningJob(fixture, { priority: 100, policy: '{"timeoutMs":5}', tags: ['a', 'ü"'] })
    await store.record(held.lease, [
      {
        kind: 'log',
        key: held.job.key,
        attempt: 1,
        claim: held.job.claim,
        at: 1,
        severity: 'info',
        text: 'a\u0000line 🧨',
      },
      { kind: 'progress', key: held.job.key, attempt: 1, claim: held.job.claim, value: '{"of":2}' },
    ])
    await store.settle([crashed(held, clock.now(), 5_000)])
    await store.enqueue([
      newJob({ args: '[{"$secret":"sealed, whatever it is"}]', expiresInMs: 60_000 }),
      ...newJobs(4, { priority: -3, queue: 'other', maxAttempts: 9 }),
    ])
    const before = await shown(store)
    const paused = before.find(({ queue }) => queue === 'paused')
    await target.moving.receiveQueues(await store.moving.databaseId(), await store.moving.queueStates())
    await moveAll(store, target)
    assert.deepEqual(await shown(target), before)
    assert.deepEqual(await shown(store), [])
    assert.deepEqual(await store.moving.count(), NOTHING)
    assert.equal(paused?.reason, 'paused')
  },

  async 'they are claimed there as they would have been here, with what was counted of them'(fixture) {
    const { store, clock } = fixture
    const target = await targetOf(fixture)
    const held = await runningJob(fixture, { maxAttempts: 3 })
    await store.settle([crashed(held, clock.now())])
    const again = await claimOne(store, held.lease)
    await store.settle([retried({ lease: held.lease, job: again }, clock.now(), 1_000)])
    const batch = [newJob({ priority: -1 }), newJob({ priority: 7, args: '["urgent"]' }), newJob()]
    await store.enqueue(batch)
    await moveAll(store, target)
    const lease = await newLease(target)
    const now = await claimJobs(target, lease)
    assert.deepEqual(ids(now), [batch[1]?.id, batch[2]?.id, batch[0]?.id])
    assert.equal(now[0]?.args, '["urgent"]')
    clock.advance(1_000)
    const late = await claimOne(target, lease)
    assert.deepEqual([late.id, late.attempt, late.crashes, late.spared, late.maxAttempts], [held.job.id, 3, 1, 1, 4])
  },

  async 'a job that was to be started by a certain time fails there when nobody has'(fixture) {
    const { store, clock } = fixture
    const target = await targetOf(fixture)
    const job = newJob({ expiresInMs: 1_000 })
    await store.enqueue([job])
    await moveAll(store, target)
    clock.advance(1_001)
    assert.deepEqual(ids(await target.expire(10)), [job.id])
    assert.deepEqual(await store.expire(10), [])
  },

  async 'finished jobs go only when they are asked to, with their history'(fixture) {
    const { store, clock } = fixture
    const target = await targetOf(fixture)
    for (const status of ['completed', 'failed', 'cancelled'] as const) await finishedJob(fixture, status)
    const held = await runningJob(fixture)
    await store.record(held.lease, [
      { kind: 'log', key: held.job.key, attempt: 1, claim: held.job.claim, at: 7, severity: 'error', text: 'one\ntwo' },
    ])
    await store.settle([retried(held, clock.now())])
    const last = await claimOne(store, held.lease)
    await store.settle([completed({ lease: held.lease, job: last }, clock.now(), { result: '{"sum":3}' })])
    const before = await shown(store)
    await moveAll(store, target)
    assert.deepEqual(await shown(target), [])
    await moveAll(store, target, { history: true })
    assert.deepEqual(await shown(target), before)
    assert.deepEqual(await shown(store), [])
    assert.equal(await store.moving.countFinished(), 0)
    assert.equal(await target.moving.countFinished(), 4)
    // Who ran them is known there; nobody holds a lease by it.
    assert.deepEqual(await target.workers(), [])
  },

  async 'a cause of failures goes on saying which release it began under'(fixture) {
    const { store, clock } = fixture
    const target = await targetOf(fixture)
    await store.enqueue([newJob()])
    const lease = await newLease(store, { release: 'v1' })
    const held = { lease, job: await claimOne(store, lease) }
    await store.settle([retried(held, clock.now(), 1_000, { error: someError, fingerprint: 'aaaa1111' })])
    await moveAll(store, target)
    const [cause] = await target.causes({ since: 0, slices: 1, limit: 1 })
    assert.deepEqual([cause?.fingerprint, cause?.firstRelease], ['aaaa1111', 'v1'])
  },

  async 'what runs stays'(fixture) {
    const { store, clock } = fixture
    const target = await targetOf(fixture)
    const held = await runningJob(fixture)
    await moveAll(store, target, { history: true })
    assert.deepEqual(await store.moving.count(), { ...NOTHING, running: 1 })
    assert.deepEqual(await store.settle([completed(held, clock.now())]), [])
    assert.equal((await detail(store, held.job.id)).status, 'completed')
  },

  async 'nobody claims, changes or deletes what is under way, and it is shown as such'(fixture) {
    const { store, clock } = fixture
    const target = await targetOf(fixture)
    const failed = await finishedJob(fixture, 'failed')
    const pending = newJob({ expiresInMs: 1_000 })
    await store.enqueue([pending])
    await begin(store, target)
    const keys = [...(await store.moving.takePending('mover', 10)), ...(await store.moving.takeFinished('mover', 10))]
    assert.equal(keys.length, 2)
    clock.advance(2_000)
    assert.deepEqual(await store.expire(10), [])
    assert.deepEqual(await claimJobs(store, await newLease(store)), [])
    const both: JobId[] = [pending.id, failed]
    for (const command of ['cancel', 'retry', 'runNow', 'delete'] as const) {
      const results = await store[command](both)
      assert.deepEqual(
        results.map(({ result }) => result),
        ['state', 'state'],
        command,
      )
    }
    const { status, reason } = await detail(store, pending.id)
    assert.deepEqual([status, reason], ['pending', 'moving'])
    assert.equal((await detail(store, failed)).status, 'failed')
    assert.equal(await store.count({ status: 'pending' }), 1)
    assert.deepEqual((await store.moving.underWay(10)).toSorted(), keys.toSorted())
  },

  async 'a finished job that was retried in time runs again here'(fixture) {
    const { store } = fixture
    const target = await targetOf(fixture)
    const id = await finishedJob(fixture, 'failed')
    await begin(store, target)
    await store.retry([id])
    assert.deepEqual(await store.moving.takeFinished('mover', 10), [])
    assert.equal((await claimOne(store, await newLease(store))).id, id)
  },
}
