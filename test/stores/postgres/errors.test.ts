import { execFileSync, spawnSync } from 'node:child_process'
import { chownSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { inspect } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Store } from '../../../src/store/store.ts'
import { openStore } from '../../../src/stores/open.ts'
import { newJob } from '../../../src/testing/store-suite/jobs.ts'
import { freePort } from '../../support/free-port.ts'
import { needs } from '../../support/needs.ts'
import { OwnPostgres } from '../../support/own-postgres.ts'
import { until } from '../../support/until.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const openssl = needs(
  spawnSync('openssl', ['version']).status === 0,
  'Certificates of PostgreSQL were not tested: there is no openssl here to make one',
)
const SECRET = 'hunter2-of-the-url'
/** What PostgreSQL does by itself since version 14. */
const SCRAM = 'password_encryption=scram-sha-256'
/** Of its own: it is told to ask for passwords, to talk TLS, and to let nobody in. */
let server: OwnPostgres

interface Place {
  user?: string
  password?: string
  host?: string
  port?: number
  database?: string
  settings?: string
}

function url({ user = 'app', password = SECRET, host = '127.0.0.1', port = server.port, ...rest }: Place = {}): string {
  const { database = 'postgres', settings = '' } = rest
  return `postgres://${user}:${password}@${host}:${port}/${database}${settings}`
}

/** What a call fails with; nothing of it may hold the password or a stack of the driver's. */
async function failure(call: () => Promise<unknown>): Promise<{ code: string; message: string; transient: boolean }> {
  const error = await call().then(
    () => {
      throw new Error('it did not fail')
    },
    (error: unknown) => error as Error,
  )
  expect(error.name, inspect(error)).toBe('OffstageError')
  expect(error.message).not.toContain('\n')
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(SECRET)
  return error as unknown as { code: string; message: string; transient: boolean }
}

async function opening(place: Place): Promise<{ code: string; message: string; transient: boolean }> {
  return await failure(() => openStore(url(place)))
}

async function using<Result>(place: Place, work: (store: Store) => Promise<Result>): Promise<Result> {
  const store = await openStore(url(place))
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

beforeAll(async () => {
  server = await OwnPostgres.create(['max_connections=20', SCRAM])
  for (const name of ['app', 'owner', 'reader']) await server.query(`create role ${name} login password '${SECRET}'`)
  await server.query('create database owned owner owner')
  const hba = join(server.folder, 'data', 'pg_hba.conf')
  writeFileSync(
    hba,
    `host all postgres 127.0.0.1/32 trust
host all locked 127.0.0.1/32 reject
hostssl all secretive 127.0.0.1/32 scram-sha-256
host all app,owner,reader 127.0.0.1/32 scram-sha-256
`,
  )
  await server.query('select pg_reload_conf()')
  await until('passwords are asked for', async () => {
    const client = new pg.Client({ connectionString: url({ password: 'wrong' }) })
    client.on('error', () => {})
    return await client.connect().then(
      () => client.end().then(() => false),
      () => true,
    )
  })
})
afterAll(() => server[Symbol.asyncDispose]())

describe('who cannot come in is told why', () => {
  test('a wrong password', async () => {
    expect(await opening({ password: 'wrong' })).toMatchObject({
      code: 'DATABASE_DENIED',
      transient: false,
      message: expect.stringContaining('refuses the password'),
    })
  })

  test('no password', async () => {
    vi.stubEnv('PGPASSWORD', undefined)
    expect(await opening({ password: '' })).toMatchObject({ code: 'DATABASE_DENIED', transient: false })
    vi.unstubAllEnvs()
  })

  test('a user whom the server keeps out', async () => {
    expect(await opening({ user: 'locked' })).toMatchObject({ code: 'DATABASE_DENIED', transient: false })
  })

  test('a user who would have to use TLS', async () => {
    expect(await opening({ user: 'secretive' })).toMatchObject({
      code: 'DATABASE_DENIED',
      transient: false,
      message: expect.stringMatching(/no line in pg_hba.conf for this user without TLS: add sslmode=require/),
    })
  })

  test('who takes another kind of server for this one', async () => {
    // As MySQL does, it speaks first, and not as PostgreSQL would.
    const other = createServer((socket) =>
      socket
        .on('error', () => {})
        .resume()
        .end('\x4a\0\0\0\x0a8.0.36\0'),
    )
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as { port: number }
    expect(await opening({ port })).toMatchObject({
      transient: false,
      message: expect.stringContaining('something else than PostgreSQL answers'),
    })
    await new Promise((resolve) => other.close(resolve))
  })

  test('a database that is not there', async () => {
    expect(await opening({ database: 'nowhere' })).toMatchObject({
      code: 'DATABASE_MISSING',
      transient: false,
      message: expect.stringContaining('no database nowhere'),
    })
  })

  test('a host that nobody knows', async () => {
    expect(await opening({ host: 'no-such-host.invalid' })).toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      transient: true,
      message: expect.stringContaining('is not known'),
    })
  })

  test('a port that nobody listens on', async () => {
    const port = await freePort()
    expect(await opening({ port })).toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      transient: true,
      message: expect.stringContaining(`no server answers at 127.0.0.1:${port}/postgres`),
    })
  })

  test('a server that has no room', async () => {
    await server.query('alter role app connection limit 0')
    expect(await opening({})).toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      transient: true,
      message: expect.stringContaining('takes no more connections'),
    })
    await server.query('alter role app connection limit -1')
  })
})

describe('what a user has no right to is named', () => {
  test('to create the schema', async () => {
    const error = await failure(() => using({}, (store) => store.migrate()))
    expect(error).toMatchObject({ code: 'DATABASE_DENIED', transient: false })
    expect(error.message).toContain('grant create on database "postgres" to it')
  })

  test('to use the tables of another', async () => {
    await using({ user: 'owner', database: 'owned' }, (store) => store.migrate())
    const error = await failure(() => using({ user: 'reader', database: 'owned' }, (store) => store.queues()))
    expect(error).toMatchObject({ code: 'DATABASE_DENIED', transient: false })
    expect(error.message).toContain('grant usage, create on schema "offstage" to it')
    await asOwner('grant usage on schema offstage to reader; grant select on all tables in schema offstage to reader')
    const writing = await failure(() =>
      using({ user: 'reader', database: 'owned' }, (store) => store.enqueue([newJob()])),
    )
    expect(writing.message).toMatch(/grant select, insert, update, delete on all tables in the schema of "\w+" to it/)
  })

  test('nothing else is needed by a user of tables that another made', async () => {
    await asOwner(`grant usage on schema offstage to reader;
      grant select, insert, update, delete on all tables in schema offstage to reader`)
    await using({ user: 'reader', database: 'owned' }, async (store) => {
      await store.migrate()
      await store.enqueue([newJob()])
      expect(await store.count({})).toBe(1)
    })
  })
})

async function asOwner(text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url({ user: 'owner', database: 'owned' }) })
  await client.connect()
  await client.query(text)
  await client.end()
}

describe('a database that cannot be used as it is says so', () => {
  test('one without our tables', async () => {
    const error = await failure(() =>
      using({ user: 'owner', database: 'owned', settings: '?schema=other' }, (store) => store.queues()),
    )
    expect(error).toMatchObject({ code: 'SCHEMA_MISSING', transient: false })
    expect(error.message).toContain('offstage migrate')
  })

  test('one of a newer version', async () => {
    const place = { user: 'owner', database: 'owned', settings: '?schema=newer' }
    await using(place, (store) => store.migrate())
    await asOwner("insert into newer.migration (version, name, applied_at) values (99, 'of the future', 0)")
    expect(await failure(() => using(place, (store) => store.migrate()))).toMatchObject({
      code: 'SCHEMA_NEWER',
      message: expect.stringContaining('version 99'),
    })
  })

  test.each([
    ['job', /\(relation "job" already exists\): name another schema with schema=…/],
    ['migration', /migration of the schema of_migration belongs to something else: name another schema with schema=…/],
  ])('one with a table %s of somebody else in the schema', async (table, message) => {
    const schema = `of_${table}`
    await server.query(`create schema ${schema}; create table ${schema}.${table} ();
      grant all on schema ${schema} to app; grant all on ${schema}.${table} to app`)
    const error = await failure(() => using({ settings: `?schema=${schema}` }, (store) => store.migrate()))
    expect(error).toMatchObject({ code: 'DATABASE_NOT_OFFSTAGE', transient: false })
    expect(error.message).toMatch(message)
  })

  test('one whose encoding cannot hold all text', async () => {
    await server.query("create database latin encoding 'LATIN1' template template0")
    expect(await opening({ database: 'latin' })).toMatchObject({
      code: 'DATABASE_UNSUPPORTED',
      message: expect.stringMatching(/has the encoding LATIN1, which cannot hold all text: use one with UTF8/),
      transient: false,
    })
    await server.query("create database bytes encoding 'SQL_ASCII' template template0")
    await using({ user: 'postgres', database: 'bytes' }, async (store) => {
      await store.migrate()
      const job = newJob({ args: '["\u{1f600} \u00fc"]' })
      await store.enqueue([job])
      expect((await store.get(job.id))?.args).toEqual(['\u{1f600} \u00fc'])
    })
  })

  test('one that is read-only for now', async () => {
    await server.query('alter role owner set default_transaction_read_only = on')
    const error = await failure(() => using({ user: 'owner', database: 'owned' }, (store) => store.enqueue([newJob()])))
    expect(error).toMatchObject({ code: 'DATABASE_UNWRITABLE', transient: true })
    await server.query('alter role owner reset default_transaction_read_only')
  })
})

describe('TLS', () => {
  test('a server without it is not talked to in clear', async () => {
    expect(await opening({ settings: '?sslmode=require' })).toMatchObject({
      code: 'DATABASE_DENIED',
      transient: false,
      message: expect.stringContaining('has no TLS'),
    })
  })

  test('a certificate is trusted only where it is named', openssl, async () => {
    const certificate = join(server.folder, 'data', 'server.crt')
    const key = join(server.folder, 'data', 'server.key')
    execFileSync(
      'openssl',
      [
        ...'req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1'.split(
          ' ',
        ),
        ...['-keyout', key, '-out', certificate],
      ],
      { stdio: 'ignore' },
    )
    if (process.getuid?.() === 0) chownSync(key, 65_534, 65_534)
    await server.query('alter system set ssl = on')
    await server.query('select pg_reload_conf()')
    const settings = (text: string) => ({ user: 'owner', database: 'owned', settings: `?${text}` })
    await until('the server talks TLS', () => using(settings('sslmode=require'), async () => true))
    await using(settings(`sslmode=verify-full&sslrootcert=${certificate}`), (store) => store.queues())
    const error = await opening(settings('sslmode=verify-full'))
    expect(error).toMatchObject({ code: 'DATABASE_DENIED', transient: false })
    expect(error.message).toContain('sslrootcert=')
  })
})
