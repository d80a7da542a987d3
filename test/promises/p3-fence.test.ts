import { expect, test, vi } from 'vitest'
import { makeApp } from '../support/app.ts'
import { InlineJobs, ProcessJobs } from '../support/promise-jobs.ts'
import { until } from '../support/until.ts'

vi.setConfig({ testTimeout: 120_000 })

const outcomes = (job: { attempts: readonly { outcome: unknown }[] }) => job.attempts.map(({ outcome }) => outcome)

test('an inline attempt that ignores its timeout and returns later changes nothing', async () => {
  await using app = makeApp({ config: { worker: { grace: '200ms' } } })
  const worker = await app.worker()
  const { id } = await app.offstage.runBackgroundJob(InlineJobs, 'ignore', ['notes', 3_000], {
    timeout: '200ms',
    retries: 1,
  })
  const job = await app.offstage.jobs.wait(id)
  expect(job).toMatchObject({ status: 'completed', result: 'result of attempt 2', progress: { of: 2 } })
  expect(outcomes(job)).toEqual(['timed_out', 'completed'])
  // The first one still runs: the second is done before it.
  expect(app.notes('notes').map(({ attempt, word }) => `${attempt} ${word}`)).toEqual(['1 start', '2 start', '2 end'])
  await app.noted('notes', { attempt: 1, word: 'end' })
  // By the time that another job is done, whatever the late one has caused is written.
  const other = await app.offstage.runBackgroundJob(InlineJobs, 'note', ['notes'])
  await app.offstage.jobs.wait(other.id)
  expect(await app.offstage.jobs.get(id)).toEqual(job)
  expect((await app.offstage.jobs.logs(id)).map(({ text }) => text)).toEqual(['line of attempt 2'])
  expect((await worker.stop()).code).toBe(0)
})

test('a worker that was frozen past its lease is refused when it goes on: settle, log and progress', async () => {
  await using app = makeApp({ config: { worker: { lease: '1s', heartbeat: '200ms' } } })
  const frozen = await app.worker()
  const { id } = await app.offstage.runBackgroundJob(InlineJobs, 'freeze', ['notes'])
  await app.noted('notes', { attempt: 1 })
  const other = await app.worker()
  const job = await app.offstage.jobs.wait(id)
  expect(job).toMatchObject({ status: 'completed', result: 'result of attempt 2', progress: { of: 2 } })
  expect(outcomes(job)).toEqual(['crashed', 'completed'])

  frozen.child.kill('SIGCONT')
  for (const write of ['settle', 'log', 'progress']) {
    const stale = await frozen.event((event) => event.event === 'stale' && event.write === write)
    expect(stale).toMatchObject({ id, attempt: 1 })
  }
  await frozen.event(({ event, state }) => event === 'worker' && state === 'lost')
  expect(app.notes('notes').map(({ attempt, word }) => `${attempt} ${word}`)).toEqual([
    '1 start',
    '2 start',
    '2 end',
    '1 end',
  ])
  expect(await app.offstage.jobs.get(id)).toEqual(job)
  expect((await app.offstage.jobs.logs(id)).map(({ text }) => text)).toEqual(['line of attempt 2'])
  expect(other.events.filter(({ event }) => event === 'stale')).toEqual([])

  // It takes part again, under a new lease.
  await other.stop()
  const next = await app.offstage.runBackgroundJob(InlineJobs, 'note', ['notes'])
  await frozen.event(({ event, id }) => event === 'completed' && id === next.id)
  expect((await frozen.stop()).code).toBe(0)
})

test('a child that ends its job while its worker is frozen is refused too, and the newer attempt goes on', async () => {
  await using app = makeApp({ jobs: ['process'], config: { worker: { lease: '2s', heartbeat: '200ms' } } })
  const frozen = await app.worker()
  const { id } = await app.offstage.runBackgroundJob(ProcessJobs, 'take', ['notes', 4_500])
  const { pid } = await app.noted('notes', { word: 'start' })
  frozen.child.kill('SIGSTOP')
  await app.worker()
  await app.noted('notes', { attempt: 2, word: 'start' })
  // Its child knows nothing of that, and finishes.
  await app.noted('notes', { attempt: 1, word: 'end' })
  frozen.child.kill('SIGCONT')
  expect(await frozen.event(({ event }) => event === 'stale')).toMatchObject({ id, attempt: 1, write: 'settle' })
  const job = await app.offstage.jobs.wait(id)
  expect(outcomes(job)).toEqual(['crashed', 'completed'])
  expect(job.result).not.toBe(pid)
  expect(app.notes('notes').filter(({ word }) => word === 'start')).toHaveLength(2)
})

test('an inline job that blocks its event loop for three leases is not claimed twice', async () => {
  await using app = makeApp({ config: { worker: { lease: '4s', heartbeat: '300ms' } } })
  const blocked = await app.worker()
  const { id } = await app.offstage.runBackgroundJob(InlineJobs, 'block', ['notes', 12_200])
  await app.noted('notes', { word: 'start' })
  const other = await app.worker()
  const job = await app.offstage.jobs.wait(id)
  expect(job).toMatchObject({ status: 'completed', attempt: 1 })
  expect(app.notes('notes').map(({ word }) => word)).toEqual(['start', 'end'])
  expect(Number(job.finishedAt) - Number(job.startedAt)).toBeGreaterThan(12_000)
  for (const { events } of [blocked, other]) {
    expect(events.filter(({ event, state }) => event === 'stale' || state === 'lost')).toEqual([])
  }
  // The other one was there, and free, all the time.
  await blocked.stop()
  const next = await app.offstage.runBackgroundJob(InlineJobs, 'note', ['notes'])
  await until('the other runs the next', () => other.events.some((event) => event.id === next.id))
})
