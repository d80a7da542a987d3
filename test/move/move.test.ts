import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { secret } from '../../src/index.ts'
import { type App, makeApp } from '../support/app.ts'
import { InlineJobs } from '../support/promise-jobs.ts'
import { aTerminal, Terminal } from '../support/terminal.ts'
import { until } from '../support/until.ts'
import { everyJob, makePlace } from './places.ts'

vi.setConfig({ testTimeout: 120_000 })
afterEach(() => {
  delete process.env.OFFSTAGE_SECRET_KEY
})

const list = (count: number, options = {}) =>
  Array.from({ length: count }, () => [InlineJobs, 'note', ['notes'], options] as const)

/** Runs `offstage move` to its end; what it reports. */
async function move(app: App, to: string, ...flags: string[]) {
  const { code, lines, stderr } = await app.command(['move', '--to', to, '--json', ...flags]).ended
  return { code, stderr, report: lines.length === 0 ? undefined : JSON.parse(lines.join('')) }
}

describe('what is left', () => {
  test('a job that runs is waited for, and reported when it takes longer; the next run finishes', async () => {
    await using app = makeApp()
    await using next = await makePlace('SQLite')
    const worker = await app.worker()
    await app.offstage.runBackgroundJob(InlineJobs, 'take', ['notes', 4_000])
    await app.noted('notes', { word: 'start' })
    await app.offstage.runBackgroundJobs(list(3, { delay: '1h' }))
    const first = await move(app, next.url, '--wait', '100ms')
    expect(first).toMatchObject({ code: 1, report: { complete: false, pending: 3, left: { running: 1, pending: 0 } } })
    const second = await move(app, next.url, '--wait', '30s')
    expect(second).toMatchObject({ code: 0, report: { complete: true, pending: 0, left: { running: 0 } } })
    // It ended here, and stays here.
    expect(await app.offstage.jobs.count({ status: 'completed' })).toBe(1)
    expect(await next.store.count({})).toBe(3)
    expect((await worker.stop()).code).toBe(0)
  })

  test('the jobs of a worker that died are given back, and moved with what they count', async () => {
    await using app = makeApp()
    await using next = await makePlace('SQLite')
    const worker = await app.worker()
    const { id } = await app.offstage.runBackgroundJob(InlineJobs, 'take', ['notes', 60_000], { retries: 3 })
    await app.noted('notes')
    await worker.stop('SIGKILL')
    expect(await move(app, next.url)).toMatchObject({ code: 0, report: { complete: true, pending: 1 } })
    const job = await next.store.get(id)
    expect(job).toMatchObject({ status: 'pending', attempt: 1, maxAttempts: 5 })
    expect(job?.attempts).toMatchObject([{ outcome: 'crashed', error: { name: 'WorkerLost' } }])
    // Shown as run by whom it was.
    expect(job?.attempts[0]?.workerId).toMatch(/./)
  })

  test('with the history all that ended goes, too, and what else is kept is copied', async () => {
    await using app = makeApp()
    await using next = await makePlace('SQLite')
    await app.offstage.runBackgroundJobs([...list(1_200), [InlineJobs, 'flaky', ['notes', 5]]])
    expect((await app.command(['work', '--drain']).ended).code).toBe(0)
    expect((await app.command(['users', 'add', 'ann@example.org', '--role', 'admin']).ended).code).toBe(0)
    await using old = await openedStore(app)
    const before = await everyJob(old.store)
    const plain = await move(app, next.url)
    expect(plain).toMatchObject({ code: 0, report: { pending: 0, finished: 0, users: 0 } })
    const { code, report } = await move(app, next.url, '--history')
    expect({ code, ...report }).toMatchObject({ code: 0, complete: true, finished: 1_201, users: 1 })
    expect(report.auditEntries).toBeGreaterThan(0)
    expect(await everyJob(next.store)).toEqual(before)
    expect((await everyJob(old.store)).size).toBe(0)
  })
})

async function openedStore(app: App) {
  const { openStore } = await import('../../src/stores/open.ts')
  const store = await openStore(app.database)
  return { store, [Symbol.asyncDispose]: () => store.close() }
}

test('secrets stay sealed on the way, and are opened by the key that they were sealed with', async () => {
  process.env.OFFSTAGE_SECRET_KEY = randomBytes(32).toString('base64')
  await using app = makeApp()
  await using next = await makePlace('SQLite')
  await using target = makeApp({ database: next.url })
  const { id } = await app.offstage.runBackgroundJob(InlineJobs, 'note', [secret('secret-notes')])
  expect(await move(app, next.url)).toMatchObject({ code: 0, report: { pending: 1 } })
  expect((await next.store.get(id))?.args).toEqual(['[secret]'])
  const env = { OFFSTAGE_SECRET_KEY: process.env.OFFSTAGE_SECRET_KEY ?? '' }
  expect((await target.command(['work', '--drain'], { env }).ended).code).toBe(0)
  expect(target.notes('secret-notes')).toMatchObject([{ id, attempt: 1 }])
})

test('Ctrl-C ends it after a batch, and the next run goes on', async () => {
  await using app = makeApp()
  await using next = await makePlace('SQLite')
  for (let n = 0; n < 6; n++) await app.offstage.runBackgroundJobs(list(5_000))
  const mover = app.command(['move', '--to', next.url, '--json'])
  await until('it has begun', async () => (await next.store.moving.count()).pending > 0)
  const { code, stderr, lines } = await mover.stop('SIGINT')
  const report = JSON.parse(lines.join(''))
  expect({ code, ...report }).toMatchObject({ code: 130, interrupted: true, complete: false, left: { underWay: 0 } })
  expect(stderr).toContain('run the same command to go on')
  expect(report.pending + report.left.pending).toBe(30_000)
  expect((await move(app, next.url)).report).toMatchObject({ complete: true, pending: report.left.pending })
  expect((await next.store.moving.count()).pending).toBe(30_000)
})

test('--dry-run says how many there are, and makes nothing', async () => {
  await using app = makeApp()
  await app.offstage.runBackgroundJobs([...list(5), ...list(2, { delay: '1h' })])
  const to = `sqlite:${app.file('new.db')}`
  const wanted = { dryRun: true, targetExists: false, pending: 7, running: 0, finished: 0, stay: 0 }
  expect(await move(app, to, '--dry-run')).toMatchObject({ code: 0, report: wanted })
  expect(existsSync(app.file('new.db'))).toBe(false)
  expect(await app.offstage.jobs.count({ status: 'pending' })).toBe(7)
  const { lines } = await app.command(['move', '--to', to, '--dry-run']).ended
  expect(lines).toEqual([`this would move 7 jobs to ${to}, which does not exist yet`])
})

test('what cannot be is said, with nothing changed', async () => {
  await using app = makeApp()
  await app.offstage.runBackgroundJobs(list(2))
  const refusals: [string[], number, RegExp][] = [
    [['--to', app.database], 2, /--to names the database that the jobs are in/],
    [['--to', 'sqlite:jobs.db'], 2, /--to names the database that the jobs are in/],
    [['--to', 'sqlite::memory:'], 2, /in memory/],
    [['--to', 'oracle://x/y'], 2, /no database of the kind "oracle:"/],
    [['--to', 'sqlite:no/such/folder/jobs.db'], 3, /folder of the database does not exist/],
    [['--to', 'sqlite:new.db', '--wait', 'soon'], 2, /--wait is "soon"/],
    [[], 2, /--to/],
  ]
  for (const [flags, wanted, why] of refusals) {
    const { code, stderr, lines } = await app.command(['move', ...flags]).ended
    expect([code, lines], flags.join(' ')).toEqual([wanted, []])
    expect(stderr).toMatch(why)
  }
  await using old = await openedStore(app)
  expect(await old.store.moving.departure()).toBeUndefined()
  expect(await old.store.moving.count()).toEqual({ pending: 2, running: 0, underWay: 0 })
})

test('there and back again: nobody is told any more that it was moved away', async () => {
  await using app = makeApp()
  await using next = await makePlace('SQLite')
  await app.offstage.runBackgroundJobs(list(4))
  const before = [...(await everyJob((await openedStore(app)).store)).values()]
  expect((await move(app, next.url)).code).toBe(0)
  const told = await app.command(['jobs', 'list']).ended
  expect(told.stderr).toMatch(/^offstage: this database was moved to sqlite:[^\n]+$/m)
  const doctor = await app.command(['doctor']).ended
  expect(doctor.lines.join('\n')).toMatch(/^warning +move +moved to sqlite:.*: let the app and its workers use that/m)
  const back = await app.command(['move', '--database', next.url, '--to', app.database, '--json']).ended
  expect(JSON.parse(back.lines.join(''))).toMatchObject({ complete: true, pending: 4, duplicates: 0 })
  const listed = await app.command(['jobs', 'list', '--json']).ended
  expect(listed.stderr).toBe('')
  expect(
    JSON.parse(listed.lines.join(''))
      .jobs.map((job: { id: string }) => job.id)
      .toSorted(),
  ).toEqual(before.map(({ id }) => id).toSorted())
})

test('on a terminal it shows a bar, and leaves its report', aTerminal, async () => {
  await using app = makeApp()
  await using next = await makePlace('SQLite')
  for (let n = 0; n < 4; n++) await app.offstage.runBackgroundJobs(list(5_000))
  const main = new URL('../../src/cli/main.ts', import.meta.url).pathname
  const terminal = new Terminal([process.execPath, main, 'move', '--to', next.url], { cwd: app.folder, columns: 100 })
  expect(await terminal.ended).toBe(0)
  expect(terminal.output).toMatch(/\[#+-*\] [\d,]+ of 20,000 jobs, [\d,]+\/s/)
  const shown = terminal.output.slice(terminal.output.lastIndexOf('\r\u001b[K') + 4)
  expect(shown).toMatch(/^moved 20,000 jobs to sqlite:.* in [\d.]+m?s\r\nnothing is left: /)
})
