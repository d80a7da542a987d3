import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import type { JobDetail } from '../../src/core/job.ts'
import { SCHEDULE_TAG } from '../../src/core/schedule.ts'
import { openStore } from '../../src/stores/open.ts'
import { type App, makeApp } from '../support/app.ts'
import { onServers, type Place } from '../support/on-servers.ts'
import { until } from '../support/until.ts'

vi.setConfig({ testTimeout: 120_000 })

const SECOND_MS = 1_000
const HOUR_MS = 3_600_000
const WORKERS = 5
const SLOTS = 8

/** The jobs of a schedule, in the order of their slots. */
async function jobsOf(app: App, name: string): Promise<JobDetail[]> {
  const { jobs } = await app.offstage.jobs.list({ tag: SCHEDULE_TAG + name, limit: 1_000 })
  const all = await Promise.all(jobs.map(async ({ id }) => (await app.offstage.jobs.get(id)) as JobDetail))
  return all.sort((a, b) => Number(a.runAt) - Number(b.runAt))
}

/** Puts the next slot of every schedule back, as if nobody had been there since. */
async function putBack({ url }: Place, ms: number): Promise<void> {
  const store = await openStore(url)
  try {
    const rows = await store.schedules.take()
    for (const { name } of rows) await store.schedules.remove(String(name))
    await store.schedules.receive(rows.map((row) => ({ ...row, next_at: Number(row.next_at) - ms })))
  } finally {
    await store.close()
  }
}

function promises(open: () => Promise<Place>): void {
  test('P9: five workers, some of them killed with -9, enqueue each second of a schedule once', async () => {
    await using place = await open()
    const schedules = { secondly: ['* * * * * *', 'InlineJobs', 'note', ['notes']] }
    await using app = makeApp({
      database: place.url,
      config: { schedules, worker: { lease: '2s', heartbeat: '300ms' } },
    })
    const workers = await Promise.all(Array.from({ length: WORKERS }, () => app.worker()))
    const enough = async (slots: number) =>
      await until('slots', async () => (await jobsOf(app, 'secondly')).length >= slots)
    for (const worker of workers.slice(0, 3)) {
      await enough((workers.indexOf(worker) + 1) * 2)
      await worker.stop('SIGKILL')
      await app.worker()
    }
    await enough(SLOTS)
    const jobs = await jobsOf(app, 'secondly')
    const slots = jobs.map(({ runAt }) => Number(runAt))
    const first = slots[0] as number
    expect(slots).toEqual(slots.map((_, n) => first + n * SECOND_MS))
    await app.offstage.schedules.pause('secondly')
    await until('all have ended', async () => (await app.offstage.jobs.count({ status: ['pending', 'running'] })) === 0)
    // A worker that was killed may have begun one of them: then it has more than one attempt.
    const stored = await jobsOf(app, 'secondly')
    expect(stored.every(({ status }) => status === 'completed')).toBe(true)
    expect(new Set(app.notes('notes').map(({ id }) => id)).size).toBe(stored.length)
  })

  test('P9: slots that came while no worker ran follow skip, once and all', async () => {
    await using place = await open()
    // Half an hour from now, so that none of them comes by itself.
    const minute = (new Date().getUTCMinutes() + 30) % 60
    const each = (missed: string) => [`${minute} * * * *`, 'InlineJobs', 'note', [missed], { missed }]
    const schedules = { skip: each('skip'), once: each('once'), all: each('all') }
    await using app = makeApp({ database: place.url, config: { schedules } })
    const before = await app.worker()
    await until('they are stored', async () => (await app.offstage.schedules.list()).length === 3)
    await before.stop('SIGKILL')
    await putBack(place, 5 * HOUR_MS)
    const workers = await Promise.all([app.worker(), app.worker(), app.worker()])
    const isDone = async () => (await app.offstage.schedules.list()).every(({ nextAt }) => Number(nextAt) > Date.now())
    await until('all slots are done', isDone)
    for (const worker of workers) expect((await worker.stop()).code).toBe(0)

    const all = (await jobsOf(app, 'all')).map(({ runAt }) => Number(runAt))
    const last = all.at(-1) as number
    expect(last).toBeLessThan(Date.now())
    expect(all).toEqual([4, 3, 2, 1, 0].map((hours) => last - hours * HOUR_MS))
    expect((await jobsOf(app, 'once')).map(({ runAt }) => Number(runAt))).toEqual([last])
    expect(await jobsOf(app, 'skip')).toEqual([])
    expect(app.notes('all')).toHaveLength(5)
    expect(app.notes('once')).toHaveLength(1)
  })
}

describe('SQLite', () => {
  promises(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'offstage-schedules-'))
    return {
      url: `sqlite:${join(folder, 'jobs.db')}`,
      async [Symbol.asyncDispose]() {
        rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
      },
    }
  })
})

await onServers(promises)
