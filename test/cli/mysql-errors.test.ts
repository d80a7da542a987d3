import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openStore } from '../../src/stores/open.ts'
import { makeApp } from '../support/app.ts'
import { freePort } from '../support/free-port.ts'
import { connect, urlOf, withMysql } from '../support/mysql.ts'
import { type Fault, faultsAreTold, SECRET, tell } from './faults.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

/** Of this run, on a server that others use too: its databases and its users are called so. */
const own = `offstage_${randomBytes(5).toString('hex')}`
const users = ['app', 'reader', 'halfway', 'secretive', 'stranger', 'clerk'] as const

interface Place {
  user?: (typeof users)[number]
  password?: string
  host?: string
  port?: number
  database?: string
  rest?: string
}

function url({ user = 'app', password = SECRET, host, port, database = own, rest = '' }: Place = {}): string {
  const place = new URL(urlOf(database, rest))
  place.username = `${own}_${user}`
  place.password = password
  if (host !== undefined) place.hostname = host
  if (port !== undefined) place.port = String(port)
  return place.href
}

const denied = () => url({ password: `${SECRET}-not` })

/** As the administrator; `@app` is this run's user. */
async function administer(...statements: string[]): Promise<void> {
  const admin = await connect()
  for (const text of statements) await admin.query(text.replace(/@(\w+)/g, (_, user) => `'${own}_${user}'@'%'`))
  await admin.end()
}

await withMysql(() => {
  const app = makeApp()
  let closed = 0

  beforeAll(async () => {
    closed = await freePort()
    await administer(
      `create database ${own}`,
      `create database ${own}_newer`,
      `create database ${own}_fresh`,
      ...users.map((user) => `create user @${user} identified by '${SECRET}'`),
      ...['', '_newer', '_fresh'].map((end) => `grant all on ${own}${end}.* to @app`),
      `grant select on ${own}.* to @reader`,
      `grant select, insert on ${own}.* to @halfway`,
      `grant select, insert, update, delete on ${own}.* to @clerk`,
      `grant select, insert, update, delete on ${own}_fresh.* to @clerk`,
      `grant all on ${own}.* to @secretive`,
      'alter user @secretive require ssl',
    )
    for (const database of [own, `${own}_newer`]) {
      const store = await openStore(url({ database }))
      await store.migrate()
      await store.close()
    }
    await administer(`insert into ${own}_newer.offstage_migration values (99, 'later', 0)`)
  })
  afterAll(async () => {
    await app[Symbol.asyncDispose]()
    await administer(
      ...users.map((user) => `drop user @${user}`),
      ...['', '_newer', '_fresh'].map((end) => `drop database ${own}${end}`),
    )
  })

  const run = ['run', 'InlineJobs', 'note', '["x"]']

  faultsAreTold(
    () => app,
    denied,
    (): Fault[] => {
      const newer = { url: url({ database: `${own}_newer` }), says: /schema version 99, .* knows \d+: upgrade the/ }
      return [
        { url: url({ password: '' }), says: /refuses the user or the password: correct the database URL/ },
        { url: url({ user: 'secretive' }), says: /or add ssl-mode=REQUIRED, where the user has to use TLS/ },
        { url: url({ host: 'nowhere.invalid' }), says: /the host of the database nowhere\.invalid:.* is not known/ },
        { url: url({ port: closed }), says: /nothing answers at .*: start the server, or correct the database URL/ },
        {
          url: url({ database: 'elsewhere' }),
          says: /no right on the database elsewhere .*, or there is none: create/,
        },
        { url: urlOf(`${own}_none`), says: /there is no database \w+_none .*: create it, or name another/ },
        { url: url({ user: 'stranger' }), says: new RegExp(`grant all on ${own}\\.\\* to the user`) },
        { url: url({ user: 'reader' }), command: run, says: /grant INSERT on offstage_\w+ to it/ },
        { url: url({ user: 'halfway' }), command: ['work'], says: /grant (UPDATE|DELETE).* on offstage_\w+ to it/ },
        {
          url: url({ user: 'clerk', database: `${own}_fresh` }),
          says: new RegExp(
            `grant CREATE on ${own}_fresh\\.\\* to it, or run \`offstage migrate\` as a user who has that`,
          ),
        },
        newer,
        { ...newer, command: run },
        { ...newer, command: ['work'] },
        { ...newer, command: ['migrate', '--dry-run'] },
        { url: url({ rest: `?pasword=${SECRET}` }), code: 2, says: /unknown setting "pasword": connections, timeout/ },
        { url: url().replace(SECRET, `x/${SECRET}`), code: 2, says: /is not one: write mysql:.* as %XX/ },
      ]
    },
  )

  test('who may only use the tables can do all but make them; doctor lists what others lack', async () => {
    expect(await tell(app, run, url({ user: 'clerk' }))).toMatchObject({ code: 0 })
    expect(await tell(app, ['work', '--drain'], url({ user: 'clerk' }))).toMatchObject({ code: 0 })
    const whole = await tell(app, ['doctor'], url({ user: 'clerk' }))
    expect(whole).toMatchObject({ code: 0, stdout: expect.stringMatching(/ok +rights +/) })
    const lacking = await tell(app, ['doctor'], url({ user: 'halfway' }))
    expect(lacking.code).toBe(3)
    expect(lacking.stdout).toMatch(new RegExp(`unhealthy +rights +this user lacks update, delete on ${own}\\.\\*`))
    const fresh = await tell(app, ['doctor'], url({ user: 'clerk', database: `${own}_fresh` }))
    expect(fresh.stdout).toMatch(new RegExp(`unhealthy +rights +this user lacks create on ${own}_fresh\\.\\*`))
    for (const { stdout, stderr } of [whole, lacking, fresh]) expect(`${stdout}${stderr}`).not.toContain(SECRET)
  })

  test('migrate --dry-run prints SQL that makes all there is, for somebody else to run', async () => {
    const byHand = url({ user: 'clerk', database: `${own}_fresh` })
    const { code, stdout } = await tell(app, ['migrate', '--dry-run'], byHand)
    expect(code).toBe(0)
    const admin = await connect(`${own}_fresh`)
    const [tables] = await admin.query('show tables')
    expect(tables).toEqual([])
    await admin.query(stdout)
    await admin.end()
    expect(await tell(app, ['migrate'], byHand)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('up to date'),
    })
    expect(await tell(app, run, byHand)).toMatchObject({ code: 0, stdout: expect.stringContaining('created') })
    expect((await tell(app, ['doctor'], byHand)).stdout).toMatch(/ok +rights /)
  })
})
