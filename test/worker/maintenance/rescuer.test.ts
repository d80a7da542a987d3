import { expect, test } from 'vitest'
import { OffstageError } from '../../../src/core/errors.ts'
import { Registry } from '../../../src/core/registry.ts'
import type { Orphan } from '../../../src/store/store.ts'
import { openStore } from '../../../src/stores/open.ts'
import { claimOne, newJob, newLease, newWorker } from '../../../src/testing/store-suite/jobs.ts'
import { rescuer } from '../../../src/worker/maintenance/rescuer.ts'
import { farStore, type Line } from '../../support/far-store.ts'

const LEASE_MS = 8_000

async function makeRescuer() {
  const store = await openStore('sqlite::memory:')
  await store.migrate()
  const far = { line: ((_, call) => call()) as Line }
  const rescued: Orphan[] = []
  const own = { alive: true }
  const duty = rescuer({
    store: farStore(store, far),
    registry: Registry.from([]),
    host: 'this-host',
    now: () => Date.now(),
    leaseMs: LEASE_MS,
    everyMs: 800,
    isAlive: () => own.alive,
    onRescue: (orphan) => void rescued.push(orphan),
  })
  return { store, far, own, duty, rescued, [Symbol.asyncDispose]: () => store.close() }
}

test('an orphan is settled as crashed, without a wait', async () => {
  await using rig = await makeRescuer()
  const { store, duty, rescued } = rig
  await store.enqueue([newJob()])
  const lease = await newLease(store)
  const job = await claimOne(store, lease)
  expect(await duty.run()).toBe(800)
  await store.endLease(lease)
  await duty.run()
  expect(rescued.map(({ id }) => id)).toEqual([job.id])
  expect((await store.get(job.id))?.attempts[0]?.outcome).toBe('crashed')
})

test('after an outage, workers that were cut off have some time to say what became of theirs', async () => {
  await using rig = await makeRescuer()
  const { store, far, duty, rescued } = rig
  await store.enqueue([newJob()])
  const lease = await newLease(store)
  await claimOne(store, lease)
  const straight = far.line
  far.line = () => Promise.reject(new OffstageError('DATABASE_UNAVAILABLE', 'away', { transient: true }))
  await expect(duty.run()).rejects.toThrow('away')
  await store.endLease(lease)
  far.line = straight
  expect(await duty.run()).toBe(LEASE_MS / 4)
  expect(rescued).toEqual([])
  expect(await duty.run()).toBe(800)
  expect(rescued).toHaveLength(1)
})

test('a worker that has lost its own lease takes nothing from others, nor what it asked for before', async () => {
  await using rig = await makeRescuer()
  const { store, far, own, duty, rescued } = rig
  await store.enqueue([newJob()])
  const lease = await newLease(store)
  await claimOne(store, lease)
  await store.endLease(lease)
  far.line = async (name, call) => {
    const answer = await call()
    if (name === 'orphans') own.alive = false
    return answer
  }
  await duty.run()
  expect(own.alive).toBe(false)
  await duty.run()
  expect(rescued).toEqual([])
  own.alive = true
  expect(await duty.run()).toBe(LEASE_MS / 4)
  far.line = (_, call) => call()
  await duty.run()
  expect(rescued).toHaveLength(1)
})

test('a worker of this machine whose process is gone has its lease ended, outage or not', async () => {
  await using rig = await makeRescuer()
  const { store, far, duty } = rig
  const straight = far.line
  far.line = () => Promise.reject(new OffstageError('DATABASE_UNAVAILABLE', 'away', { transient: true }))
  await expect(duty.run()).rejects.toThrow('away')
  far.line = straight
  // No process has this id: it is larger than the largest that Linux gives.
  await store.register(newWorker({ host: 'this-host', pid: 2 ** 22 + 1 }))
  await duty.run()
  expect(await store.workers()).toEqual([])
})
