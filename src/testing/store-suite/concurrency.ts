import assert from 'node:assert/strict'
import type { ClaimedJob, Settlement, Store } from '../../store/store.ts'
import type { Cases, Fixture } from './fixture.ts'
import {
  claimJobs,
  completed,
  crashed,
  detail,
  failed,
  ids,
  newJob,
  newJobs,
  newLease,
  released,
  retried,
  runningJob,
} from './jobs.ts'

/** Repeatable randomness (mulberry32): a failure can be looked at again. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

async function connections({ store, another }: Fixture, count: number): Promise<Store[]> {
  const stores = [store]
  while (stores.length < count) stores.push(await another())
  return stores
}

export const concurrency: Cases = {
  async 'stores on one database never claim one job twice'(fixture) {
    const stores = await connections(fixture, 4)
    const leases = await Promise.all(stores.map((store) => newLease(store)))
    const batch = newJobs(600)
    await fixture.store.enqueue(batch)
    const taken: string[] = []
    for (;;) {
      const claims = await Promise.all(
        stores.map((store, index) => claimJobs(store, leases[index] as number, { limit: 1 + index * 2 })),
      )
      if (claims.flat().length === 0) break
      taken.push(...ids(claims.flat()))
    }
    assert.deepEqual(taken.toSorted(), ids(batch))
  },

  async 'a handler is passed over even while its first job is being stored'(fixture) {
    const stores = await connections(fixture, 3)
    const leases = await Promise.all(stores.map((store) => newLease(store)))
    // Something to look at in each of many steps: a claim takes longer than it takes to store a job.
    const queues = Array.from({ length: 40 }, (_, index) => `queue${index}`)
    const steps = queues.map((queue) => ({ queues: [queue], limit: 5 }))
    await fixture.store.enqueue(queues.map((queue) => newJob({ method: 'busy', queue })))
    for (let round = 0; round < 8; round++) {
      const first = newJob({ method: `new${round}`, queue: 'queue39' })
      const except = ['SampleJob.busy', `SampleJob.${first.method}`]
      let stored = false
      const claims = stores.slice(1).map(async (store, index) => {
        const taken: ClaimedJob[] = []
        while (!stored) taken.push(...(await claimJobs(store, leases[index + 1] as number, { steps, except })))
        return taken
      })
      await fixture.store.enqueue([first])
      stored = true
      assert.deepEqual(ids((await Promise.all(claims)).flat()), [])
      const allowed = { except: ['SampleJob.busy'] }
      assert.deepEqual(ids(await claimJobs(fixture.store, leases[0] as number, allowed)), [first.id])
    }
  },

  async 'the order holds for claims that race: each takes the first that are left'(fixture) {
    const stores = await connections(fixture, 3)
    const leases = await Promise.all(stores.map((store) => newLease(store)))
    const batch = Array.from({ length: 90 }, (_, index) => newJob({ priority: index % 7 }))
    await fixture.store.enqueue(batch)
    const inOrder = ids(batch.toSorted((a, b) => b.priority - a.priority || (a.id < b.id ? -1 : 1)))
    for (let done = 0; done < batch.length; ) {
      const claims = await Promise.all(
        stores.map((store, index) => claimJobs(store, leases[index] as number, { limit: 5 })),
      )
      for (const claim of claims) {
        const places = claim.map(({ id }) => inOrder.indexOf(id))
        assert.deepEqual(
          places,
          places.toSorted((a, b) => a - b),
        )
      }
      const taken = ids(claims.flat())
      assert.notEqual(taken.length, 0)
      assert.deepEqual(taken.toSorted(), inOrder.slice(done, done + taken.length).toSorted())
      done += taken.length
    }
  },

  async 'one batch that many enqueue at once is stored once'(fixture) {
    const stores = await connections(fixture, 4)
    const batch = newJobs(40)
    const answers = await Promise.all(stores.map((store) => store.enqueue(batch)))
    for (const [index, { id }] of batch.entries()) {
      const created = answers.filter((answer) => answer[index]?.status === 'created')
      assert.equal(created.length, 1, id)
    }
    assert.equal(await fixture.store.count({}), 40)
  },

  async 'of many who settle one attempt one succeeds'(fixture) {
    const stores = await connections(fixture, 4)
    const held = await runningJob(fixture)
    const now = fixture.clock.now()
    const settlements = [completed(held, now), failed(held, now), retried(held, now), crashed(held, now)]
    const stale = await Promise.all(stores.map((store, index) => store.settle([settlements[index] as Settlement])))
    assert.equal(stale.filter((positions) => positions.length === 0).length, 1)
    assert.equal((await detail(fixture.store, held.job.id)).attempts.length, 1)
  },

  async 'a cancel that races with a claim either ends the job before it runs or reaches who runs it'(fixture) {
    const [store, other] = (await connections(fixture, 2)) as [Store, Store]
    const lease = await newLease(store)
    const batch = newJobs(60)
    await store.enqueue(batch)
    const claimed = new Map<string, number | string>()
    for (const job of batch.toReversed()) {
      const [taken, [answer]] = await Promise.all([claimJobs(store, lease, { limit: 1 }), other.cancel([job.id])])
      for (const { id, key } of taken) claimed.set(id, key)
      assert.equal(answer?.result, claimed.has(job.id) ? 'requested' : 'done')
    }
    const asked = new Set((await store.heartbeat(lease)).cancel.map(({ key }) => key))
    for (const { id } of batch) {
      const key = claimed.get(id)
      const { status, attempts } = await detail(store, id)
      if (key === undefined) assert.deepEqual([status, attempts], ['cancelled', []])
      else assert.ok(status === 'running' && asked.has(key))
    }
  },

  async 'whatever interleaves, every job ends once, and its attempts are numbered without gaps'(fixture) {
    const stores = await connections(fixture, 4)
    const random = seeded(20_260_115)
    const batch = newJobs(300)
    let toEnqueue = batch
    const settledPerJob = new Map<string, number>()
    const work = async (store: Store) => {
      const lease = await newLease(store)
      for (let idle = 0; idle < 3; ) {
        const part = toEnqueue.slice(0, Math.ceil(random() * 20))
        toEnqueue = toEnqueue.slice(part.length)
        await store.enqueue(part)
        const jobs = await claimJobs(store, lease, {
          limit: Math.ceil(random() * 12),
          start: Math.floor(random() * 12),
        })
        idle = jobs.length === 0 && part.length === 0 ? idle + 1 : 0
        const settlements = jobs.map((job) => {
          const kinds = [completed, completed, failed, retried, retried, crashed, released]
          const kind = kinds[Math.floor(random() * kinds.length)] ?? completed
          if (kind !== released) settledPerJob.set(job.id, (settledPerJob.get(job.id) ?? 0) + 1)
          return kind({ lease, job }, fixture.clock.now())
        })
        assert.deepEqual(await store.settle(settlements), [])
        assert.deepEqual(
          await store.settle(settlements),
          settlements.map((_, index) => index),
        )
        fixture.clock.advance(1)
        await store.heartbeat(lease)
      }
    }
    await Promise.all(stores.map(work))
    assert.equal(toEnqueue.length, 0)
    assert.equal(await fixture.store.count({ status: ['completed', 'failed'] }), 300)
    for (const { id } of batch) {
      const { attempt, attempts } = await detail(fixture.store, id)
      assert.equal(attempt, settledPerJob.get(id))
      assert.deepEqual(
        attempts.map((entry) => entry.attempt),
        Array.from({ length: attempt }, (_, index) => index + 1),
      )
      const final = attempts.map(({ outcome }) => outcome).filter((outcome) => outcome === 'completed')
      assert.ok(final.length <= 1)
    }
  },
}
