import assert from 'node:assert/strict'
import { OffstageError } from '../../core/errors.ts'
import type { AttemptRef, ClaimedJob } from '../../store/store.ts'
import type { Cases } from './fixture.ts'
import { cancelled, claimJobs, claimOne, completed, newJob, newJobs, newLease, newWorker, released } from './jobs.ts'

const taken = (error: unknown) => error instanceof OffstageError && error.code === 'WORKER_ID_TAKEN' && !error.transient

export const leases: Cases = {
  async 'a registered worker is listed with what it said of itself'({ store, clock }) {
    const worker = newWorker({ id: 'w1', host: 'h', pid: 17, queues: 'high,low', concurrency: 3, version: '1.2.3' })
    const lease = await store.register(worker)
    assert.deepEqual(await store.workers(), [
      {
        lease,
        id: 'w1',
        host: 'h',
        pid: 17,
        status: 'running',
        queues: 'high,low',
        concurrency: 3,
        version: '1.2.3',
        release: null,
        startedAt: new Date(clock.now()),
        lastSeenAt: new Date(clock.now()),
        running: 0,
      },
    ])
  },

  async 'the releases of workers are known after they have ended'({ store, clock }) {
    assert.deepEqual(await store.releases(), [])
    const began = clock.now()
    const first = await newLease(store, { id: 'w1', release: 'v1' })
    await newLease(store, { id: 'w2' })
    await store.endLease(first)
    clock.advance(1_000)
    await newLease(store, { id: 'w1', release: 'v2' })
    assert.deepEqual(await store.releases(), [
      { workerId: 'w1', release: 'v2', startedAt: new Date(began + 1_000) },
      { workerId: 'w1', release: 'v1', startedAt: new Date(began) },
    ])
    assert.deepEqual(
      (await store.workers()).map(({ id, release }) => [id, release]),
      [
        ['w2', null],
        ['w1', 'v2'],
      ],
    )
  },

  async 'a worker is listed with how many jobs it runs, and when it was last seen'({ store, clock }) {
    const lease = await newLease(store)
    await store.enqueue(newJobs(3))
    await claimJobs(store, lease)
    clock.advance(20_000)
    await store.heartbeat(lease)
    const [worker] = await store.workers()
    assert.deepEqual([worker?.running, worker?.lastSeenAt.getTime()], [3, clock.now()])
    assert.equal(worker?.startedAt.getTime(), clock.now() - 20_000)
  },

  async 'an id is taken while a live lease has it, on every connection'({ store, another, clock }) {
    const worker = newWorker({ leaseMs: 1_000 })
    await store.register(worker)
    const other = await another()
    await assert.rejects(store.register(worker), taken)
    await assert.rejects(other.register(worker), taken)
    clock.advance(999)
    await assert.rejects(other.register(worker), taken)
    await store.register(newWorker())
  },

  async 'an id is free again when its lease was ended'({ store }) {
    const worker = newWorker()
    const first = await store.register(worker)
    await store.endLease(first)
    const second = await store.register(worker)
    assert.notEqual(second, first)
    assert.equal((await store.heartbeat(second)).alive, true)
    assert.equal((await store.heartbeat(first)).alive, false)
  },

  async 'an id is free again when its lease has expired, and the old lease stays dead'({ store, clock }) {
    const worker = newWorker({ leaseMs: 1_000 })
    const first = await store.register(worker)
    clock.advance(1_001)
    const second = await store.register(worker)
    assert.notEqual(second, first)
    assert.equal((await store.heartbeat(first)).alive, false)
    assert.equal((await store.heartbeat(second)).alive, true)
    const live = (await store.workers()).filter(({ status }) => status === 'running')
    assert.deepEqual(
      live.map(({ lease }) => lease),
      [second],
    )
  },

  async 'a lease has a number that is never used again'({ store, clock }) {
    const seen = new Set<number>()
    const worker = newWorker({ leaseMs: 10 })
    for (let round = 0; round < 5; round++) {
      const lease = await store.register(worker)
      assert.ok(!seen.has(lease))
      seen.add(lease)
      if (round % 2 === 0) await store.endLease(lease)
      else clock.advance(11)
      await store.prune({ completed: 0, failed: 0, cancelled: 0 }, 100)
    }
  },

  async 'a heartbeat extends the lease by its full length'({ store, clock }) {
    const worker = newWorker({ leaseMs: 1_000 })
    const lease = await store.register(worker)
    for (let beat = 0; beat < 5; beat++) {
      clock.advance(900)
      const beat = { alive: true, now: clock.now(), leftMs: 1_000, cancel: [], ask: undefined }
      assert.deepEqual(await store.heartbeat(lease), beat)
    }
    clock.advance(999)
    await assert.rejects(store.register(worker), taken)
    clock.advance(1)
    await store.register(worker)
    assert.equal((await store.heartbeat(lease)).alive, false)
  },

  async 'a heartbeat tells how long the lease lasts, whether it was renewed or not'({ store, another, clock }) {
    const lease = await newLease(store, { leaseMs: 1_000 })
    const other = await another()
    for (const ms of [50, 100, 200, 300, 500]) {
      clock.advance(ms)
      const { leftMs } = await store.heartbeat(lease)
      assert.ok(leftMs > 700 && leftMs <= 1_000)
      clock.advance(leftMs - 1)
      assert.equal((await other.workers())[0]?.status, 'running')
      clock.advance(1)
      assert.equal((await other.workers())[0]?.status, 'lost')
      assert.equal((await store.heartbeat(lease)).leftMs, 1_000)
    }
    await store.endLease(lease)
    assert.equal((await store.heartbeat(lease)).leftMs, 0)
  },

  async 'what a claim holds can be looked up, by its lease and number, until it is settled'({ store, clock }) {
    const lease = await newLease(store)
    const other = await newLease(store)
    await store.enqueue(newJobs(6))
    const first = await claimJobs(store, lease, { limit: 2, claim: 1, start: 1 })
    const second = await claimJobs(store, lease, { limit: 2, claim: 2 })
    await claimJobs(store, other, { limit: 2, claim: 1 })
    const refs = (jobs: readonly AttemptRef[]) =>
      jobs.map(({ key, id, class: className, method, queue, attempt, claim, maxAttempts, runAt }) => {
        return { key, id, class: className, method, queue, attempt, claim, maxAttempts, runAt }
      })
    const held = async (claim: number) => (await store.held(lease, claim)).toSorted((a, b) => (a.id < b.id ? -1 : 1))
    assert.deepEqual(await held(1), refs(first))
    assert.deepEqual(await held(2), refs(second))
    assert.deepEqual(await held(3), [])
    await store.settle([completed({ lease, job: first[0] as ClaimedJob }, clock.now())])
    assert.deepEqual(await held(1), refs(first.slice(1)))
    await store.settle((await held(2)).map((job) => released({ lease, job }, clock.now())))
    assert.deepEqual(await held(2), [])
    assert.equal((await claimJobs(store, other, { limit: 10 })).length, 2)
  },

  async 'heartbeats more frequent than they need to be keep a lease alive too'({ store, clock }) {
    const lease = await newLease(store, { leaseMs: 1_000 })
    for (let beat = 0; beat < 50; beat++) {
      clock.advance(100)
      assert.deepEqual(await store.orphans(1), [])
      assert.equal((await store.heartbeat(lease)).alive, true)
    }
  },

  async 'a worker that was away for longer than its lease goes on if nobody noticed, and else does not'({
    store,
    clock,
  }) {
    const lucky = await newLease(store, { leaseMs: 1_000 })
    clock.advance(1_001)
    assert.equal((await store.heartbeat(lucky)).alive, true)
    clock.advance(999)
    assert.deepEqual(await store.orphans(10), [])
    assert.equal((await store.heartbeat(lucky)).alive, true)
    clock.advance(1_001)
    assert.deepEqual(await store.orphans(10), [])
    assert.equal((await store.heartbeat(lucky)).alive, false)
    assert.equal((await store.heartbeat(lucky)).alive, false)
  },

  async 'a lease that was ended does not come back to life, and one that never was is dead'({ store }) {
    const lease = await newLease(store)
    await store.endLease(lease)
    await store.endLease(lease)
    for (const dead of [lease, lease + 1_000, 0]) assert.equal((await store.heartbeat(dead)).alive, false)
  },

  async 'a worker whose lease has expired is shown as lost, one that ended is not shown as running'({ store, clock }) {
    const lost = await newLease(store, { leaseMs: 1_000 })
    const ended = await newLease(store)
    await store.endLease(ended)
    clock.advance(1_001)
    const workers = await store.workers()
    assert.equal(workers.find(({ lease }) => lease === lost)?.status, 'lost')
    assert.notEqual(workers.find(({ lease }) => lease === ended)?.status, 'running')
  },

  async 'a heartbeat names what was asked to be cancelled, of its own jobs only, until it is settled'({
    store,
    clock,
  }) {
    const lease = await newLease(store)
    const other = await newLease(store)
    await store.enqueue(newJobs(3))
    const [first, second] = await claimJobs(store, lease, { limit: 2 })
    const third = await claimOne(store, other)
    assert.ok(first && second)
    await store.cancel([first.id, third.id])
    const { key, id, class: className, method, queue, attempt, claim, maxAttempts, runAt } = first
    const ref = { key, id, class: className, method, queue, attempt, claim, maxAttempts, runAt }
    const asked = { ...ref, startedAt: clock.now() }
    assert.deepEqual((await store.heartbeat(lease)).cancel, [asked])
    // The answer may have been lost on its way: it is asked again.
    assert.deepEqual((await store.heartbeat(lease)).cancel, [asked])
    await store.settle([cancelled({ lease, job: first }, clock.now())])
    assert.deepEqual((await store.heartbeat(lease)).cancel, [])
    assert.deepEqual(
      (await store.heartbeat(other)).cancel.map((asked) => asked.key),
      [third.key],
    )
  },

  async 'a prefetched job that is to be cancelled is named to its holder'({ store }) {
    const lease = await newLease(store)
    await store.enqueue([newJob()])
    const job = await claimOne(store, lease, { start: 0 })
    assert.equal((await store.cancel([job.id]))[0]?.result, 'requested')
    const [asked] = (await store.heartbeat(lease)).cancel
    assert.deepEqual([asked?.key, asked?.attempt, asked?.startedAt], [job.key, 1, undefined])
  },

  async 'a worker can be asked to be quiet, to resume and to stop'({ store }) {
    const lease = await newLease(store, { id: 'w' })
    const other = await newLease(store, { id: 'x' })
    const status = async () => (await store.workers()).find((worker) => worker.lease === lease)?.status
    assert.equal(await store.ask('w', 'quiet'), true)
    assert.equal((await store.heartbeat(lease)).ask, 'quiet')
    assert.equal((await store.heartbeat(lease)).ask, 'quiet')
    assert.equal(await status(), 'quiet')
    assert.equal(await store.ask('w', 'resume'), true)
    assert.equal((await store.heartbeat(lease)).ask, undefined)
    assert.equal(await status(), 'running')
    assert.equal(await store.ask('w', 'stop'), true)
    assert.equal((await store.heartbeat(lease)).ask, 'stop')
    assert.equal(await status(), 'stopping')
    assert.equal((await store.heartbeat(other)).ask, undefined)
  },

  async 'nobody is there to be asked when no worker of that id holds a lease'({ store, clock }) {
    assert.equal(await store.ask('nobody', 'quiet'), false)
    await store.endLease(await newLease(store, { id: 'ended' }))
    assert.equal(await store.ask('ended', 'quiet'), false)
    await newLease(store, { id: 'lost', leaseMs: 1_000 })
    clock.advance(1_001)
    await store.orphans(10)
    assert.equal(await store.ask('lost', 'quiet'), false)
  },

  async 'what an earlier worker of that id was asked is not asked of the next'({ store }) {
    const worker = newWorker()
    const first = await store.register(worker)
    await store.ask(worker.id, 'stop')
    await store.endLease(first)
    const second = await store.register(worker)
    assert.equal((await store.heartbeat(second)).ask, undefined)
  },
}
