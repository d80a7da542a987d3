import { afterAll, describe, test, vi } from 'vitest'
import { storeSuite } from '../../../src/testing/index.ts'
import { hasPgbouncer, OwnPgbouncer } from '../../support/own-pgbouncer.ts'
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
