import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { defineOffstage } from '../../src/offstage.ts'
import { type App, makeApp } from '../support/app.ts'
import { OwnPostgres } from '../support/own-postgres.ts'
import { InlineJobs, lanes } from '../support/promise-jobs.ts'
import type { Spawned } from '../support/spawned.ts'
import { until } from '../support/until.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

const SECRET = 'hunter2-of-the-url'
let server: OwnPostgres
beforeAll(async () => {
  server = await OwnPostgres.create(['max_connections=20'])
  await server.query(`create role app login password '${SECRET}'`)
  await server.query('grant create on database postgres to app')
})
afterAll(() => server[Symbol.asyncDispose]())

const url = ({ port } = server) => `postgres://app:${SECRET}@127.0.0.1:${port}/postgres`

/** A worker that finds the server as it is now. */
function work(app: App, database = url()): Spawned {
  return app.command(['work', '--config', 'logged.ts'], { env: { OFFSTAGE_DATABASE: database } })
}

/** With log files, which are not to have the password either. */
function makeLoggedApp(database = url()): App {
  const app = makeApp({ database })
  const config = readFileSync(app.file('offstage.config.ts'), 'utf8')
  writeFileSync(app.file('logged.ts'), config.replace('logs: false,', '').replace(/database: .*/, ''))
  return app
}

async function says(worker: Spawned, text: RegExp): Promise<void> {
  await until(`it says ${text}`, () => text.test(worker.stderr()), 60_000)
}

test.each([
  [
    'is away',
    /no server answers at .*; the worker keeps trying\n/,
    () => server.stop('SIGINT'),
    async () => void (await server.start()),
  ],
  [
    'takes no more connections',
    /takes no more connections: .*; the worker keeps trying\n/,
    async () => void (await server.query('alter role app connection limit 0')),
    async () => void (await server.query('alter role app connection limit -1')),
  ],
  [
    'is read-only',
    /is read-only, as a standby is: .*; the worker keeps trying\n/,
    async () => void (await server.query('alter role app set default_transaction_read_only = on')),
    async () => void (await server.query('alter role app reset default_transaction_read_only')),
  ],
])('a worker that starts while the server %s says so once, and begins when it can', async (_, told, hurt, heal) => {
  await using app = makeLoggedApp()
  await hurt()
  const worker = work(app)
  await says(worker, told)
  await heal()
  await says(worker, /worker \S+ started\n/)
  expect(worker.stderr()).toMatch(/the database answers again\n/)
  expect(worker.stderr().match(/keeps trying/g)).toHaveLength(1)
  const { id } = await app.offstage.runBackgroundJob(InlineJobs, 'note', ['notes'])
  expect(await app.offstage.jobs.wait(id)).toMatchObject({ status: 'completed', attempt: 1 })
  expect((await worker.stop()).code).toBe(0)
  expectNoSecret(app, worker)
})

test('a worker on a standby begins when that is promoted; what only reads works before', async () => {
  await using primary = await OwnPostgres.create()
  await primary.query(`create role app login superuser password '${SECRET}'`)
  await using app = makeLoggedApp(url(primary))
  await app.offstage.runBackgroundJob(InlineJobs, 'note', ['notes'])
  await app.offstage.close()
  await using standby = await primary.standby()
  const env = { OFFSTAGE_DATABASE: url(standby) }
  const command = async (...args: string[]) => await app.command(args, { env }).ended
  await until('it has all', async () => (await command('jobs', 'count', 'status:pending')).lines[0] === '1', 60_000)
  expect(await command('run', 'InlineJobs', 'note', '["notes"]')).toMatchObject({
    code: 3,
    lines: [],
    stderr: expect.stringMatching(/^offstage: .* is read-only, as a standby is: name the primary in the [^\n]+\n$/),
  })
  const doctor = await command('doctor')
  expect(doctor.code).toBe(3)
  expect(doctor.lines.join('\n')).toMatch(/unhealthy +database +PostgreSQL \S+ at \S+ is read-only: name the primary/)
  const worker = work(app, url(standby))
  await says(worker, /is read-only, .*; the worker keeps trying\n/)
  await primary.stop('SIGQUIT')
  await standby.promote()
  await says(worker, /worker \S+ started\n/)
  await app.noted('notes')
  expect((await worker.stop()).code).toBe(0)
  expectNoSecret(app, worker)
})

test('a worker that loses its server goes on with it; neither its log files nor the dashboard has the password', async () => {
  await using app = makeLoggedApp()
  const worker = work(app)
  await says(worker, /worker \S+ started\n/)
  const dashboard = app.offstage.dashboard({ authorize: () => ({ id: 'a', name: 'A', role: 'admin' }) })
  const look = async (path: string) => await (await dashboard.fetch(new Request(`http://127.0.0.1${path}`))).text()
  const shown = [await look('/api/me'), await look('/api/settings')]
  expect(shown.join()).toContain('postgres://app:***@127.0.0.1')
  await server.stop('SIGINT')
  await says(worker, /; the worker keeps trying\n/)
  shown.push(await look('/readyz'), await look('/api/jobs'))
  await server.start()
  await says(worker, /the database answers again\n/)
  expect(shown.join()).not.toContain(SECRET)
  const { id } = await app.offstage.runBackgroundJob(InlineJobs, 'note', ['notes'])
  expect(await app.offstage.jobs.wait(id)).toMatchObject({ status: 'completed' })
  expect((await worker.stop()).code).toBe(0)
  expectNoSecret(app, worker)
})

test('the library throws what the command line says, and can be used when it has healed', async () => {
  await server.query('alter role app connection limit 0')
  const offstage = defineOffstage({ database: url(), logs: false, jobs: [lanes.inline] })
  const dashboard = offstage.dashboard()
  const calls = [
    () => offstage.runBackgroundJob(InlineJobs, 'note', ['x']),
    () => offstage.runBackgroundJobs([[InlineJobs, 'note', ['x']]]),
    () => offstage.jobs.count(),
    () => offstage.queues.list(),
  ]
  for (const call of calls) {
    const error = await call().then(
      () => undefined,
      (thrown: Error) => thrown,
    )
    expect(error).toMatchObject({ name: 'OffstageError', code: 'DATABASE_UNAVAILABLE', transient: true })
    expect(error?.message).toMatch(/^the server of 127[^\n]* takes no more connections: [^\n]+$/)
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(SECRET)
  }
  const answer = await dashboard.fetch(new Request('http://127.0.0.1/api/me'))
  expect(answer.status).toBe(503)
  expect(await answer.text()).toMatch(/^\{"error":\{"code":"DATABASE_UNAVAILABLE","message":"the server of 127[^"]+"/)
  await server.query('alter role app connection limit -1')
  expect(await offstage.runBackgroundJob(InlineJobs, 'note', ['x'])).toMatchObject({ status: 'created' })
  await offstage.close()
})

/** Neither in what it said nor in any file of its folder. */
function expectNoSecret(app: App, worker: Spawned): void {
  expect(worker.lines.join('\n') + worker.stderr()).not.toContain(SECRET)
  const files = readdirSync(app.folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.endsWith('.ts') && statSync(join(app.folder, name)).isFile())
    .map((name) => [name, readFileSync(join(app.folder, name), 'utf8')] as const)
  expect(files.map(([name]) => name)).toEqual(expect.arrayContaining([expect.stringContaining('background_jobs')]))
  expect(files.filter(([, text]) => text.includes(SECRET)).map(([name]) => name)).toEqual([])
}
