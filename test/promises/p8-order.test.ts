import { expect, test, vi } from 'vitest'
import { type App, makeApp } from '../support/app.ts'
import { InlineJobs } from '../support/promise-jobs.ts'
import { until } from '../support/until.ts'

vi.setConfig({ testTimeout: 120_000 })

/** What a busy machine may take from a claim, which is not stored, to the start of the code, which is. In ms. */
const CLAIM_TO_CODE = 200

interface Started {
  id: string
  priority: number
  runAt: number
  createdAt: number
  startedAt: number
}

/** All jobs in the order in which their code began. */
async function started(app: App): Promise<Started[]> {
  const notes = app.notes('notes').filter(({ word }) => word === 'start')
  const rows = app.sqlite((raw) =>
    raw
      .prepare(
        `select j.id, j.priority, j.run_at as runAt, j.created_at as createdAt, a.started_at as startedAt
         from offstage_job j join offstage_attempt a on a.seq = j.seq`,
      )
      .all(),
  ) as unknown as Started[]
  const byId = new Map(rows.map((row) => [row.id, row]))
  expect(notes).toHaveLength(rows.length)
  return notes.map(({ id }) => byId.get(id) as Started)
}

function inOrder(a: Started, b: Started): number {
  return b.priority - a.priority || a.runAt - b.runAt || (a.id < b.id ? -1 : 1)
}

const empty = (app: App) =>
  until('all is done', async () => (await app.offstage.jobs.count({ status: ['pending', 'running'] })) === 0, 60_000)

test('what several producers have stored starts in the order of priority, due time and id', async () => {
  await using app = makeApp({ config: { worker: { concurrency: 1 } } })
  const producers = [1, 4, 16].map((atOnce) => app.program('producer.ts', [String(atOnce), '120', '10,0,-10,3']))
  const hour = 3_600_000
  const now = Date.now()
  // Due for some time already, so that due time and time of storing are not the same.
  for (let n = 0; n < 60; n++) {
    const delay = new Date(now - ((n * 37) % 60) * hour)
    await app.offstage.runBackgroundJob(InlineJobs, 'note', ['notes'], { delay, priority: [10, 0, -10][n % 3] ?? 0 })
  }
  for (const { ended } of producers) expect((await ended).code).toBe(0)
  const { code } = await app.command(['work', '--drain']).ended
  expect(code).toBe(0)
  const order = await started(app)
  expect(order).toHaveLength(3 * 120 + 60)
  expect(order.map(({ id }) => id)).toEqual([...order].sort(inOrder).map(({ id }) => id))
})

test('while producers go on, a job starts before every other that was stored by then and is less urgent', async () => {
  await using app = makeApp({ config: { worker: { concurrency: 1 } } })
  // 40 ms each: too long to be claimed ahead, so that each claim is a choice among all that is there.
  const worker = await app.worker()
  const producers = [1, 2, 1].map((atOnce) =>
    app.program('producer.ts', [String(atOnce), '16', '10,0,-10', 'notes', '40']),
  )
  // Urgent ones in between, each when some more have started: these surely come while others wait.
  for (let urgent = 1; urgent <= 5; urgent++) {
    await until('some have started', () => app.notes('notes').length > urgent * 8)
    await app.offstage.runBackgroundJob(InlineJobs, 'take', ['notes', 40], { priority: 20 })
  }
  for (const { ended } of producers) expect((await ended).code).toBe(0)
  await empty(app)
  expect((await worker.stop()).code).toBe(0)
  const order = await started(app)
  expect(order).toHaveLength(53)
  let overtaken = 0
  for (const [index, job] of order.entries()) {
    for (const later of order.slice(index + 1)) {
      if (inOrder(later, job) > 0) continue
      // More urgent and yet later: then it was not there when this one was claimed.
      overtaken += 1
      expect(later.createdAt + CLAIM_TO_CODE).toBeGreaterThanOrEqual(job.startedAt)
    }
  }
  expect(overtaken).toBeGreaterThanOrEqual(5)
})
