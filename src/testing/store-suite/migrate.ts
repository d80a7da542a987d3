import assert from 'node:assert/strict'
import type { Cases } from './fixture.ts'
import { claimOne, completed, detail, newJob, newLease } from './jobs.ts'

export const migrate: Cases = {
  async 'an empty database is ready after one call'({ unmigrated }) {
    const { store } = await unmigrated()
    await store.migrate()
    await store.enqueue([newJob()])
    assert.equal(await store.count({}), 1)
  },

  async 'migrating again changes nothing'({ store, clock }) {
    const lease = await newLease(store)
    await store.enqueue([newJob(), newJob()])
    const job = await claimOne(store, lease)
    const before = await store.list({ limit: 10 })
    await store.migrate()
    await store.migrate()
    assert.deepEqual(await store.list({ limit: 10 }), before)
    assert.deepEqual(await store.settle([completed({ lease, job }, clock.now())]), [])
  },

  async 'many may migrate an empty database at once'({ unmigrated }) {
    const { store, another } = await unmigrated()
    const stores = [store, ...(await Promise.all(Array.from({ length: 5 }, () => another())))]
    await Promise.all(stores.map((each) => each.migrate()))
    const batch = stores.map(() => newJob())
    await Promise.all(stores.map((each, index) => each.enqueue(batch.slice(index, index + 1))))
    for (const { id } of batch) assert.equal((await detail(store, id)).status, 'pending')
  },

  async 'a database that one connection has migrated is ready for all'({ unmigrated }) {
    const { store, another } = await unmigrated()
    const early = await another()
    await store.migrate()
    await early.migrate()
    const late = await another()
    await early.enqueue([newJob()])
    await late.enqueue([newJob()])
    assert.equal(await store.count({}), 2)
  },
}
