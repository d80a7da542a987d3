import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, test } from 'vitest'
import type { Store } from '../../src/store/store.ts'
import { openStore } from '../../src/stores/open.ts'
import { createPostgresStore } from '../../src/stores/postgres/store.ts'
import { parsePostgresUrl } from '../../src/stores/postgres/url.ts'
import type { OpenStore } from '../../src/testing/index.ts'
import { serverOfRun } from './postgres-server.ts'

/** A server that is there already; without it the run starts one of its own. */
const given = process.env.OFFSTAGE_TEST_POSTGRES
const server = given ? { url: given } : await serverOfRun()

/**
 * Defines the tests of a file, where there is a server for them. Where there is none, the end of the run says so; CI
 * fails.
 */
export async function withPostgres(define: () => void): Promise<void> {
  const missing = 'missing' in server ? server.missing : await reach()
  if (missing === undefined) return define()
  test('PostgreSQL is there to test on', ({ task, skip }) => {
    task.meta.notReached = `PostgreSQL was not tested: ${missing} (OFFSTAGE_TEST_POSTGRES names one)`
    if (process.env.CI === 'true') throw new Error(task.meta.notReached)
    skip()
  })
}

/** The URL of the server's database, for tests that only need some place on it. */
export function serverUrl(): string {
  return (server as { url: string }).url
}

let admin: pg.Client | undefined

async function connected(): Promise<pg.Client> {
  if (admin === undefined) {
    const client = new pg.Client({ connectionString: serverUrl() })
    await client.connect()
    admin = client
  }
  return admin
}

async function reach(): Promise<string | undefined> {
  try {
    await connected()
    return undefined
  } catch (error) {
    return `no server at ${new URL(serverUrl()).host}: ${(error as Error).message}`
  }
}

/** A schema of a test's own; `await using` drops it. */
export interface Schema extends AsyncDisposable {
  name: string
  /** @param settings As in `timeout=1s`. */
  url(...settings: string[]): string
  /** Asks the server, as its administrator. */
  query<Row extends pg.QueryResultRow>(text: string): Promise<Row[]>
}

const schemas = new Set<string>()

export function temporarySchema(): Schema {
  const name = `test_${randomBytes(6).toString('hex')}`
  schemas.add(name)
  return {
    name,
    url: (...settings) => {
      const url = new URL(serverUrl())
      for (const setting of [`schema=${name}`, ...settings]) {
        const [key = '', ...value] = setting.split('=')
        url.searchParams.set(key, value.join('='))
      }
      return url.href
    },
    query: async <Row extends pg.QueryResultRow>(text: string) => (await (await connected()).query<Row>(text)).rows,
    [Symbol.asyncDispose]: () => drop(name),
  }
}

async function drop(name: string): Promise<void> {
  // Without a word on each table that goes with it.
  await (await connected()).query(`set client_min_messages = warning; drop schema if exists "${name}" cascade`)
  schemas.delete(name)
}

afterAll(async () => {
  for (const name of schemas) await drop(name)
  await admin?.end()
  admin = undefined
})

/** Schemas that earlier tests have left with all their tables and no rows: emptying one is faster than making it. */
const empty: Schema[] = []

/** Opens stores on one schema that is as good as new. */
export const openPostgres: OpenStore = openPostgresBy((schema) => schema.url())

/** The same, where every claim holds what it does not start by one row, and not only the large ones. */
export const openPostgresAhead: OpenStore = opening((schema, clock) =>
  createPostgresStore({ ...parsePostgresUrl(schema.url()), clock, wide: 0 }),
)

/**
 * The same, where every batch that can be staged is, and not only those of a crowd: jobs whose id was not given before are
 * stored as those whose id the client has made. Whoever is told of what is merged, and need not look for it, does so here.
 */
export const openPostgresStaging: OpenStore = opening(async (schema, clock) => {
  const options = { ...parsePostgresUrl(schema.url()), clock, staging: { jobs: 1, crowdMs: 0 } }
  const store = await createPostgresStore(options)
  const given = new Set<string>()
  const isNew = (id: string) => given.size < given.add(id).size
  return {
    ...store,
    enqueue: async (jobs, tx) => {
      const areNew = jobs.map(({ id }) => isNew(id)).every((each) => each)
      return await store.enqueue(areNew ? jobs.map((job) => ({ ...job, fresh: true })) : jobs, tx)
    },
    claim: async (request) => await merged(store, () => store.claim(request)),
    arrivals: async (since) => await merged(store, () => store.arrivals(since)),
    schedules: {
      ...store.schedules,
      fire: async (...slots) => await merged(store, () => store.schedules.fire(...slots)),
    },
  }
})

async function merged<Result>(store: Store, call: () => Promise<Result>): Promise<Result> {
  await store.idsByPrefix('', 1)
  return await call()
}

/** The same by the URL that is made of it: with other settings, or through what stands before the server. */
export function openPostgresBy(urlOf: (schema: Schema) => string): OpenStore {
  return opening((schema, clock) => openStore(urlOf(schema), { clock }))
}

function opening(openOne: (schema: Schema, clock: () => number) => Promise<Store>): OpenStore {
  return async ({ clock, migrated }) => {
    const schema = (migrated ? empty.pop() : undefined) ?? temporarySchema()
    const stores: Store[] = []
    const another = async () => {
      const store = await openOne(schema, clock)
      stores.push(store)
      return store
    }
    const close = async () => {
      for (const each of stores) await each.close()
      if (!migrated) return await drop(schema.name)
      await clear(schema)
      empty.push(schema)
    }
    const store = await another()
    try {
      if (migrated) await store.migrate()
    } catch (error) {
      await store.close()
      throw error
    }
    return { store, another, close }
  }
}

async function clear({ name, query }: Schema): Promise<void> {
  const tables = await query<{ tablename: string }>(
    `select tablename from pg_tables where schemaname = '${name}' and tablename <> 'migration'`,
  )
  await query(tables.map(({ tablename }) => `delete from "${name}"."${tablename}"`).join(';'))
}
