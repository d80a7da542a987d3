import { expect, test } from 'vitest'
import { type App, makeApp } from '../support/app.ts'
import { InlineJobs, ProcessJobs, ThreadJobs } from '../support/promise-jobs.ts'
import { until } from '../support/until.ts'

// The whole minute takes a whole minute: for a machine that has nothing else to do.
const SECONDS = process.env.OFFSTAGE_TEST_LONG ? 60 : Number(process.env.OFFSTAGE_TEST_SECONDS ?? 6)
const all = { process: 1, thread: 1, inline: 20 }

interface Stored {
  id: string
  status: string | null
  attempts: number[]
}

/** Every job with the numbers of the attempts that are recorded of it. */
function stored(app: App): Stored[] {
  return app.sqlite((raw) => {
    const rows = raw
      .prepare(
        `select j.id, max(a.status) as status, count(a.status) as ends, json_group_array(a.n order by a.n) as attempts
         from offstage_job j left join offstage_attempt a on a.seq = j.seq group by j.seq`,
      )
      .all() as { id: string; status: string | null; ends: number; attempts: string }[]
    // One outcome that ended it, and no second one.
    expect(rows.filter(({ ends }) => ends !== 1)).toEqual([])
    return rows.map(({ id, status, attempts }) => ({ id, status, attempts: JSON.parse(attempts) as number[] }))
  })
}

test('eight processes on one file: no busy error surfaces, and every job ran exactly as its attempts say', {
  timeout: SECONDS * 1_000 + 120_000,
}, async () => {
  await using app = makeApp({
    jobs: ['inline', 'process', 'thread'],
    config: { worker: { concurrency: all }, defaults: { retries: 3 } },
  })
  const workers = await Promise.all([1, 2, 3, 4].map(() => app.worker()))
  const producers = [1, 2, 3, 4].map((atOnce) => app.program('producer.ts', [String(atOnce), '0', '10,0,-10']))
  // The test's own process is one more, and brings jobs that fail and jobs of the other runtimes.
  const end = performance.now() + SECONDS * 1_000
  let own = 0
  while (performance.now() < end) {
    await Promise.all([
      app.offstage.runBackgroundJob(InlineJobs, 'flaky', ['notes', own % 3]),
      app.offstage.runBackgroundJob(ProcessJobs, 'flaky', ['notes', own % 2], { delay: 0.05 }),
      app.offstage.runBackgroundJob(ThreadJobs, 'note', ['notes']),
      new Promise((resolve) => setTimeout(resolve, 20)),
    ])
    own += 1
  }
  const answered = (await Promise.all(producers.map((producer) => producer.stop('SIGKILL')))).flatMap(
    ({ lines, stderr }) => {
      expect(stderr).toBe('')
      return lines
    },
  )
  const open = () => app.offstage.jobs.count({ status: ['pending', 'running'] })
  await until('every job has ended', async () => (await open()) === 0, 90_000)
  for (const worker of workers) {
    const { code, stderr } = await worker.stop()
    expect({ code, stderr: stderr.match(/busy|locked|\bError:/g) }).toEqual({ code: 0, stderr: null })
    expect(worker.events.filter(({ state }) => state && !/^(started|stopping|stopped)$/.test(state))).toEqual([])
    expect(worker.events.filter(({ event }) => event === 'stale')).toEqual([])
    expect(worker.events.filter(({ event }) => event === 'completed').length).toBeGreaterThan(0)
  }

  const ran = new Map<string, number[]>()
  for (const { id, attempt } of app.notes('notes')) ran.set(id, [...(ran.get(id) ?? []), attempt])
  const jobs = stored(app)
  expect(jobs.length).toBeGreaterThanOrEqual(answered.length + own * 3)
  expect(answered.length).toBeGreaterThan(100)
  expect(jobs.filter(({ status }) => status !== 'completed')).toEqual([])
  expect(jobs.filter(({ id, attempts }) => String(ran.get(id)) !== String(attempts))).toEqual([])
  expect(ran.size).toBe(jobs.length)
  const wanted = new Map<number, number>()
  for (const { attempts } of jobs) wanted.set(attempts.length, (wanted.get(attempts.length) ?? 0) + 1)
  expect(wanted.get(3) ?? 0).toBeGreaterThan(0)
})

test('workers killed with -9 one after the other: every job still ends once, after an attempt that has run', {
  timeout: 120_000,
}, async () => {
  await using app = makeApp({
    jobs: ['inline', 'process'],
    config: { worker: { concurrency: all }, defaults: { retries: 3 } },
  })
  const jobs = Array.from({ length: 300 }, (_, n) =>
    n % 10 === 0
      ? ([ProcessJobs, 'take', ['notes', 40]] as const)
      : n % 3 === 0
        ? ([InlineJobs, 'take', ['notes', 60]] as const)
        : ([InlineJobs, 'flaky', ['notes', n % 2]] as const),
  )
  await app.offstage.runBackgroundJobs(jobs)
  for (let kills = 0; kills < 4; kills++) {
    const noted = app.notes('notes').length
    const worker = await app.worker()
    await until('it has run some', () => app.notes('notes').length > noted + 10)
    await worker.stop('SIGKILL')
  }
  const last = await app.worker()
  const open = () => app.offstage.jobs.count({ status: ['pending', 'running'] })
  await until('every job has ended', async () => (await open()) === 0, 60_000)
  expect((await last.stop()).code).toBe(0)

  const started = new Set(app.notes('notes').map(({ id, attempt }) => `${id} ${attempt}`))
  const ended = stored(app)
  expect(ended).toHaveLength(300)
  for (const { id, status, attempts } of ended) {
    // A job that was about to run at each of the kills may be taken for what killed them: it says so then.
    expect(status).toMatch(/completed|failed/)
    if (status === 'completed') expect(started).toContain(`${id} ${attempts.at(-1)}`)
    expect(attempts).toEqual(attempts.map((_, index) => index + 1))
  }
  const crashed = app.sqlite((raw) =>
    raw.prepare(`select count(*) as count from offstage_attempt where outcome = 'crashed'`).get(),
  )
  expect(Number(crashed?.count)).toBeGreaterThan(0)
})
