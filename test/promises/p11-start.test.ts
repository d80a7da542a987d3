import { expect, test, vi } from 'vitest'
import { makeApp } from '../support/app.ts'
import { OwnPostgres } from '../support/own-postgres.ts'
import { InlineJobs } from '../support/promise-jobs.ts'
import { until } from '../support/until.ts'

vi.setConfig({ testTimeout: 120_000 })

test('a worker that is started before its server waits for it, says so, and then works', async () => {
  await using server = await OwnPostgres.create()
  await using app = makeApp({ database: server.url })
  await server.stop()
  const waiting = [app.command(['work']), app.command(['start', '--json'])]
  for (const worker of waiting) {
    await until('it to be told', () => /no server answers .* the worker keeps trying/.test(worker.stderr()))
  }
  await server.start()
  for (const worker of waiting) {
    await until('it to be back', () => /the database answers again/.test(worker.stderr()))
    // Told once, however often it was tried.
    expect(worker.stderr().match(/keeps trying/g)).toHaveLength(1)
  }
  await app.offstage.runBackgroundJob(InlineJobs, 'note', ['notes'])
  await app.noted('notes')
  for (const worker of waiting) expect((await worker.stop()).code).toBe(0)
})

test.each(['SIGTERM', 'SIGINT'] as const)('a worker that waits for its server ends at once: %s', async (signal) => {
  await using app = makeApp({ database: 'postgres://postgres@127.0.0.1:1/app' })
  const worker = app.command(['work'])
  await until('it to be told', () => /keeps trying/.test(worker.stderr()))
  const beganAt = performance.now()
  await worker.stop(signal)
  expect(performance.now() - beganAt).toBeLessThan(5_000)
})

test('what time does not heal ends the start at once', async () => {
  await using server = await OwnPostgres.create()
  for (const [database, code] of [
    [`postgres://nobody@127.0.0.1:${server.port}/postgres`, 3],
    [`postgres://postgres@127.0.0.1:${server.port}/missing`, 3],
    ['weird://127.0.0.1/x', 2],
  ] as const) {
    await using app = makeApp({ database })
    const { stderr, code: ended } = await app.command(['work']).ended
    expect(ended, stderr).toBe(code)
    expect(stderr).not.toContain('keeps trying')
  }
})
