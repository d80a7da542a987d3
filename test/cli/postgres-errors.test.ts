import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openStore } from '../../src/stores/open.ts'
import { makeApp } from '../support/app.ts'
import { freePort } from '../support/free-port.ts'
import { OwnPostgres } from '../support/own-postgres.ts'
import { until } from '../support/until.ts'
import { type Fault, faultsAreTold, SECRET, tell } from './faults.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

const app = makeApp()
let server: OwnPostgres
let closed = 0

interface Place {
  user?: string
  password?: string
  host?: string
  port?: number
  database?: string
  rest?: string
}

function url({
  user = 'app',
  password = SECRET,
  host = '127.0.0.1',
  port = server.port,
  ...place
}: Place = {}): string {
  const { database = 'postgres', rest = '' } = place
  return `postgres://${user}:${password}@${host}:${port}/${database}${rest}`
}

const denied = () => url({ password: `${SECRET}-not` })

async function migrated(schema: string): Promise<void> {
  const store = await openStore(url({ rest: `?schema=${schema}` }))
  await store.migrate()
  await store.close()
}

beforeAll(async () => {
  closed = await freePort()
  server = await OwnPostgres.create(['max_connections=20'])
  for (const user of ['app', 'reader', 'halfway', 'secretive']) {
    await server.query(`create role ${user} login password '${SECRET}'`)
  }
  await server.query('grant create on database postgres to app')
  await server.query('create database closed')
  await server.query('revoke connect on database closed from public')
  writeFileSync(
    join(server.folder, 'data', 'pg_hba.conf'),
    `host all postgres 127.0.0.1/32 trust
hostssl all secretive 127.0.0.1/32 scram-sha-256
host all app,reader,halfway 127.0.0.1/32 scram-sha-256
`,
  )
  await server.query('select pg_reload_conf()')
  await until('passwords are asked for', () =>
    openStore(denied()).then(
      (store) => store.close().then(() => false),
      () => true,
    ),
  )
  await migrated('offstage')
  await server.query(`grant usage on schema offstage to reader, halfway;
    grant select on all tables in schema offstage to reader, halfway;
    grant insert on all tables in schema offstage to halfway`)
  await migrated('newer')
  await server.query("insert into newer.migration (version, name, applied_at) values (99, 'later', 0)")
})
afterAll(async () => {
  await app[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

const run = ['run', 'InlineJobs', 'note', '["x"]']

faultsAreTold(
  () => app,
  denied,
  (): Fault[] => {
    const newer = { url: url({ rest: '?schema=newer' }), says: /schema version 99, .* knows \d+: upgrade the package/ }
    const forbidden = /denied for table \w+\): grant select, insert, update, delete on all tables/
    return [
      { url: `postgres://app@127.0.0.1:${server.port}/postgres`, says: /refuses the password, or there is none/ },
      { url: url({ user: 'stranger' }), says: /no line in pg_hba\.conf for this user/ },
      { url: url({ user: 'secretive' }), says: /without TLS: add sslmode=require/ },
      { url: url({ rest: '?sslmode=require' }), says: /has no TLS: switch it on there/ },
      { url: url({ host: 'nowhere.invalid' }), says: /the host of nowhere\.invalid:.* is not known: correct/ },
      { url: url({ port: closed }), says: /no server answers at 127.*: start it, or correct the database URL/ },
      { url: url({ database: 'elsewhere' }), says: /no database elsewhere .*: create it, or name another/ },
      { url: url({ database: 'closed' }), says: /grant connect on database "closed" to it/ },
      { url: url({ user: 'reader', rest: '?schema=other' }), says: /grant create on database "postgres" to it/ },
      { url: url({ user: 'reader' }), command: run, says: forbidden },
      { url: url({ user: 'halfway' }), command: ['work'], says: forbidden },
      { url: url({ user: 'halfway' }), command: ['queues', 'pause', 'unheard-of'], says: forbidden },
      newer,
      { ...newer, command: run },
      { ...newer, command: ['work'] },
      { ...newer, command: ['migrate', '--dry-run'] },
      { url: url({ rest: `?pasword=${SECRET}` }), code: 2, says: /unknown setting "pasword": schema, connections/ },
      { url: url({ password: `x/${SECRET}` }), code: 2, says: /is not one: write postgres:.* as %XX/ },
      { url: url({ password: `1/${SECRET}` }), code: 2, says: /is not one: write postgres:.* as %XX/ },
      { url: `mongodb://app:${SECRET}@h/d`, code: 2, says: /of the kind "mongodb:" is known here: use sqlite:/ },
      { url: `redis://:${SECRET}@h:6379/0`, code: 2, says: /of the kind "redis:" is known here: use sqlite:/ },
      { url: `//app:${SECRET}@h/d`, code: 2, says: /must be a URL such as sqlite:offstage\.db, not/ },
      { url: `sqlite:jobs.db?key=${SECRET}`, code: 2, says: /unknown setting "key"/ },
    ]
  },
)

test('doctor lists what a user lacks, and does not look at tables that are not there', async () => {
  const lacking = await tell(app, ['doctor'], url({ user: 'halfway' }))
  expect(lacking.code).toBe(3)
  expect(lacking.stdout).toMatch(/unhealthy +rights +this user lacks update, delete on all tables in schema offstage/)
  const fresh = await tell(app, ['doctor'], url({ rest: '?schema=fresh' }))
  expect(fresh.code).toBe(0)
  expect(fresh.stdout).toMatch(/warning +schema +version 0 of \d+: run `offstage migrate`/)
  expect(fresh.stdout).not.toMatch(/ (leases|tables) /)
  const newer = await tell(app, ['doctor'], url({ rest: '?schema=newer' }))
  expect(newer.code).toBe(3)
  expect(newer.stdout).toMatch(/unhealthy +schema +version 99 is newer than this package knows/)
  for (const { stdout, stderr } of [lacking, fresh, newer]) expect(`${stdout}${stderr}`).not.toContain(SECRET)
})

test('whoever may use the tables and not change them is told who has to', async () => {
  await migrated('older')
  await server.query(`delete from older.migration where version > 1;
    grant usage on schema older to halfway;
    grant select, insert, update, delete on all tables in schema older to halfway`)
  const { code, stderr } = await tell(app, ['jobs', 'list'], url({ user: 'halfway', rest: '?schema=older' }))
  expect([code, stderr]).toEqual([
    3,
    expect.stringMatching(
      /^offstage: this user lacks a right on .* \(must be owner of .*run `offstage migrate` as the owner/,
    ),
  ])
})

test('migrate --dry-run prints SQL that makes all there is, for somebody else to run', async () => {
  const byHand = url({ rest: '?schema=by_hand' })
  const { code, stdout } = await tell(app, ['migrate', '--dry-run'], byHand)
  expect(code).toBe(0)
  expect(await server.query("select 1 from pg_namespace where nspname = 'by_hand'")).toEqual([])
  await server.query(stdout)
  await server.query(`grant usage on schema by_hand to app;
    grant select, insert, update, delete on all tables in schema by_hand to app`)
  expect(await tell(app, ['migrate'], byHand)).toMatchObject({ code: 0, stdout: expect.stringContaining('up to date') })
  expect(await tell(app, run, byHand)).toMatchObject({ code: 0, stdout: expect.stringContaining('created') })
  expect((await tell(app, ['doctor'], byHand)).stdout).toMatch(/ok +rights /)
})

test('migrate --dry-run says what must not be run inside a transaction, where others write meanwhile', async () => {
  await migrated('at_work')
  // As the version before had left it.
  await server.query(`drop index at_work.delayed_queue; drop table at_work.schedule, at_work.unique_job, at_work.staged;
    delete from at_work.migration where version >= 4`)
  const { stdout } = await tell(app, ['migrate', '--dry-run'], url({ rest: '?schema=at_work' }))
  const [how, ...statements] = stdout.split(/(?<=;)\n|(?<=\))\n(?=drop)/).filter((line) => line !== '')
  expect(how).toBe('-- 4: delayed jobs by queue (each statement by itself: not inside a transaction)')
  for (const statement of statements) await server.query(statement)
  expect(await tell(app, ['migrate'], url({ rest: '?schema=at_work' }))).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('up to date'),
  })
})

test('what doctor says to do about an index that is gone brings it back', async () => {
  await migrated('lacking')
  await server.query('drop index lacking.running_cancel')
  const doctor = async () => await tell(app, ['doctor'], url({ rest: '?schema=lacking' }))
  const { code, stdout } = await doctor()
  expect(code).toBe(3)
  expect(stdout).toMatch(
    /index running_cancel is missing: make .* what `offstage migrate --dry-run` prints for an empty/,
  )
  const printed = (await tell(app, ['migrate', '--dry-run'], url({ rest: '?schema=empty' }))).stdout
  const statement = printed.split(/;\n/).find((each) => each.includes('index running_cancel')) as string
  await server.query(statement.replace('"empty"', 'lacking'))
  expect((await doctor()).code).toBe(0)
})
