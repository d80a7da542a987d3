import { describe, expect, test, vi } from 'vitest'
import { type App, makeApp } from '../support/app.ts'
import { InlineJobs, ProcessJobs, ThreadJobs } from '../support/promise-jobs.ts'
import { isRunning, until } from '../support/until.ts'

vi.setConfig({ testTimeout: 120_000 })

const GRACE = 1_000
const HEARTBEAT = 300
/** What a busy machine may take on top. A cancel that does not work takes for ever. */
const MARGIN = 6_000
const worker = {
  grace: GRACE / 1_000,
  heartbeat: HEARTBEAT / 1_000,
  lease: '10s',
  concurrency: { process: 3, thread: 3 },
}
const all = ['process', 'thread', 'inline'] as const
const outcomes = (job: { attempts: readonly { outcome: unknown }[] }) => job.attempts.map(({ outcome }) => outcome)

/** Cancels running jobs by this process, which is not their worker; gives how long the slowest took to be cancelled. */
async function cancelAll(app: App, ids: readonly string[]): Promise<number> {
  const at = performance.now()
  expect((await app.offstage.jobs.cancel(ids)).map(({ result }) => result)).toEqual(ids.map(() => 'requested'))
  for (const id of ids) expect(await app.offstage.jobs.wait(id)).toMatchObject({ status: 'cancelled', attempt: 1 })
  return performance.now() - at
}

/** No line is added any more to what a job that never stops by itself writes every 20 ms. */
async function isSilent(app: App, name: string): Promise<void> {
  const before = app.notes(name).length
  await new Promise((resolve) => setTimeout(resolve, 400))
  expect(app.notes(name)).toHaveLength(before)
}

describe('cancel', () => {
  test('of a pending, a delayed and a retrying job is done at once, and it never runs', async () => {
    await using app = makeApp()
    const { runBackgroundJob, jobs } = app.offstage
    const running = await app.worker()
    const retrying = await runBackgroundJob(InlineJobs, 'flaky', ['retrying', 9], { retries: 3, backoff: 3_600 })
    await until('it waits for its retry', async () => (await jobs.get(retrying.id))?.reason === 'retrying')
    const delayed = await runBackgroundJob(InlineJobs, 'note', ['delayed'], { delay: 3_600 })
    await running.stop()
    const pending = await runBackgroundJob(InlineJobs, 'note', ['pending'])
    for (const { id } of [pending, delayed, retrying]) {
      expect(await jobs.cancel(id)).toMatchObject({ result: 'done' })
      expect((await jobs.get(id))?.status).toBe('cancelled')
    }
    // Nobody runs them, not even when they are due.
    const other = await app.worker()
    const next = await runBackgroundJob(InlineJobs, 'note', ['next'])
    await jobs.wait(next.id)
    expect([app.notes('pending'), app.notes('delayed'), app.notes('retrying').length]).toEqual([[], [], 1])
    expect(outcomes((await jobs.get(retrying.id)) ?? { attempts: [] })[0]).toBe('failed')
    // What has ended cannot be cancelled, and stays as it is.
    await expect(jobs.cancel(next.id)).rejects.toMatchObject({ code: 'JOB_STATE' })
    await expect(jobs.cancel(pending.id)).rejects.toMatchObject({ code: 'JOB_STATE' })
    expect(await jobs.get(next.id)).toMatchObject({ status: 'completed', attempt: 1 })
    expect((await other.stop()).code).toBe(0)
  })

  test('of a running and obedient job: its signal is aborted, and it has its grace to stop', async () => {
    await using app = makeApp({ jobs: all, config: { worker } })
    const { runBackgroundJob } = app.offstage
    const running = await app.worker()
    const stored = [
      await runBackgroundJob(ProcessJobs, 'obey', ['process'], { retries: 3 }),
      await runBackgroundJob(ThreadJobs, 'obey', ['thread'], { retries: 3 }),
      await runBackgroundJob(InlineJobs, 'obey', ['inline'], { retries: 3 }),
    ]
    for (const name of all) await app.noted(name)
    const took = await cancelAll(
      app,
      stored.map(({ id }) => id),
    )
    // Long before the grace is over, but for the margin.
    expect(took).toBeLessThan(HEARTBEAT + MARGIN)
    for (const name of all) expect(app.notes(name).map(({ word }) => word)).toEqual(['start', 'stopped'])
    // Their children were not killed for it: they run the next.
    const { pid } = await app.noted('process')
    expect(isRunning(pid)).toBe(true)
    expect((await running.stop()).code).toBe(0)
  })

  test('of a running and deaf job: killed after the grace, or inline given up and fenced off', async () => {
    await using app = makeApp({ jobs: all, config: { worker } })
    const { runBackgroundJob, jobs } = app.offstage
    const running = await app.worker()
    const stored = [
      await runBackgroundJob(ProcessJobs, 'loop', ['process'], { retries: 3 }),
      await runBackgroundJob(ThreadJobs, 'loop', ['thread'], { retries: 3 }),
      await runBackgroundJob(InlineJobs, 'deaf', ['inline'], { retries: 3 }),
    ]
    for (const name of all) await app.noted(name, { word: 'still' })
    const { pid } = await app.noted('process')
    const took = await cancelAll(
      app,
      stored.map(({ id }) => id),
    )
    expect(took).toBeGreaterThan(GRACE * 0.8)
    expect(took).toBeLessThan(GRACE + HEARTBEAT + MARGIN)
    await until('the child is gone', () => !isRunning(pid))
    await isSilent(app, 'process')
    await isSilent(app, 'thread')
    // Inline code cannot be ended. It goes on, and changes nothing.
    const inline = await jobs.get(stored[2]?.id ?? '')
    const lines = app.notes('inline').length
    await until('it goes on', () => app.notes('inline').length > lines + 5)
    expect(await jobs.get(stored[2]?.id ?? '')).toEqual(inline)
    // The worker is well, and starts nothing of this again.
    const next = await runBackgroundJob(ProcessJobs, 'note', ['next'])
    await jobs.wait(next.id)
    for (const name of all) expect(app.notes(name).filter(({ word }) => word === 'start')).toHaveLength(1)
    expect((await running.stop()).code).toBe(0)
  })

  test.each([
    ['which its worker cannot even hear of', 'loop', GRACE],
    ['into which its signal has brought it', 'loopOnAbort', 2 * GRACE + HEARTBEAT],
  ] as const)('of an inline job in an endless loop, %s', async (_, method, patience) => {
    await using app = makeApp({ config: { worker } })
    const { runBackgroundJob, jobs } = app.offstage
    const blocked = await app.worker()
    const { id } = await runBackgroundJob(InlineJobs, method, ['endless'], { retries: 3 })
    await app.noted('endless')
    const took = await cancelAll(app, [id])
    expect(took).toBeLessThan(patience + HEARTBEAT + MARGIN)
    const cancelled = await jobs.get(id)
    expect(cancelled?.error?.message).toContain('given up')
    // What it was is over, also when its worker ends at last.
    await blocked.stop('SIGKILL')
    const other = await app.worker()
    const next = await runBackgroundJob(InlineJobs, 'note', ['next'])
    await jobs.wait(next.id)
    expect(await jobs.get(id)).toEqual(cancelled)
    expect(app.notes('endless').filter(({ attempt }) => attempt > 1)).toEqual([])
    expect((await other.stop()).code).toBe(0)
  })

  test('of a job in a process whose worker is blocked: it is not said to be cancelled before it has stopped', async () => {
    await using app = makeApp({ jobs: all, config: { worker } })
    const { runBackgroundJob, jobs } = app.offstage
    await app.worker()
    const { id } = await runBackgroundJob(ProcessJobs, 'loop', ['process'])
    const { pid } = await app.noted('process')
    await runBackgroundJob(InlineJobs, 'block', ['blocker', 3 * GRACE])
    await app.noted('blocker', { word: 'start' })
    await jobs.cancel(id)
    const seen = await until('it is cancelled', async () => {
      const running = isRunning(pid)
      const job = await jobs.get(id)
      return (job?.status === 'cancelled' || !running) && { job, running }
    })
    expect(seen.running).toBe(false)
    expect((await jobs.wait(id)).status).toBe('cancelled')
    expect(app.notes('blocker')).toHaveLength(2)
  })
})

describe('timeout', () => {
  test('of obedient and of deaf jobs; in a process and a thread the code has really stopped', async () => {
    await using app = makeApp({ jobs: all, config: { worker } })
    const { runBackgroundJob, jobs } = app.offstage
    const running = await app.worker()
    const options = { timeout: '500ms', retries: 0 }
    const obedient = [
      await runBackgroundJob(ProcessJobs, 'obey', ['obedient'], options),
      await runBackgroundJob(ThreadJobs, 'obey', ['obedient'], options),
      await runBackgroundJob(InlineJobs, 'obey', ['obedient'], options),
    ]
    const deaf = [
      await runBackgroundJob(ProcessJobs, 'loop', ['process'], options),
      await runBackgroundJob(ThreadJobs, 'loop', ['thread'], options),
      await runBackgroundJob(InlineJobs, 'deaf', ['inline'], options),
    ]
    for (const { id } of [...obedient, ...deaf]) {
      const job = await jobs.wait(id)
      expect(job).toMatchObject({ status: 'failed', reason: 'timed out', attempt: 1 })
      expect(outcomes(job)).toEqual(['timed_out'])
      const took = Number(job.finishedAt) - Number(job.startedAt)
      expect(took).toBeGreaterThanOrEqual(500)
      expect(took).toBeLessThan(500 + GRACE + MARGIN)
    }
    expect(app.notes('obedient').filter(({ word }) => word === 'stopped')).toHaveLength(3)
    const { pid } = await app.noted('process')
    await until('the child is gone', () => !isRunning(pid))
    await isSilent(app, 'process')
    await isSilent(app, 'thread')
    expect((await running.stop()).code).toBe(0)
  })

  test('is a failure like another: it is retried, and the next attempt has its own time', async () => {
    await using app = makeApp({ jobs: ['process'], config: { worker } })
    await app.worker()
    const { id } = await app.offstage.runBackgroundJob(ProcessJobs, 'ignore', ['notes', 60_000], {
      timeout: '300ms',
      retries: 1,
    })
    const job = await app.offstage.jobs.wait(id)
    expect(job).toMatchObject({ status: 'completed', attempt: 2, maxAttempts: 2 })
    expect(outcomes(job)).toEqual(['timed_out', 'completed'])
    expect(app.notes('notes').filter(({ word }) => word === 'end')).toHaveLength(1)
  })

  test('of an inline job in an endless loop: it is given up and runs again elsewhere', async () => {
    await using app = makeApp({ config: { worker } })
    const { runBackgroundJob, jobs } = app.offstage
    const blocked = await app.worker()
    const { id } = await runBackgroundJob(InlineJobs, 'loopOnce', ['endless'], { timeout: '500ms', retries: 1 })
    await app.noted('endless', { word: 'still' })
    const other = await app.worker()
    const job = await jobs.wait(id)
    expect(job).toMatchObject({ status: 'completed', attempt: 2 })
    expect(outcomes(job)).toEqual(['timed_out', 'completed'])
    await blocked.stop('SIGKILL')
    const next = await runBackgroundJob(InlineJobs, 'note', ['next'])
    await jobs.wait(next.id)
    expect(await jobs.get(id)).toEqual(job)
    expect((await other.stop()).code).toBe(0)
  })
})
