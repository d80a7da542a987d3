import assert from 'node:assert/strict'
import type { Cases } from './fixture.ts'
import { claimJobs, ids, newJob, newJobs, newLease } from './jobs.ts'

/** Which jobs a claim looks at: its steps, paused queues, and handlers that there is no room for. */
export const claimSelection: Cases = {
  async 'queues of one step are merged in order'({ store, clock }) {
    const batch = ['a', 'b', 'c'].flatMap((queue) =>
      [0, 10, 5].map((priority) => newJob({ queue, priority, due: { at: clock.now() - queue.charCodeAt(0) } })),
    )
    await store.enqueue(batch)
    const steps = [{ queues: ['a', 'c'], limit: 100 }]
    const claimed = await claimJobs(store, await newLease(store), { steps })
    assert.deepEqual(
      claimed.map(({ queue, priority }) => `${queue}${priority}`),
      ['c10', 'a10', 'c5', 'a5', 'c0', 'a0'],
    )
  },

  async '`all` means every queue, also one that is first used later'({ store }) {
    const lease = await newLease(store)
    await store.enqueue([newJob({ queue: 'one' })])
    assert.equal((await claimJobs(store, lease)).length, 1)
    await store.enqueue([newJob({ queue: 'two' }), newJob({ queue: 'three' })])
    assert.equal((await claimJobs(store, lease)).length, 2)
  },

  async 'queues that nobody has used are no error'({ store }) {
    await store.enqueue([newJob({ queue: 'known' })])
    const steps = [{ queues: ['unknown', "it's", 'known'], limit: 10 }]
    assert.equal((await claimJobs(store, await newLease(store), { steps })).length, 1)
  },

  async 'hundreds of queues are merged in order'({ store }) {
    const batch = Array.from({ length: 700 }, (_, index) =>
      newJob({ queue: `queue-${index}`, priority: (index * 389) % 700 }),
    )
    await store.enqueue(batch)
    const lease = await newLease(store)
    const inOrder = ids(batch.toSorted((a, b) => b.priority - a.priority))
    const first = await claimJobs(store, lease, { limit: 50 })
    assert.deepEqual(ids(first), inOrder.slice(0, 50))
    const named = await claimJobs(store, lease, { steps: [{ queues: batch.map(({ queue }) => queue), limit: 1_000 }] })
    assert.deepEqual(ids(named), inOrder.slice(50))
  },

  async 'steps are strict: the second is looked at only when the first has no more'({ store }) {
    const low = newJobs(3, { queue: 'low', priority: 100 })
    const high = newJobs(3, { queue: 'high', priority: -100 })
    await store.enqueue([...low, ...high])
    const lease = await newLease(store)
    const steps = ['high', 'low'].map((queue) => ({ queues: [queue], limit: 10 }))
    assert.deepEqual(ids(await claimJobs(store, lease, { steps, limit: 2 })), ids(high.slice(0, 2)))
    assert.deepEqual(
      ids(await claimJobs(store, lease, { steps, limit: 2 })),
      ids([...high.slice(2), ...low.slice(0, 1)]),
    )
    assert.deepEqual(ids(await claimJobs(store, lease, { steps, limit: 9 })), ids(low.slice(1)))
  },

  async 'each step takes up to its own limit, together up to the limit of the claim'({ store }) {
    await store.enqueue([
      ...newJobs(10, { queue: 'a' }),
      ...newJobs(10, { queue: 'b' }),
      ...newJobs(10, { queue: 'c' }),
    ])
    const steps = [
      { queues: ['a'], limit: 3 },
      { queues: ['b'], limit: 2 },
      { queues: ['c'], limit: 9 },
    ]
    const claimed = await claimJobs(store, await newLease(store), { steps, limit: 8 })
    assert.equal(claimed.map(({ queue }) => queue).join(''), 'aaabbccc')
  },

  async 'a step may name queues that an earlier step had: it goes on behind what that took'({ store }) {
    const batch = [...newJobs(4, { queue: 'a' }), ...newJobs(4, { queue: 'b' })]
    await store.enqueue(batch)
    const steps = [
      { queues: ['b'], limit: 2 },
      { queues: 'all' as const, limit: 10 },
    ]
    const claimed = await claimJobs(store, await newLease(store), { steps })
    const [b1, b2, ...b] = batch.slice(4)
    assert.ok(b1 && b2)
    assert.deepEqual(ids(claimed), ids([b1, b2, ...batch.slice(0, 4), ...b]))
  },

  async 'handlers to pass over are passed over, and neither starve the others nor lose their place'({ store }) {
    const lease = await newLease(store)
    const kinds = ['busy', 'free', 'busy', 'busy', 'free', 'busy', 'free', 'free']
    const batch = kinds.map((method) => newJob({ method }))
    await store.enqueue(batch)
    const busy = batch.filter(({ method }) => method === 'busy')
    const free = batch.filter(({ method }) => method === 'free')
    const except = ['SampleJob.busy', 'NeverSeen.anything', 'nonsense']
    assert.deepEqual(ids(await claimJobs(store, lease, { except, limit: 3 })), ids(free.slice(0, 3)))
    assert.deepEqual(ids(await claimJobs(store, lease, { except })), ids(free.slice(3)))
    assert.deepEqual(ids(await claimJobs(store, lease)), ids(busy))
  },

  async 'passing over is by class and method, and holds for every step'({ store }) {
    const batch = [
      newJob({ class: 'A', method: 'run', queue: 'one' }),
      newJob({ class: 'B', method: 'run', queue: 'one' }),
      newJob({ class: 'A', method: 'walk', queue: 'two' }),
      newJob({ class: 'A', method: 'run', queue: 'two' }),
    ]
    await store.enqueue(batch)
    const steps = ['one', 'two'].map((queue) => ({ queues: [queue], limit: 10 }))
    const claimed = await claimJobs(store, await newLease(store), { steps, except: ['A.run'] })
    assert.deepEqual(
      claimed.map((job) => `${job.class}.${job.method}`),
      ['B.run', 'A.walk'],
    )
  },

  async 'a thousand jobs without room do not hide one that has room'({ store }) {
    const hidden = newJob({ method: 'free' })
    await store.enqueue([...newJobs(1_000, { method: 'busy', priority: 1 }), hidden])
    const claimed = await claimJobs(store, await newLease(store), { except: ['SampleJob.busy'], limit: 10 })
    assert.deepEqual(ids(claimed), [hidden.id])
  },

  async 'a paused queue is passed over until it is resumed'({ store }) {
    const lease = await newLease(store)
    const paused = newJobs(2, { queue: 'paused', priority: 10 })
    const open = newJobs(2, { queue: 'open' })
    await store.enqueue([...paused, ...open])
    await store.setPaused('paused', true)
    assert.deepEqual(ids(await claimJobs(store, lease, { limit: 1 })), ids(open.slice(0, 1)))
    const steps = [{ queues: ['paused', 'open'], limit: 10 }]
    assert.deepEqual(ids(await claimJobs(store, lease, { steps })), ids(open.slice(1)))
    await store.setPaused('paused', false)
    assert.deepEqual(ids(await claimJobs(store, lease)), ids(paused))
  },

  async 'a queue can be paused before it is first used, and twice'({ store }) {
    const lease = await newLease(store)
    await store.setPaused('later', true)
    await store.setPaused('later', true)
    await store.enqueue([newJob({ queue: 'later' })])
    assert.deepEqual(await claimJobs(store, lease), [])
    await store.setPaused('later', false)
    assert.equal((await claimJobs(store, lease)).length, 1)
  },

  async 'pausing is seen by every connection'({ store, another }) {
    const other = await another()
    await store.enqueue([newJob({ queue: 'q' })])
    const lease = await newLease(other)
    await store.setPaused('q', true)
    assert.deepEqual(await claimJobs(other, lease), [])
    await store.setPaused('q', false)
    assert.equal((await claimJobs(other, lease)).length, 1)
  },
}
