import { expect, test, vi } from 'vitest'
import type { NewJob } from '../../src/store/store.ts'
import { newJobs } from '../../src/testing/store-suite/jobs.ts'
import { type App, makeApp } from '../support/app.ts'
import { connect, withMysql } from '../support/mysql.ts'
import { OwnMariadb, withOwnMariadb } from '../support/own-mariadb.ts'
import { temporarySchema, withPostgres } from '../support/postgres.ts'
import { InlineJobs } from '../support/promise-jobs.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'
import { everyJob, makePlace, type Place } from './places.ts'

vi.setConfig({ testTimeout: 120_000 })

const PASSWORD = 'hunter2-of-a-target'

/** Refused in one line without the secret, with nothing begun: no job is under way, no departure is written. */
async function refused({ app, source, to, says }: { app: App; source: Place; to: string; says: RegExp }) {
  const { code, stderr, lines } = await app.command(['move', '--to', to]).ended
  expect([lines, stderr]).toEqual([[], expect.stringMatching(says)])
  expect(stderr).toMatch(/^offstage: [^\n]+\n$/)
  expect(stderr).not.toContain(PASSWORD)
  expect(await source.store.moving.departure()).toBeUndefined()
  expect(await source.store.moving.count()).toEqual({ pending: 3, running: 0, underWay: 0 })
  return code
}

async function withThree(source: Place): Promise<App> {
  const app = makeApp({ database: source.url })
  await app.offstage.runBackgroundJobs(Array.from({ length: 3 }, () => [InlineJobs, 'note', ['notes']] as const))
  return app
}

function changed(url: string, change: (url: URL) => void): string {
  const parsed = new URL(url)
  change(parsed)
  return parsed.href
}

/** As another user, with another password. */
const as = (user: string) => (url: URL) => {
  url.username = user
  url.password = PASSWORD
}

await withPostgres(() => {
  withOwnMariadb('a target that takes less than one job', () => {
    test('all others go, a job that is too large is told of, and the next move carries it', async () => {
      await using old = await makePlace('PostgreSQL')
      await using next = await OwnMariadb.create(['max-allowed-packet=1M'])
      await using app = makeApp({ database: old.url })
      const [large, ended] = newJobs(2, { args: JSON.stringify(['x'.repeat(2_000_000)]) }) as [NewJob, NewJob]
      await old.store.enqueue([...newJobs(20), large, ...newJobs(20), ended])
      await old.store.cancel([ended.id])
      const move = () => app.command(['move', '--to', next.url, '--history']).ended
      expect(await move()).toMatchObject({
        code: 1,
        lines: [
          expect.stringMatching(/^moved 40 jobs/),
          'left: 2 jobs too large for a statement there',
          expect.stringMatching(/under way, and no worker runs it: raise max_allowed_packet/),
          expect.stringMatching(/^run the same command again/),
        ],
      })
      expect([...(await everyJob(old.store)).keys()]).toEqual([ended.id, large.id])
      const elsewhere = await app.command(['move', '--to', 'sqlite:elsewhere.db']).ended
      expect(elsewhere.stderr).toMatch(
        /^offstage: 2 jobs are under way, and no worker runs what is: run the same command again .*\noffstage: 2 jobs are/m,
      )
      await next.query('set global max_allowed_packet = 16777216')
      expect(await move()).toMatchObject({
        code: 0,
        lines: [expect.stringMatching(/^moved 2 jobs /), expect.stringMatching(/1 still to run/), expect.anything()],
      })
    })
  })

  return withMysql(() => {
    test('a bad target on PostgreSQL is refused before anything is moved', async () => {
      await using source = await makePlace('PostgreSQL')
      await using app = await withThree(source)
      await using schema = temporarySchema()
      await using target = makeApp({ database: schema.url() })
      await target.offstage.jobs.count()
      const same = changed(source.url, (url) => url.searchParams.set('application_name', 'another'))
      expect(await refused({ app, source, to: same, says: /--to names the database that the jobs are in/ })).toBe(2)
      const user = `user_${schema.name}`
      await schema.query(`create role ${user} login password '${PASSWORD}'; grant usage on schema ${schema.name} to ${user};
        grant select, insert on all tables in schema ${schema.name} to ${user}`)
      try {
        const weak = changed(schema.url(), as(user))
        const says = new RegExp(`the user of --to lacks update, delete on all tables in schema ${schema.name}: have`)
        expect(await refused({ app, source, to: weak, says })).toBe(3)
        const reading = changed(schema.url(), (url) =>
          url.searchParams.set('options', '-c default_transaction_read_only=on'),
        )
        expect(await refused({ app, source, to: reading, says: /is read-only: name the primary with --to/ })).toBe(3)
        await schema.query(`insert into ${schema.name}.migration values (1001, 'more', 0)`)
        expect(await refused({ app, source, to: schema.url(), says: /has schema version 1001, this version/ })).toBe(3)
      } finally {
        await schema.query(`drop owned by ${user}; drop role ${user}`)
      }
    })

    test('a bad target on MariaDB is refused before anything is moved', async () => {
      await using source = await makePlace('MariaDB')
      await using app = await withThree(source)
      await using target = await makePlace('MariaDB')
      const same = changed(source.url, (url) => url.searchParams.set('connections', '2')).replace('mysql:', 'mariadb:')
      expect(await refused({ app, source, to: same, says: /--to names the database that the jobs are in/ })).toBe(2)
      const name = new URL(target.url).pathname.slice(1)
      const user = name.replace('offstage_test', 'user')
      const admin = await connect(name)
      await admin.query(`create user ${user} identified by '${PASSWORD}'; grant select, insert on ${name}.* to ${user}`)
      try {
        const says = new RegExp(`the user of --to lacks update, delete on ${name}\\.\\*: have the owner`)
        expect(await refused({ app, source, to: changed(target.url, as(user)), says })).toBe(3)
        await admin.query("insert into offstage_migration values (1001, 'more', 0)")
        expect(await refused({ app, source, to: target.url, says: /has schema version 1001, this version/ })).toBe(3)
      } finally {
        await admin.query(`drop user ${user}`)
        await admin.end()
      }
    })

    test('with the history, killed with -9 at any moment: all that ended arrives, with attempts and logs', async () => {
      await using old = await makePlace('PostgreSQL')
      await using next = await makePlace('MariaDB')
      await using app = makeApp({ database: old.url })
      const jobs = Array.from({ length: 3_000 }, (_, n) =>
        n % 10 === 0
          ? ([InlineJobs, 'ignore', ['notes', 0], { retries: 1 }] as const)
          : ([InlineJobs, 'flaky', ['notes', n % 3], { retries: 1 }] as const),
      )
      await app.offstage.runBackgroundJobs(jobs)
      expect((await app.command(['work', '--drain']).ended).code).toBe(0)
      const before = await everyJob(old.store)
      const logged = [...before.values()].filter(({ method }) => method === 'ignore').slice(0, 20)
      const linesOf = async ({ store }: Place) => await Promise.all(logged.map(({ id }) => store.logs(id)))
      const lines = await linesOf(old)
      expect(lines.flat().length).toBe(20)
      const from = await old.store.moving.databaseId()
      const arrived = async () => (await next.store.moving.received(from)).finished
      const move = () => app.command(['move', '--to', next.url, '--history', '--json'])
      let killed = 0
      for (let kill = 0; kill < 4; kill++) {
        const reached = (await arrived()) + 1
        const mover = move()
        await Promise.race([
          mover.ended,
          until('it has carried some', async () => (await arrived()) >= reached, 60_000),
        ])
        if ((await mover.stop('SIGKILL')).signal === 'SIGKILL') killed += 1
      }
      expect(killed).toBeGreaterThan(0)
      const { code, lines: told } = await move().ended
      expect([code, JSON.parse(told.join(''))]).toMatchObject([
        0,
        { complete: true, duplicates: 0, left: { finished: 0 } },
      ])
      expect(await arrived()).toBe(3_000)
      expect(await everyJob(next.store)).toEqual(before)
      expect(await linesOf(next)).toEqual(lines)
      expect((await everyJob(old.store)).size).toBe(0)
    })

    test('both databases are lost at any moment: it goes on when they are back, and every job arrives once', async () => {
      await using old = await makePlace('PostgreSQL')
      await using next = await makePlace('MariaDB')
      await using from = await TcpProxy.before(Number(new URL(old.url).port))
      await using to = await TcpProxy.before(Number(new URL(next.url).port))
      await using app = makeApp({ database: from.through(old.url) })
      await app.offstage.runBackgroundJobs(
        Array.from({ length: 8_000 }, () => [InlineJobs, 'note', ['notes']] as const),
      )
      const before = await everyJob(old.store)
      const here = await old.store.moving.databaseId()
      let cuts = 0
      const carriedTo = async () => (await next.store.moving.received(here)).pending
      const mover = app.command(['move', '--to', to.through(next.url), '--json'])
      let ended = false
      void mover.ended.then(() => (ended = true))
      await until('it has begun to carry', async () => (await carriedTo()) > 0)
      while (!ended) {
        const { done } = await lostAfter([from, to][cuts % 2] as TcpProxy, 12 + ((cuts * 7) % 30), () => ended)
        if (done) cuts += 1
      }
      const { code, stderr, lines } = await mover.ended
      expect(stderr).not.toMatch(/^ +at /m)
      expect([code, JSON.parse(lines.join(''))]).toMatchObject([0, { complete: true, duplicates: 0 }])
      expect(cuts).toBeGreaterThan(2)
      expect(await everyJob(next.store)).toEqual(before)
      expect((await everyJob(old.store)).size).toBe(0)
    })
  })
})

/** Cuts a database off after so many messages, unless the move has ended before. */
async function lostAfter(proxy: TcpProxy, messages: number, isOver: () => boolean): Promise<{ done: boolean }> {
  using cutting = proxy.cutAfter(messages)
  await until('it is cut off', () => cutting.done || isOver(), 60_000)
  return { done: cutting.done }
}
