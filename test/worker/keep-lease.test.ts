import { expect, test } from 'vitest'
import type { Heartbeat, Lease, Store } from '../../src/store/store.ts'
import { openStore } from '../../src/stores/open.ts'
import { Deadlines } from '../../src/worker/deadlines.ts'
import { keepLease } from '../../src/worker/entry/keep-lease.ts'
import { temporaryFolder } from '../stores/sqlite/temporary.ts'
import { farStore, type Line } from '../support/far-store.ts'
import { until } from '../support/until.ts'

const LEASE_MS = 1_200

/** A lease and its keeper, whose connections a test can disturb; opened counts them. */
async function makeKeeper() {
  const folder = await temporaryFolder()
  const url = `sqlite:${folder.file('jobs.db')}`
  const store = await openStore(url)
  await store.migrate()
  const worker = { id: 'w', host: 'h', pid: 1, queues: 'all', concurrency: 1, version: '0', leaseMs: LEASE_MS }
  const askedAt = performance.now()
  const lease: Lease = await store.register(worker)
  const beats: Heartbeat[] = []
  const kept = { line: ((_, call) => call()) as Line, opened: 0, lost: [] as { message: string; at: number }[] }
  const open = async (): Promise<Store> => {
    kept.opened += 1
    return farStore(await openStore(url), kept)
  }
  const facts = { lease, leaseMs: LEASE_MS, heartbeatMs: 100, graceMs: 100, endsAt: askedAt + LEASE_MS, inline: [] }
  const keeper = keepLease({ ...facts, deadlines: new Deadlines(1, []).buffer }, open, {
    beat: (beat) => void beats.push(beat),
    lost: (message) => void kept.lost.push({ message, at: performance.now() }),
  })
  return {
    ...{ store, lease, keeper, beats, kept },
    /** Until when nobody else may take what the lease holds, by `performance.now()`. */
    async endsAt(): Promise<number> {
      // An upper bound of the time that is left, so that the end is never put too late by it.
      const now = performance.now()
      const [{ lastSeenAt } = { lastSeenAt: new Date(0) }] = await store.workers()
      return now + lastSeenAt.getTime() + LEASE_MS - Date.now()
    },
    async [Symbol.asyncDispose]() {
      keeper.stop()
      await keeper.ended
      await store.close()
      await folder[Symbol.asyncDispose]()
    },
  }
}

test('renews the lease for as long as it is told to', async () => {
  await using rig = await makeKeeper()
  const [first] = await rig.store.workers()
  await until('two lease times to pass', async () => {
    const [{ lastSeenAt } = first as NonNullable<typeof first>] = await rig.store.workers()
    return lastSeenAt.getTime() > (first?.lastSeenAt.getTime() ?? 0) + 2 * LEASE_MS
  })
  expect(rig.kept.lost).toEqual([])
  expect(rig.kept.opened).toBe(1)
  rig.keeper.stop()
  await rig.keeper.ended
})

const refusing: Line = () => Promise.reject(new Error('connect ECONNREFUSED'))
const silent: Line = () => new Promise(() => {})

test.each([
  ['refuses', refusing, 'ECONNREFUSED'],
  ['is silent', silent, 'does not answer'],
])('says that the lease is lost, before it ends, when the database %s', async (_, line, message) => {
  await using rig = await makeKeeper()
  await until('it to be kept', () => rig.kept.opened > 0)
  rig.kept.line = line
  await rig.keeper.ended
  const [lost] = rig.kept.lost
  expect(lost?.message).toContain(message)
  expect(rig.kept.lost).toHaveLength(1)
  expect(lost?.at).toBeLessThan(await rig.endsAt())
  expect((await rig.store.workers())[0]?.status).toBe('running')
})

test('a connection that has gone silent does not cost the lease: another one is opened', async () => {
  await using rig = await makeKeeper()
  await until('it to be kept', () => rig.kept.opened > 0)
  for (let round = 0; round < 3; round++) {
    const [told, silenced] = [rig.beats.length, rig.kept.opened]
    rig.kept.line = (_, call) => (rig.kept.opened <= silenced ? new Promise(() => {}) : call())
    await until('the database to be heard again', () => rig.beats.length > told)
    expect(rig.kept.opened).toBe(silenced + 1)
  }
  expect(rig.kept.lost).toEqual([])
})

test('says so at once when the lease was ended by others', async () => {
  await using rig = await makeKeeper()
  await rig.store.endLease(rig.lease)
  await rig.keeper.ended
  expect(rig.kept.lost).toMatchObject([{ message: 'its lease has ended' }])
})
