import { beforeEach, expect, test } from 'vitest'
import { percentile, total } from '../../src/core/histogram.ts'
import { Measurement, measured } from '../../src/store/measure.ts'
import type { ClaimedJob, Settlement, Store } from '../../src/store/store.ts'
import { openStore } from '../../src/stores/open.ts'
import { ManualClock } from '../../src/testing/index.ts'
import {
  cancelled,
  claimJobs,
  claimOne,
  completed,
  crashed,
  failed,
  newJob,
  newJobs,
  newLease,
  released,
  retried,
  snoozed,
} from '../../src/testing/store-suite/jobs.ts'

const MINUTE = 60_000

let clock: ManualClock
let store: Store
let measurement: Measurement
let lease: number

beforeEach(async () => {
  clock = new ManualClock()
  measurement = new Measurement()
  store = measured(await openStore('sqlite::memory:', { clock: clock.now }), measurement, clock.now)
  await store.migrate()
  lease = await newLease(store)
})

/** Claims one job for each way to end, ends them so, and returns what was counted. */
async function settled(...ends: ((held: { lease: number; job: ClaimedJob }, at: number) => Settlement)[]) {
  await store.enqueue(newJobs(ends.length))
  clock.advance(1_000)
  const jobs = await claimJobs(store, lease)
  const startedAt = clock.now()
  clock.advance(20)
  await store.settle(ends.map((end, i) => ({ ...end({ lease, job: jobs[i] as ClaimedJob }, clock.now()), startedAt })))
  return measurement.take()
}

test('counts what attempts came to, how long they waited and how long they ran', async () => {
  const ends = [completed, completed, completed, failed, cancelled, retried, crashed]
  const rows = await settled(...ends)
  expect(rows).toHaveLength(1)
  const [row] = rows as [NonNullable<(typeof rows)[number]>]
  expect(row).toMatchObject({ class: 'SampleJob', method: 'process', queue: 'default' })
  expect(row).toMatchObject({ completed: 3, failed: 1, cancelled: 1, retried: 2 })
  expect(row.at).toBe(clock.now() - (clock.now() % MINUTE))
  expect([total(row.wait), total(row.run)]).toEqual([7, 7])
  expect(percentile(row.run, 0.5)).toBeCloseTo(20, -1)
  expect((percentile(row.wait, 0.5) as number) / 1_000).toBeCloseTo(1, 0)
  expect(measurement.take()).toEqual([])
})

test('counts nothing of what was given back, snoozed or refused', async () => {
  expect(await settled((held, at) => snoozed(held, at, 0), released)).toEqual([])
  const job = await claimOne(store, lease)
  const late = completed({ lease, job }, clock.now())
  await store.settle([late])
  expect(measurement.take()).toMatchObject([{ completed: 1 }])
  const other = await claimOne(store, lease)
  await store.settle([late, completed({ lease, job: other }, clock.now()), late])
  expect(measurement.take()).toMatchObject([{ completed: 1 }])
})

test('a retry waits from when it was due again', async () => {
  await store.enqueue([newJob()])
  const first = await claimOne(store, lease)
  await store.settle([retried({ lease, job: first }, clock.now(), 60_000)])
  measurement.take()
  clock.advance(60_000)
  const second = await claimOne(store, lease)
  clock.advance(5)
  await store.settle([completed({ lease, job: second }, clock.now(), { startedAt: clock.now() - 5 })])
  expect(percentile(measurement.take()[0]?.wait ?? {}, 1)).toBe(0)
})

test('an attempt without a start has no durations', async () => {
  const [row] = await settled(failed)
  expect(total(row?.run ?? {})).toBe(1)
  await store.enqueue([newJob()])
  const job = await claimOne(store, lease)
  await store.settle([failed({ lease, job }, clock.now(), { startedAt: undefined })])
  expect(measurement.take()).toMatchObject([{ failed: 1, wait: {}, run: {} }])
})

test('counts what expired', async () => {
  await store.enqueue(newJobs(3, { expiresInMs: 1_000 }))
  clock.advance(2_000)
  await store.expire(10)
  expect(measurement.take()).toMatchObject([{ failed: 3, completed: 0, run: {} }])
})

test('keeps minutes, handlers and queues apart, however they are mixed', async () => {
  const kinds = [{}, { method: 'other' }, { class: 'Other' }, { queue: 'q' }]
  for (let minute = 0; minute < 2; minute++) {
    await store.enqueue(Array.from({ length: 40 }, (_, i) => newJob(kinds[i % 4])))
    const jobs = await claimJobs(store, lease)
    await store.settle(jobs.map((job) => completed({ lease, job }, clock.now())))
    clock.advance(MINUTE)
  }
  expect(measurement.size).toBe(8)
  const rows = measurement.take()
  expect(rows.every(({ completed }) => completed === 10)).toBe(true)
  expect(new Set(rows.map(({ at, class: name, method, queue }) => `${at} ${name} ${method} ${queue}`)).size).toBe(8)
})
