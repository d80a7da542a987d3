import { fileURLToPath } from 'node:url'
import { describe, expect, test, vi } from 'vitest'
import { makeApp, type SpawnOptions } from '../support/app.ts'
import { temporaryDatabase, withMysql } from '../support/mysql.ts'
import { temporarySchema, withPostgres } from '../support/postgres.ts'
import { InlineJobs } from '../support/promise-jobs.ts'

vi.setConfig({ testTimeout: 120_000 })

const MINUTES = 60_000
const preload = fileURLToPath(new URL('../support/skewed-clock.ts', import.meta.url))
const skewed = (minutes: number): SpawnOptions => ({
  node: ['--import', preload],
  env: { TEST_CLOCK_SKEW_MS: String(minutes * MINUTES) },
})

/** Workers on other machines have other clocks; the server has one. */
async function clocksDoNotMatter(database: string): Promise<void> {
  await using app = makeApp({ database, config: { worker: { lease: '6s', heartbeat: '500ms' } } })
  const { runBackgroundJob, jobs } = app.offstage
  const workers = [await app.worker(skewed(5)), await app.worker(skewed(-5))]
  const far = await runBackgroundJob(InlineJobs, 'note', ['far'], { delay: 120 })
  const near = await Promise.all(
    Array.from({ length: 20 }, () => runBackgroundJob(InlineJobs, 'note', ['near'], { delay: 1.5 })),
  )
  // Longer than a lease: both workers are seen as alive by each other all the time.
  const long = await Promise.all(Array.from({ length: 4 }, () => runBackgroundJob(InlineJobs, 'take', ['long', 8_000])))
  const retried = await runBackgroundJob(InlineJobs, 'flaky', ['retried', 1], { retries: 1, backoff: 1.5 })
  for (const { id } of near) {
    const job = await jobs.wait(id)
    expect(job).toMatchObject({ status: 'completed', attempt: 1 })
    expect(Number(job.startedAt) - Number(job.createdAt)).toBeGreaterThanOrEqual(1_490)
    for (const time of [job.createdAt, job.startedAt, job.finishedAt]) {
      expect(Math.abs(Number(time) - Date.now())).toBeLessThan(MINUTES)
    }
  }
  for (const { id } of long) expect(await jobs.wait(id)).toMatchObject({ status: 'completed', attempt: 1 })
  const [first, second] = (await jobs.wait(retried.id)).attempts
  expect(Number(second?.startedAt) - Number(first?.finishedAt)).toBeGreaterThanOrEqual(1_400)
  expect(await jobs.get(far.id)).toMatchObject({ status: 'pending', reason: 'delayed' })
  for (const worker of workers) {
    const trouble = worker.events.filter(({ event, state }) => event === 'stale' || state === 'lost')
    expect(trouble).toEqual([])
    expect((await worker.stop()).code).toBe(0)
  }
}

await withPostgres(() => {
  describe('PostgreSQL', () => {
    test('two workers whose clocks are ten minutes apart: due times and leases are those of the server', async () => {
      await using schema = temporarySchema()
      await clocksDoNotMatter(schema.url())
    })
  })
})

await withMysql(() => {
  describe('MariaDB', () => {
    test('two workers whose clocks are ten minutes apart: due times and leases are those of the server', async () => {
      await using database = await temporaryDatabase()
      await clocksDoNotMatter(database.url)
    })
  })
})
