import { expect, test } from 'vitest'
import { total } from '../../src/core/histogram.ts'
import { newJob } from '../../src/testing/store-suite/jobs.ts'
import { until } from '../support/until.ts'
import { makeRig } from './rig.ts'

const DAY = 86_400_000
const causesOf = ({ store }: Awaited<ReturnType<typeof makeRig>>) =>
  store.causes({ since: Date.now() - DAY, slices: 1, limit: 100 })

test('failures of one cause share a fingerprint, and others do not', async () => {
  const work = (data: string) => {
    if (Number(data) % 3 === 0) throw new Error(`order ${data} has no address`)
    if (Number(data) % 3 === 1) throw new TypeError(`order ${data} is closed`)
  }
  await using rig = await makeRig({ work })
  await rig.enqueue(Array.from({ length: 30 }, (_, index) => String(index)))
  await rig.worker.start()
  await until('all to be done', () => rig.worker.isIdle())
  const causes = await causesOf(rig)
  expect(causes.map(({ latest, attempts, jobs }) => [latest.name, attempts, jobs]).sort()).toEqual([
    ['Error', 40, 10],
    ['TypeError', 40, 10],
  ])
  expect(causes.every(({ fingerprint }) => /^[0-9a-f]{12}$/.test(fingerprint))).toBe(true)
})

test('what failed without having run has a cause too: expired, not allowed, timed out', async () => {
  await using rig = await makeRig({ handler: { timeout: 0.05, retries: 0 }, work: () => new Promise(() => {}) })
  const job = { class: 'Job', method: 'run', args: '["x"]', maxAttempts: 1 }
  await rig.store.enqueue([
    newJob({ ...job, expiresInMs: 1 }),
    newJob({ ...job, method: 'missing' }),
    newJob({ ...job, class: 'Missing' }),
    newJob(job),
  ])
  await until('one to have expired', async () => (await rig.store.expire(10)).length === 1)
  await rig.worker.start()
  await until('all to have failed', async () => (await rig.store.count({ status: 'failed' })) === 4)
  const causes = await causesOf(rig)
  expect(causes.map(({ latest }) => latest.code ?? latest.name).sort()).toEqual([
    'EXPIRED',
    'HANDLER_UNKNOWN',
    'HANDLER_UNKNOWN',
    'TimeoutError',
  ])
})

test('a worker writes what it has counted, the last of it at its end', async () => {
  const work = (data: string) => {
    if (data === 'bad') throw new Error('bad')
  }
  await using rig = await makeRig({ work })
  await rig.enqueue(['good', 'bad', 'good'])
  await rig.worker.start()
  await until('all to be done', () => rig.worker.isIdle())
  await rig.worker.stop()
  const rows = await rig.store.metrics({ since: 0 })
  const sum = (of: (row: (typeof rows)[number]) => number) => rows.reduce((all, row) => all + of(row), 0)
  expect([sum((row) => row.completed), sum((row) => row.failed), sum((row) => row.retried)]).toEqual([2, 1, 3])
  expect([sum((row) => total(row.wait)), sum((row) => total(row.run))]).toEqual([6, 6])
})

test('rates that cannot be written hold up nothing; it is told what is missing', async () => {
  await using rig = await makeRig()
  rig.far.line = (name, call) => (name === 'addMetrics' ? Promise.reject(new Error('no such table')) : call())
  await rig.enqueue(['a', 'b'])
  await rig.worker.start()
  await until('all to be done', () => rig.worker.isIdle())
  await rig.worker.stop()
  expect(rig.told.worker.map(({ state }) => state)).toEqual(['started', 'stopping', 'warning', 'stopped'])
  expect(rig.told.worker[2]?.message).toBe('some rates could not be written, and are missing: no such table')
  expect(await rig.store.workers()).toEqual([])
})
