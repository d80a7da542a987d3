import { fileURLToPath } from 'node:url'
import { describe, expect, test, vi } from 'vitest'
import { makeApp, type SpawnOptions } from '../support/app.ts'
import { InlineJobs, ProcessJobs } from '../support/promise-jobs.ts'
import { until } from '../support/until.ts'

vi.setConfig({ testTimeout: 120_000 })

const MINUTES = 60_000
const preload = fileURLToPath(new URL('../support/skewed-clock.ts', import.meta.url))
const skewed = (minutes: number): SpawnOptions => ({
  node: ['--import', preload],
  env: { TEST_CLOCK_SKEW_MS: String(minutes * MINUTES) },
})

describe.each([5, -5])('a worker whose own clock is wrong by %i minutes', (minutes) => {
  test('runs delayed jobs when they are due, and retries after their backoff', async () => {
    await using app = makeApp({ jobs: ['inline', 'process'] })
    const { runBackgroundJob, jobs } = app.offstage
    await app.worker(skewed(minutes))
    const far = await runBackgroundJob(InlineJobs, 'note', ['far'], { delay: 120 })
    const near = await runBackgroundJob(ProcessJobs, 'note', ['near'], { delay: 1.5 })
    const retried = await runBackgroundJob(InlineJobs, 'flaky', ['retried', 1], { retries: 1, backoff: 1.5 })
    const job = await jobs.wait(near.id)
    expect(Number(job.startedAt) - Number(job.createdAt)).toBeGreaterThanOrEqual(1_500)
    const [first, second] = (await jobs.wait(retried.id)).attempts
    const waited = Number(second?.startedAt) - Number(first?.finishedAt)
    expect(waited).toBeGreaterThanOrEqual(1_400)
    // All that was stored is on one clock: this machine's.
    for (const time of [first?.startedAt, second?.finishedAt, job.createdAt, job.startedAt, job.finishedAt]) {
      expect(Math.abs(Number(time) - Date.now())).toBeLessThan(MINUTES)
    }
    expect(await jobs.get(far.id)).toMatchObject({ status: 'pending', reason: 'delayed', attempt: 0 })
    expect(app.notes('far')).toEqual([])
  })

  test('keeps its lease, and leaves those of others alone', async () => {
    await using app = makeApp({ config: { worker: { lease: '3s', heartbeat: '500ms' } } })
    const { runBackgroundJob, jobs } = app.offstage
    const right = await app.worker()
    const wrong = await app.worker(skewed(minutes))
    // Both of them are seen as alive all the time; a rescue looks ten times in a lease.
    const stored = [await runBackgroundJob(InlineJobs, 'take', ['notes', 2_000])]
    await app.noted('notes')
    stored.push(await runBackgroundJob(InlineJobs, 'take', ['notes', 2_000]))
    for (const { id } of stored) expect(await jobs.wait(id)).toMatchObject({ status: 'completed', attempt: 1 })
    for (const { events } of [right, wrong]) {
      expect(events.filter(({ event, state }) => event === 'stale' || state === 'lost' || state === 'warning')).toEqual(
        [],
      )
    }
    for (const worker of await app.offstage.workers.list()) expect(worker.status).toBe('running')

    // And it takes over from one that is frozen: after its lease, not before, and not five minutes later.
    await right.stop()
    const frozen = await app.worker()
    await wrong.stop()
    await runBackgroundJob(InlineJobs, 'freeze', ['frozen'])
    await app.noted('frozen')
    const frozenAt = Date.now()
    await app.worker(skewed(minutes))
    const { attempt } = await app.noted('frozen', { attempt: 2 })
    expect(attempt).toBe(2)
    expect(Date.now() - frozenAt).toBeLessThan(20_000)
    expect(frozen.events.filter(({ state }) => state === 'lost')).toEqual([])
  })
})

test('a producer whose own clock is wrong enqueues for now, and not for five minutes later', async () => {
  await using app = makeApp()
  await app.worker()
  for (const minutes of [5, -5]) {
    const producer = app.program('producer.ts', ['1', '3'], skewed(minutes))
    expect((await producer.ended).code).toBe(0)
  }
  await until('all of them have run', () => app.notes('notes').length === 6)
  const { jobs } = await app.offstage.jobs.list()
  for (const { createdAt, runAt, finishedAt } of jobs) {
    expect(Number(finishedAt) - Number(createdAt)).toBeLessThan(MINUTES)
    expect(Number(runAt)).toBe(Number(createdAt))
  }
})
