import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { openStore } from '../../../src/stores/open.ts'
import { storeSuite } from '../../../src/testing/index.ts'
import { claimJobs, failed, newJobs, newLease, retried } from '../../../src/testing/store-suite/jobs.ts'
import { hasPgbouncer, OwnPgbouncer } from '../../support/own-pgbouncer.ts'
import { OwnPostgres } from '../../support/own-postgres.ts'
import { openPostgresBy, serverUrl, withPostgres } from '../../support/postgres.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

/** All that can be switched off for servers, and for what stands before them, that cannot do it. */
const OFF = ['prepare=false', 'notify=false', 'ctid=false'] as const
/** With `notify=false` nobody is told by another connection: whoever waits for work looks for it. */
const NOBODY_IS_TOLD = [
  'an enqueue wakes those who listen on another connection, again and again',
  'everyone who listens is called, and who has stopped is not',
  'what a person asks for wakes too',
]

// Where there is a pooler, through it: fewer connections than clients, and another one for each transaction.
let pooler: Promise<OwnPgbouncer> | undefined
afterAll(async () => await (await pooler)?.[Symbol.asyncDispose]())

await withPostgres(() =>
  storeSuite({
    name: `PostgreSQL with all that can be switched off${hasPgbouncer ? ', behind PgBouncer' : ''}`,
    open: async (options) => {
      if (hasPgbouncer) pooler ??= OwnPgbouncer.before(serverUrl(), 4)
      const before = await pooler
      return await openPostgresBy((schema) => before?.url(schema.url(...OFF)) ?? schema.url(...OFF))(options)
    },
    skip: NOBODY_IS_TOLD.map((title) => ({ test: title, reason: 'notify=false: nobody is told, everybody looks' })),
    describe,
    test,
  }),
)

test('what is switched off is not even named to the server, which may not know it', async () => {
  await using server = await OwnPostgres.create(['logging_collector=on', 'log_statement=all', 'log_filename=all'])
  const folder = join(server.folder, 'data', 'log')
  const told = () =>
    readdirSync(folder)
      .map((file) => readFileSync(join(folder, file), 'utf8'))
      .join('')
  const work = async (url: string) => {
    const store = await openStore(url)
    await store.migrate()
    const from = told().length
    const stop = store.onWake(() => {})
    const lease = await newLease(store)
    await store.enqueue([...newJobs(6), ...newJobs(2, { queue: 'other' }), ...newJobs(2, { due: { inMs: 60_000 } })])
    const [one, other, ...rest] = await claimJobs(store, lease)
    if (one === undefined || other === undefined) throw new Error('there was nothing to claim')
    await store.settle([retried({ lease, job: one }, Date.now()), failed({ lease, job: other }, Date.now())])
    await store.cancel(rest.map(({ id }) => id))
    await claimJobs(store, lease, { except: ['Some.other'] })
    await store.heartbeat(lease)
    await store.moving.depart({ to: 'elsewhere', targetId: 'there' }, 'mover')
    await store.moving.takePending('mover', 10)
    stop()
    await store.close()
    return told().slice(from)
  }
  const extras = /\bctid\b|pg_notify|\blisten\b|advisory/i
  expect(await work(`${server.url}?schema=with_all`)).toMatch(extras)
  expect(await work(`${server.url}?schema=with_less&${OFF.join('&')}`)).not.toMatch(extras)
})
