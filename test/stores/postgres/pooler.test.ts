import pg from 'pg'
import { expect, test, vi } from 'vitest'
import { openStore } from '../../../src/stores/open.ts'
import { newJob } from '../../../src/testing/store-suite/jobs.ts'
import { makeApp } from '../../support/app.ts'
import { OwnPgbouncer, withPgbouncer } from '../../support/own-pgbouncer.ts'
import { type Schema, serverUrl, temporarySchema, withPostgres } from '../../support/postgres.ts'
import { until } from '../../support/until.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

const POOLED = ['prepare=false', 'notify=false'] as const
/** Fewer than there are clients, so that each transaction is on another one. */
const SHARED = 4

await withPostgres(() => {
  withPgbouncer(() => {
    test('workers and producers share its few connections: each job has exactly the attempts it claims', async () => {
      await using schema = temporarySchema()
      await using pooler = await OwnPgbouncer.before(serverUrl(), SHARED)
      await using app = makeApp({ database: pooler.url(schema.url(...POOLED)) })
      const workers = await Promise.all([app.worker(), app.worker(), app.worker()])
      const producers = [1, 2].map(() => app.program('fleet-producer.ts', [app.database, app.file('notes'), '5']))
      const stored: { id: string; failures: number }[] = []
      for (const producer of producers) {
        const { code, lines, stderr } = await producer.ended
        expect([code, stderr]).toEqual([0, ''])
        for (const line of lines) stored.push(JSON.parse(line))
      }
      await until(
        'all have ended',
        async () => (await app.offstage.jobs.count({ status: 'completed' })) === stored.length,
      )
      const ran = Map.groupBy(app.notes('notes'), ({ id }) => id)
      const attempts = stored.map(({ id }) => (ran.get(id) ?? []).map(({ attempt }) => attempt))
      expect(attempts).toEqual(stored.map(({ failures }) => Array.from({ length: failures + 1 }, (_, i) => i + 1)))
      for (const worker of workers) {
        expect(worker.events.filter(({ event }) => event === 'stale')).toEqual([])
        expect((await worker.stop()).code).toBe(0)
      }
    })

    test('without the settings it is told what the URL lacks, and doctor sees the pooler', async () => {
      await using schema = temporarySchema()
      await using pooler = await OwnPgbouncer.before(serverUrl(), SHARED)
      const url = pooler.url(schema.url())
      const first = await openStore(url)
      await first.migrate()
      await first.enqueue([newJob()])
      // On the connection on which the server knows the statement already, from somebody else.
      const second = await openStore(url)
      await expect(second.enqueue([newJob()])).rejects.toMatchObject({
        code: 'DATABASE_UNSUPPORTED',
        message: expect.stringMatching(/^a pooler before .* add prepare=false&notify=false to the database URL$/),
      })
      for (const store of [first, second]) await store.close()
      await using app = makeApp({ database: url })
      const { stderr, lines } = await app.command(['doctor']).ended
      expect(lines.join('\n') + stderr).toMatch(/pooler/)
    })

    test('what it refuses for good is named as that, and is not tried again', async () => {
      const server = new URL(serverUrl())
      server.password ||= 'of-the-pooler'
      await using pooler = await OwnPgbouncer.before(server.href, 1, 'plain')
      const opening = async (change: (url: URL) => void) => {
        const url = new URL(pooler.url())
        for (const setting of POOLED) url.searchParams.set(...(setting.split('=') as [string, string]))
        change(url)
        return await openStore(url.href).then(
          () => undefined,
          (error: unknown) => error,
        )
      }
      expect(
        await opening((url) => {
          url.password = 'not-of-the-pooler'
        }),
      ).toMatchObject({
        code: 'DATABASE_DENIED',
        message: expect.stringMatching(/^the pooler at .* refuses the user or the password: correct the database URL$/),
        transient: false,
      })
      expect(
        await opening((url) => {
          url.pathname = '/never_made'
        }),
      ).toMatchObject({
        code: 'DATABASE_MISSING',
        message: expect.stringMatching(/^there is no database never_made behind the pooler/),
        transient: false,
      })
      expect(await opening((url) => url.searchParams.set('options', '-c work_mem=1MB'))).toMatchObject({
        code: 'DATABASE_UNSUPPORTED',
        message: expect.stringMatching(
          /\(unsupported startup parameter: options\): take it out there, or add it to ignore_/,
        ),
        transient: false,
      })
    })

    test('without the settings nothing reaches the tables of another schema either', async () => {
      await using one = temporarySchema()
      await using other = temporarySchema()
      await using pooler = await OwnPgbouncer.before(serverUrl(), 2)
      const opened = async (schema: Schema) => {
        const store = await openStore(pooler.url(schema.url('connections=1', 'notify=false')))
        await store.migrate()
        return store
      }
      const first = await opened(one)
      const second = await opened(other)
      await first.enqueue([newJob()])
      // While a client holds the connection on which that was prepared, the second prepares its own on the other one.
      const [hog, otherHog] = [new pg.Client(pooler.url()), new pg.Client(pooler.url())]
      for (const client of [hog, otherHog]) await client.on('error', () => {}).connect()
      await hog.query('begin')
      await second.enqueue([newJob()])
      await otherHog.query('begin')
      await hog.query('commit')
      await expect(second.enqueue([newJob()])).rejects.toMatchObject({ code: 'DATABASE_UNSUPPORTED' })
      for (const client of [hog, otherHog]) await client.end()
      for (const store of [first, second]) await store.close()
      const count = async (schema: Schema) => (await schema.query(`select 1 from "${schema.name}".job`)).length
      expect([await count(one), await count(other)]).toEqual([1, 1])
    })
  })
})
