import { expect, test, vi } from 'vitest'
import { type App, makeApp } from '../support/app.ts'
import { ProcessJobs } from '../support/promise-jobs.ts'
import { isRunning, until } from '../support/until.ts'

vi.setConfig({ testTimeout: 90_000 })

/** A file that another program keeps locked is what an outage is to a server. */
async function lock(app: App, ms: number): Promise<void> {
  const holder = app.program('lock-holder.ts', [app.file('jobs.db'), String(ms)])
  await holder.said(1)
}

test('a worker that cannot renew its lease ends its jobs before the lease ends, and goes on when it can', async () => {
  const worker = { lease: '3s', heartbeat: '300ms' }
  await using app = makeApp({ jobs: ['process'], config: { worker } })
  const spawned = await app.worker()
  const { id } = await app.offstage.runBackgroundJob(ProcessJobs, 'take', ['notes', 60_000])
  const { pid } = await app.noted('notes')
  await lock(app, 10_000)
  await spawned.event(({ state }) => state === 'lost')
  await until('the job to have ended', () => !isRunning(pid))
  const [lease] = app.sqlite((raw) => raw.prepare('select expires_at from offstage_worker').all()) as [
    { expires_at: number },
  ]
  expect(Date.now()).toBeLessThan(lease.expires_at)
  // It has spent nothing by it: it was ended in good order, and nobody had taken it over.
  await until('the job to run again', () => app.notes('notes').length === 2)
  expect(app.notes('notes').map(({ attempt }) => attempt)).toEqual([1, 1])
  expect(await app.offstage.jobs.get(id)).toMatchObject({ status: 'running', attempt: 1 })
  await app.offstage.jobs.cancel(id)
  expect((await app.offstage.jobs.wait(id)).status).toBe('cancelled')
  expect((await spawned.stop()).code).toBe(0)
})

test('SIGTERM while the database is away: the worker ends within its grace and some seconds', async () => {
  await using app = makeApp({ jobs: ['process'] })
  const spawned = await app.worker()
  await app.offstage.runBackgroundJob(ProcessJobs, 'take', ['notes', 60_000])
  const { pid } = await app.noted('notes')
  await lock(app, 20_000)
  const beganAt = performance.now()
  const { code } = await spawned.stop()
  expect(performance.now() - beganAt).toBeLessThan(12_000)
  expect(code).toBe(0)
  expect(isRunning(pid)).toBe(false)
  expect(spawned.events.some(({ state }) => state === 'warning')).toBe(true)
})
