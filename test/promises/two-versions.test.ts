import { expect, test, vi } from 'vitest'
import { defineOffstage } from '../../src/offstage.ts'
import { type App, makeApp } from '../support/app.ts'
import { connect, temporaryDatabase, withMysql } from '../support/mysql.ts'
import { temporarySchema, withPostgres } from '../support/postgres.ts'
import { InlineJobs, lanes } from '../support/promise-jobs.ts'
import { isRunning, until } from '../support/until.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 })

/** The tables that each call of a worker or a producer meets. */
const BUSY = ['job', 'ready', 'delayed', 'running', 'attempt', 'worker'] as const

/** A database as the next version of Offstage would migrate it: a column more in each busy table, and an index. */
interface Migrated {
  /** Under the processes that use it. */
  migrate(): Promise<void>
  /** Ends the connections of all but who asks; nothing where there are none. */
  cut(): Promise<void>
}

/**
 * Workers and producers of this version on a schema of the next: nothing is lost, nothing runs twice; whoever starts then
 * is refused, and changes nothing.
 */
async function oldGoOnNewIsRefused(app: App, { migrate, cut }: Migrated): Promise<void> {
  await app.offstage.jobs.count()
  const workers = [await app.worker(), await app.worker()]
  const producer = app.program('fleet-producer.ts', [app.database, app.file('notes'), '150', 'again'])
  const ran = (since: number) => until('jobs run', () => app.notes('notes').length > since + 100, 60_000)
  await ran(0)
  await migrate()
  await ran(app.notes('notes').length)
  await cut()
  await ran(app.notes('notes').length)
  for (const { pid } of workers) expect(isRunning(pid)).toBe(true)

  for (const command of [['work'], ['start'], ['jobs', 'list'], ['run', 'InlineJobs', 'note', 'refused']]) {
    const { code, stderr } = await app.command(command).ended
    expect([code, stderr]).toEqual([
      3,
      expect.stringMatching(
        /^offstage: the database has schema version 1001, this version of Offstage knows \d+: upgrade the package offstage here\n$/,
      ),
    ])
  }
  const late = defineOffstage({ database: app.database, logs: false, jobs: [lanes.inline] })
  await expect(late.runBackgroundJob(InlineJobs, 'note', ['refused'])).rejects.toMatchObject({ code: 'SCHEMA_NEWER' })
  await late.close()
  const { code, lines } = await app.command(['doctor']).ended
  expect(code).toBe(3)
  expect(lines.join('\n')).toMatch(/unhealthy +schema +version 1001 is newer than this package knows/)

  const { lines: told, code: ended, stderr } = await producer.stop('SIGTERM')
  expect([ended, stderr]).toEqual([0, ''])
  const stored = told.map((line) => JSON.parse(line) as { id: string; failures: number })
  await until(
    'all have completed',
    async () => (await app.offstage.jobs.count({ status: 'completed' })) === stored.length,
    60_000,
  )
  const attempts = Map.groupBy(app.notes('notes'), ({ id }) => id)
  const numbers = stored.map(({ id }) => (attempts.get(id) ?? []).map(({ attempt }) => attempt))
  expect(numbers).toEqual(stored.map(({ failures }) => Array.from({ length: failures + 1 }, (_, i) => i + 1)))
  expect(await app.offstage.jobs.count({ status: ['pending', 'running', 'failed', 'cancelled'] })).toBe(0)
  for (const worker of workers) {
    expect(worker.events.filter(({ event, state }) => event === 'stale' || state === 'lost')).toEqual([])
    expect((await worker.stop()).code).toBe(0)
  }
}

test('a migration under processes that run: they go on, and whoever starts is refused: SQLite', async () => {
  await using app = makeApp()
  await oldGoOnNewIsRefused(app, {
    migrate: async () =>
      app.sqlite((raw) => {
        const tables = BUSY.map((table) => `alter table offstage_${table} add column more text`).join(';')
        raw.exec(`begin immediate; ${tables}; create index offstage_more on offstage_job (created_at);
          insert into offstage_migration values (1001, 'more', 0); commit`)
      }),
    cut: async () => {},
  })
})

await withPostgres(() => {
  test('a migration under processes that run: they go on, and whoever starts is refused: PostgreSQL', async () => {
    await using schema = temporarySchema()
    await using app = makeApp({ database: schema.url(`application_name=${schema.name}`) })
    await oldGoOnNewIsRefused(app, {
      async migrate() {
        for (const table of BUSY) await schema.query(`alter table ${schema.name}.${table} add column more text`)
        await schema.query(`create index concurrently on ${schema.name}.job (created_at)`)
        await schema.query(`insert into ${schema.name}.migration values (1001, 'more', 0)`)
      },
      async cut() {
        const ended = await schema.query(`select pg_terminate_backend(pid) from pg_stat_activity
          where application_name = '${schema.name}'`)
        expect(ended.length).toBeGreaterThan(6)
      },
    })
  })
})

await withMysql(() => {
  test('a migration under processes that run: they go on, and whoever starts is refused: MariaDB', async () => {
    await using database = await temporaryDatabase()
    await using app = makeApp({ database: database.url })
    const admin = await connect(database.name)
    await oldGoOnNewIsRefused(app, {
      async migrate() {
        for (const table of BUSY) await admin.query(`alter table offstage_${table} add column more text`)
        await admin.query('alter table offstage_job add index more (created_at)')
        await admin.query("insert into offstage_migration values (1001, 'more', 0)")
      },
      async cut() {
        const [rows] = await admin.query(`select id from information_schema.processlist
          where db = database() and id <> connection_id()`)
        const ids = rows as { id: number }[]
        expect(ids.length).toBeGreaterThan(4)
        for (const { id } of ids) await admin.query(`kill ${id}`).catch(() => {})
      },
    })
    await admin.end()
  })
})
