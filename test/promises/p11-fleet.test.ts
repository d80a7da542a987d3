import { expect, test, vi } from 'vitest'
import { makeApp } from '../support/app.ts'
import { OwnPostgres } from '../support/own-postgres.ts'
import { until } from '../support/until.ts'

vi.setConfig({ testTimeout: 300_000, hookTimeout: 60_000 })

const WORKERS = 12
const PRODUCERS = 4
const SECONDS = 60

test('twelve workers and four producers for a minute: each job has exactly the attempts it claims', async () => {
  await using server = await OwnPostgres.create(['max_connections=200'])
  await using app = makeApp({ database: server.url })
  const workers = await Promise.all(Array.from({ length: WORKERS }, () => app.worker()))
  const producers = Array.from({ length: PRODUCERS }, () =>
    app.program('fleet-producer.ts', [server.url, app.file('notes'), String(SECONDS)]),
  )
  const stored: { id: string; failures: number }[] = []
  for (const producer of producers) {
    const { code, lines, stderr } = await producer.ended
    expect(stderr).toBe('')
    expect(code).toBe(0)
    for (const line of lines) stored.push(JSON.parse(line))
  }
  expect(stored.length).toBeGreaterThan(1_000)
  const left = () => app.offstage.jobs.count({ status: ['pending', 'running'] })
  await until('all have ended', async () => (await left()) === 0, 120_000)

  expect(await app.offstage.jobs.count({ status: 'completed' })).toBe(stored.length)
  const ran = Map.groupBy(app.notes('notes'), ({ id }) => id)
  const wrong = stored.filter(({ id, failures }) => {
    const attempts = ran.get(id)?.map(({ attempt }) => attempt) ?? []
    return attempts.join() !== Array.from({ length: failures + 1 }, (_, i) => i + 1).join()
  })
  expect(wrong.map(({ id }) => ran.get(id))).toEqual([])
  const rows = await server.query<{ jobs: string; attempts: string }>(
    'select count(distinct seq) as jobs, count(*) as attempts from offstage.attempt',
  )
  const attempts = stored.reduce((sum, { failures }) => sum + failures + 1, 0)
  expect(rows).toEqual([{ jobs: String(stored.length), attempts: String(attempts) }])
  for (const worker of workers) {
    expect(worker.events.filter(({ event }) => event === 'stale')).toEqual([])
    expect((await worker.stop()).code).toBe(0)
  }
  expect(
    (await server.query("select 1 from pg_stat_activity where application_name like 'offstage%'")).length,
  ).toBeLessThan(8)
})
