import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import mysql from 'mysql2'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OffstageError } from '../../../src/core/errors.ts'
import type { Store } from '../../../src/store/store.ts'
import { openStore } from '../../../src/stores/open.ts'
import { newJob, newJobs } from '../../../src/testing/store-suite/jobs.ts'
import { OwnMariadb, withOwnMariadb } from '../../support/own-mariadb.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'
import { until } from '../../support/until.ts'

const PASSWORD = 'p4ss:w0rd'
const SECRET = /p4ss/

/** What a call fails with; it never shows the password, however far one looks into it. */
async function failure(call: Promise<unknown>): Promise<OffstageError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(OffstageError)
  expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(SECRET)
  expect((error as OffstageError).message).not.toMatch(/\n/)
  return error as OffstageError
}

const as = (user: string, { port }: { port: number }, rest = '/app') =>
  `mysql://${user}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}${rest}`

/** A certificate of its own, for a name that nothing here has. */
function makeCertificates(): AsyncDisposable & { cert: string; key: string } {
  const folder = mkdtempSync(join(tmpdir(), 'offstage-tls-'))
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=database.invalid'],
    ...['-keyout', key, '-out', cert],
  ])
  if (made.status !== 0) throw new Error(`openssl: ${made.stderr}`)
  return { cert, key, [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true }) }
}

describe('a URL', () => {
  test.each([
    ['mysql://', /is not one|names no database/],
    ['mysql://root@127.0.0.1', /names no database/],
    ['mysql://root@127.0.0.1/a/b', /names no database/],
    [`mysql://app:${PASSWORD}@127.0.0.1:999999/app`, /is not one/],
    ['mysql://root@127.0.0.1/app?pool=3', /unknown setting "pool": connections, timeout/],
    ['mysql://root@127.0.0.1/app?connections=0', /connections=0: use a number from 1 to 100/],
    ['mysql://root@127.0.0.1/app?timeout=forever', /timeout=forever/],
    ['mysql://root@127.0.0.1/app?ssl-mode=maybe', /ssl-mode=MAYBE/],
    ['mysql://root@127.0.0.1/app?ssl-ca=/not/there.pem', /ssl-ca=\/not\/there.pem, which cannot be read \(ENOENT\)/],
  ])('%s is refused, in words', async (url, message) => {
    const error = await failure(openStore(url))
    expect(error).toMatchObject({ code: 'DATABASE_URL_INVALID', transient: false })
    expect(error.message).toMatch(message)
  })

  test('of a host that is not known, or of a port where nothing listens, says so and may heal', async () => {
    const unknown = await failure(openStore(`mysql://app:${PASSWORD}@no-such-host.invalid/app`))
    expect(unknown).toMatchObject({ code: 'DATABASE_UNAVAILABLE', transient: true })
    expect(unknown.message).toMatch(/the host of the database no-such-host.invalid:3306\/app/)
    const refused = await failure(openStore(`mysql://app:${PASSWORD}@127.0.0.1:1/app`))
    expect(refused).toMatchObject({ code: 'DATABASE_UNAVAILABLE', transient: true })
    expect(refused.message).toMatch(/nothing answers at 127.0.0.1:1\/app: start the server/)
    const socket = await failure(openStore('mysql://app@localhost/app?socket=/no/such/socket'))
    expect(socket.message).toMatch(/nothing answers at \/no\/such\/socket\/app/)
  })
})

withOwnMariadb('a server', () => {
  let server: OwnMariadb
  let store: Store

  beforeAll(async () => {
    server = await OwnMariadb.create(['max_connections=12', 'max_allowed_packet=1M'])
    await server.query(`create user app@'%' identified by '${PASSWORD}'`)
    await server.query(`grant all on app.* to app@'%'`)
    store = await openStore(as('app', server))
    await store.migrate()
  }, 60_000)

  afterAll(async () => {
    await store.close()
    await server[Symbol.asyncDispose]()
  })

  test('that does not know the user, or the password', async () => {
    for (const url of [as('nobody', server), `mysql://app:p4ss-wrong@127.0.0.1:${server.port}/app`]) {
      const error = await failure(openStore(url))
      expect(error).toMatchObject({ code: 'DATABASE_DENIED', transient: false })
      expect(error.message).toBe(
        `the server of 127.0.0.1:${server.port}/app refuses the user or the password: correct the database URL (or add ssl-mode=REQUIRED, where the user has to use TLS)`,
      )
    }
  })

  test('without that database', async () => {
    const error = await failure(openStore(`mysql://root@127.0.0.1:${server.port}/nowhere`))
    expect(error).toMatchObject({ code: 'DATABASE_MISSING', transient: false })
    expect(error.message).toMatch(/there is no database nowhere on the server of .*: create it/)
  })

  test('where the user has no right on that database', async () => {
    const error = await failure(openStore(as('app', server, '/mysql')))
    expect(error).toMatchObject({ code: 'DATABASE_DENIED', transient: false })
    expect(error.message).toMatch(
      /has no right on the database mysql of .*, or there is none: create it, and grant all on mysql\.\* to the user/,
    )
  })

  test('where the user may read and not write: the message names the right and the table', async () => {
    await server.query(`create user reader@'%' identified by '${PASSWORD}'`)
    await server.query(`grant select on app.* to reader@'%'`)
    const reader = await openStore(as('reader', server))
    await reader.migrate()
    expect(await reader.count({})).toBe(0)
    const error = await failure(reader.enqueue([newJob()]))
    expect(error).toMatchObject({ code: 'DATABASE_DENIED', transient: false })
    expect(error.message).toMatch(/: grant INSERT on offstage_queue to it/)
    await reader.close()
  })

  test('without the tables', async () => {
    await server.query('create database empty')
    const empty = await openStore(`mysql://root@127.0.0.1:${server.port}/empty`)
    const error = await failure(empty.enqueue([newJob()]))
    expect(error).toMatchObject({ code: 'SCHEMA_MISSING', transient: false })
    expect(error.message).toMatch(
      /lacks a table or a column of Offstage \(.*doesn't exist\): run `offstage migrate`, and/,
    )
    await empty.close()
  })

  test.each(['offstage_job', 'offstage_migration'])('with a table %s that is not ours', async (name) => {
    await server.query('create or replace database other')
    await server.query(`create table other.${name} (a int)`)
    const store = await openStore(server.url.replace(/app$/, 'other'))
    expect(await failure(store.migrate())).toMatchObject({
      code: 'DATABASE_NOT_OFFSTAGE',
      message: expect.stringMatching(/offstage_(job|migration).*: rename or .*, or name another database/),
      transient: false,
    })
    await store.close()
  })

  test('that is read-only, as a replica is, and is so no more', async () => {
    await server.query('set global read_only = on')
    const error = await failure(store.enqueue([newJob()]))
    expect(error).toMatchObject({ code: 'DATABASE_UNWRITABLE', transient: true })
    expect(error.message).toMatch(/is read-only, as a replica is: name the primary/)
    await server.query('set global read_only = off')
    expect(await store.enqueue([newJob()])).toMatchObject([{ status: 'created' }])
  })

  test('that takes no statement as large as a job: it names the setting, and the rest of a batch is not to blame', async () => {
    const large = newJob({ args: JSON.stringify(['x'.repeat(2_000_000)]) })
    const error = await failure(store.enqueue([...newJobs(3), large]))
    expect(error).toMatchObject({ code: 'PACKET_TOO_LARGE', transient: false })
    expect(error.message).toMatch(/raise max_allowed_packet there/)
    const many = newJobs(8, { args: JSON.stringify(['x'.repeat(400_000)]) })
    expect(await store.enqueue(many)).toHaveLength(8)
  })

  test('that takes no more connections: those who are in go on, and who comes hears why', async () => {
    const hogs: mysql.Connection[] = []
    await store.enqueue([newJob()])
    for (let full = false; !full; ) {
      const hog = mysql.createConnection(`mysql://root@127.0.0.1:${server.port}/app`)
      hog.on('error', () => {})
      full = await new Promise<boolean>((resolve) => hog.connect((error) => resolve(error !== null)))
      if (!full) hogs.push(hog)
    }
    try {
      const error = await failure(openStore(as('app', server)))
      expect(error).toMatchObject({ code: 'DATABASE_UNAVAILABLE', transient: true })
      expect(error.message).toMatch(/takes no more connections: lower connections=…/)
      // More at once than it could open: they take turns.
      const answers = await Promise.all(Array.from({ length: 8 }, () => store.enqueue([newJob()])))
      expect(answers.flat()).toHaveLength(8)
    } finally {
      for (const hog of hogs) hog.destroy()
    }
    await until('there is room again', () => server.query('select 1'))
  })

  test('that ends a connection in the middle of a call, and between calls', async () => {
    const kill = async () => {
      const rows = await server.query<{ id: number }>(
        `select id from information_schema.processlist where user = 'app'`,
      )
      for (const { id } of rows) await server.query(`kill ${id}`).catch(() => {})
      return rows.length
    }
    expect(await kill()).toBeGreaterThan(0)
    // Between calls: at most one call finds out what the others need not.
    await store.enqueue([newJob()]).catch((error: unknown) => expect(error).toMatchObject({ transient: true }))
    expect(await store.enqueue([newJob()])).toHaveLength(1)
    const batch = newJobs(30_000)
    const enqueueing = failure(store.enqueue(batch))
    while (
      (await server.query(`select 1 from information_schema.processlist where user = 'app' and state <> ''`)).length ===
      0
    );
    await kill()
    expect(await enqueueing).toMatchObject({ code: 'DATABASE_UNAVAILABLE', transient: true })
    // All of them or none.
    const [first] = batch
    expect(await store.get(first?.id ?? '')).toBeUndefined()
    expect(await store.enqueue([newJob()])).toHaveLength(1)
  })

  test('that falls silent: the call gives up in time, and the next has a connection of its own', async () => {
    const proxy = await TcpProxy.before(server.port)
    const far = await openStore(`${as('app', proxy)}?timeout=500ms`)
    await Promise.all([far.enqueue([newJob()]), far.enqueue([newJob()]), far.enqueue([newJob()])])
    proxy.silence()
    const begun = performance.now()
    const error = await failure(far.enqueue([newJob()]))
    expect(error).toMatchObject({ code: 'DATABASE_UNAVAILABLE', transient: true })
    expect(error.message).toMatch(/has not answered for 0.5 s/)
    expect(performance.now() - begun).toBeLessThan(10_000)
    proxy.resumeNew()
    expect(await far.enqueue([newJob()])).toHaveLength(1)
    await far.close()
    proxy.cut()
  })

  test('that speaks TLS is trusted as ssl-mode says, and one that does not is told apart', async () => {
    const plain = await failure(openStore(`${as('app', server)}?ssl-mode=REQUIRED`))
    expect(plain).toMatchObject({ code: 'DATABASE_DENIED', transient: false })
    expect(plain.message).toMatch(/has no TLS: set it up there, or leave out ssl-mode/)
    await using certificates = makeCertificates()
    await server.stop()
    await server.start([`ssl-cert=${certificates.cert}`, `ssl-key=${certificates.key}`])
    for (const mode of [
      'ssl-mode=REQUIRED',
      `ssl-ca=${certificates.cert}`,
      `ssl-mode=VERIFY_CA&ssl-ca=${certificates.cert}`,
    ]) {
      const encrypted = await openStore(`${as('app', server)}?${mode}`)
      await encrypted.migrate()
      const seen = await server.query(`select 1 from information_schema.processlist where user = 'app'`)
      expect(seen.length).toBeGreaterThan(0)
      await encrypted.close()
    }
    for (const mode of ['ssl-mode=VERIFY_CA', `ssl-mode=VERIFY_IDENTITY&ssl-ca=${certificates.cert}`]) {
      const error = await failure(openStore(`${as('app', server)}?${mode}`))
      expect(error).toMatchObject({ code: 'DATABASE_DENIED', transient: false })
      expect(error.message).toMatch(/no TLS connection to .*: give the right ssl-ca, or another ssl-mode/)
    }
  })

  // Last: MariaDB can pass for any version, after a restart.
  test.each([
    ['5.7.44', /MySQL 5.7.44, which is too old: use MySQL 8.0.17 or MariaDB 10.6, or newer/],
    ['8.0.16-log', /MySQL 8.0.16, which is too old/],
    ['10.5.29-MariaDB', /MariaDB 10.5.29, which is too old/],
  ])('of version %s is too old, and the message says what would do', async (version, message) => {
    await server.stop()
    await server.start([`version=${version}`])
    const error = await failure(openStore(as('app', server)))
    expect(error).toMatchObject({ code: 'DATABASE_UNSUPPORTED', transient: false })
    expect(error.message).toMatch(message)
  })
})
