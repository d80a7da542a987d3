import { randomBytes } from 'node:crypto'
import mysql from 'mysql2/promise'
import { afterAll, beforeAll, test } from 'vitest'
import type { Store } from '../../src/store/store.ts'
import { openStore } from '../../src/stores/open.ts'
import type { OpenStore } from '../../src/testing/index.ts'

/** The server that the tests use; each makes databases of its own there. */
const server = process.env.OFFSTAGE_TEST_MYSQL ?? 'mysql://root@127.0.0.1:3306'

/** Why there is no server to test on; undefined when there is one. */
export async function mysqlMissing(): Promise<string | undefined> {
  try {
    await (await connect()).end()
    return undefined
  } catch (error) {
    return `${new URL(server).host}: ${(error as { code?: string }).code ?? (error as Error).message}`
  }
}

/**
 * Defines the tests of a file, where there is a server for them. Where there is none, the end of the run says so; CI
 * fails.
 */
export async function withMysql(define: () => void): Promise<void> {
  const missing = await mysqlMissing()
  if (missing === undefined) return define()
  test('MySQL or MariaDB is there to test on', ({ task, skip }) => {
    task.meta.notReached = `MySQL and MariaDB were not tested: no server at ${missing} (OFFSTAGE_TEST_MYSQL names one)`
    if (process.env.CI === 'true') throw new Error(task.meta.notReached)
    skip()
  })
}

/** A connection as the administrator of the server, to `database` or to none. */
export async function connect(database?: string): Promise<mysql.Connection> {
  return await mysql.createConnection({
    uri: server,
    multipleStatements: true,
    ...(database === undefined ? {} : { database }),
  })
}

/** The URL of a database on the server, with settings behind it. */
export function urlOf(database: string, settings = ''): string {
  const url = new URL(server)
  url.pathname = `/${database}`
  return `${url.href}${settings}`
}

/** Makes a database for one test; `await using` drops it. */
export async function temporaryDatabase(): Promise<AsyncDisposable & { name: string; url: string }> {
  const name = `offstage_test_${randomBytes(6).toString('hex')}`
  const admin = await connect()
  await admin.query(`create database ${name}`)
  return {
    name,
    url: urlOf(name),
    async [Symbol.asyncDispose]() {
      await admin.query(`drop database ${name}`)
      await admin.end()
    },
  }
}

/** Opens stores for a conformance suite. A migrated database is used again, emptied: making one takes a while. */
export function openMysql(): OpenStore {
  const made: Awaited<ReturnType<typeof temporaryDatabase>>[] = []
  const free: typeof made = []
  afterAll(async () => {
    for (const database of made) await database[Symbol.asyncDispose]()
  })
  beforeAll(async () => {
    const database = await temporaryDatabase()
    made.push(database)
    const store = await openStore(database.url)
    await store.migrate()
    await store.close()
    free.push(database)
  })
  return async ({ clock, migrated }) => {
    let database = migrated ? free.pop() : undefined
    if (database === undefined) {
      database = await temporaryDatabase()
      made.push(database)
    }
    const { name, url } = database
    const stores: Store[] = []
    const another = async () => {
      const store = await openStore(url, { clock })
      stores.push(store)
      return store
    }
    const store = await another()
    if (migrated) await store.migrate()
    return {
      store,
      another,
      async close() {
        for (const each of stores) await each.close()
        if (!migrated) return
        await empty(name)
        free.push(database)
      },
    }
  }
}

/** Removes every row of every table of Offstage but what a migration has put there. */
async function empty(database: string): Promise<void> {
  const admin = await connect(database)
  const [tables] = await admin.query<mysql.RowDataPacket[]>(
    `select table_name as name from information_schema.tables where table_schema = database()
      and table_name not in ('offstage_migration', 'offstage_signal')`,
  )
  // In one transaction, so that the server waits for its disk once.
  const deletes = tables.map(({ name }) => `delete from ${name}`)
  await admin.query(['begin', ...deletes, 'commit'].join(';'))
  await admin.end()
}
