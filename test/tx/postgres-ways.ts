import { PrismaPg } from '@prisma/adapter-pg'
import { sql as drizzleSql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { drizzle as drizzleJs } from 'drizzle-orm/postgres-js'
import createKnex from 'knex'
import { CompiledQuery, Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import postgres from 'postgres'
import { DataSource } from 'typeorm'
import { PrismaClient } from '../../examples/transactions/prisma/generated/client.ts'
import { serverUrl, temporarySchema } from '../support/postgres.ts'
import type { Opened, Place, Way } from './way.ts'

export interface Schema extends Place {
  schema: string
}

export async function place(): Promise<Schema> {
  const made = temporarySchema()
  await made.query(`create schema ${made.name}; create table ${made.name}.orders (id serial primary key, item text)`)
  return {
    schema: made.name,
    url: made.url(),
    orders: async () =>
      (await made.query<{ item: string }>(`select item from ${made.name}.orders order by id`)).map(({ item }) => item),
    [Symbol.asyncDispose]: () => made[Symbol.asyncDispose](),
  }
}

/** Connections of the app's own, which knows nothing of where the jobs are. */
export const connection = () => ({ connectionString: serverUrl(), max: 2 })
const insertOf = (place: Place) => `insert into ${(place as Schema).schema}.orders (item) values`

function ofPool(pool: pg.Pool, place: Place): Opened {
  return {
    reuses: true,
    async transaction(work) {
      const client = await pool.connect()
      try {
        await client.query('begin')
        const result = await work(client, (item) => client.query(`${insertOf(place)} ($1)`, [item]))
        await client.query('commit')
        return result
      } catch (error) {
        await client.query('rollback')
        throw error
      } finally {
        client.release()
      }
    },
    async wrong() {
      const ended = new pg.Client(connection())
      await ended.connect()
      await ended.end()
      const idle = await pool.connect()
      idle.release()
      return [
        [pool, /tx is a pool of pg: take a client/],
        [idle, /tx is a pg client that is not inside a transaction/],
        [ended, /has ended/],
      ]
    },
    [Symbol.asyncDispose]: () => pool.end(),
  }
}

export const ways: readonly Way[] = [
  {
    name: 'pg',
    async open(place) {
      const pool = new pg.Pool({ ...connection(), max: 1 })
      // What would stay behind under a name is found on the one connection that there is.
      place.leftovers = async () => (await pool.query('select name from pg_prepared_statements')).rows
      return ofPool(pool, place)
    },
  },
  {
    name: 'pg, as before it could tell of its transaction, and with types of its own',
    async open(place) {
      class Older extends pg.Client {
        override getTransactionStatus = undefined as never
      }
      const types = { getTypeParser: () => (value: string | Buffer) => `read: ${value}` }
      const pool = new pg.Pool({ ...connection(), Client: Older as never, types: types as never })
      const { transaction, ...rest } = ofPool(pool, place)
      return { ...rest, transaction }
    },
  },
  {
    name: 'postgres',
    async open(place) {
      const sql = postgres(serverUrl(), { max: 2, onnotice: () => {} })
      return {
        reuses: true,
        transaction: (work) =>
          sql.begin((tx) => work(tx, (item) => tx.unsafe(`${insertOf(place)} ($1)`, [item]))) as Promise<never>,
        wrong: async () => [[sql, /tx is postgres itself: give what sql.begin/]],
        [Symbol.asyncDispose]: () => sql.end(),
      }
    },
  },
  {
    name: 'Kysely',
    async open(place) {
      const db = new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool(connection()) }) })
      return {
        transaction: (work) =>
          db
            .transaction()
            .execute((tx) => work(tx, (item) => tx.executeQuery(CompiledQuery.raw(`${insertOf(place)} ($1)`, [item])))),
        wrong: async () => [[db, /tx is a Kysely outside a transaction/]],
        [Symbol.asyncDispose]: () => db.destroy(),
      }
    },
  },
  {
    name: 'Kysely, begun and ended by hand, with a plugin',
    async open(place) {
      const renaming = {
        transformQuery: ({ node }: { node: never }) => node,
        transformResult: async ({ result }: { result: { rows: Record<string, unknown>[] } }) => ({
          ...result,
          rows: result.rows.map((row) =>
            Object.fromEntries(Object.entries(row).map(([key, value]) => [`x_${key}`, value])),
          ),
        }),
      }
      const dialect = new PostgresDialect({ pool: new pg.Pool(connection()) })
      const db = new Kysely({ dialect, plugins: [renaming as never] })
      return {
        async transaction(work) {
          const tx = await db.startTransaction().execute()
          try {
            const insert = (item: string) => sql`${sql.raw(insertOf(place))} (${item})`.execute(tx)
            const result = await work(tx, insert)
            await tx.commit().execute()
            return result
          } catch (error) {
            await tx.rollback().execute()
            throw error
          }
        },
        wrong: async () => [[db, /outside a transaction/]],
        [Symbol.asyncDispose]: () => db.destroy(),
      }
    },
  },
  {
    name: 'Drizzle on pg',
    async open(place) {
      const db = drizzle(new pg.Pool(connection()))
      return {
        reuses: true,
        transaction: (work) =>
          db.transaction((tx) =>
            work(tx, (item) => tx.execute(drizzleSql`${drizzleSql.raw(insertOf(place))} (${item})`)),
          ),
        wrong: async () => [[db, /tx is a Drizzle database: give what db.transaction/]],
        [Symbol.asyncDispose]: () => db.$client.end(),
      }
    },
  },
  {
    name: 'Drizzle on postgres, in a nested transaction',
    async open(place) {
      const db = drizzleJs(postgres(serverUrl(), { max: 2, onnotice: () => {} }))
      return {
        reuses: true,
        transaction: (work) =>
          db.transaction((outer) =>
            outer.transaction((tx) =>
              work(tx, (item) => tx.execute(drizzleSql`${drizzleSql.raw(insertOf(place))} (${item})`)),
            ),
          ),
        wrong: async () => [[db, /tx is a Drizzle database/]],
        [Symbol.asyncDispose]: () => db.$client.end(),
      }
    },
  },
  {
    name: 'Knex',
    async open(place) {
      const knex = createKnex({ client: 'pg', connection: serverUrl(), pool: { min: 0, max: 2 } })
      return {
        transaction: (work) =>
          knex.transaction((tx) => work(tx, async (item) => tx.raw(`${insertOf(place)} (?)`, [item]))),
        wrong: async () => [[knex, /tx is a Knex outside a transaction/]],
        [Symbol.asyncDispose]: () => knex.destroy(),
      }
    },
  },
  {
    name: 'Prisma',
    async open(place) {
      const prisma = new PrismaClient({ adapter: new PrismaPg(connection()) })
      return {
        transaction: (work) =>
          prisma.$transaction((tx) => work(tx, (item) => tx.$executeRawUnsafe(`${insertOf(place)} ($1)`, item)), {
            timeout: 30_000,
          }),
        wrong: async () => [[prisma, /tx is the Prisma client: give what prisma.\$transaction/]],
        [Symbol.asyncDispose]: () => prisma.$disconnect(),
      }
    },
  },
  {
    name: 'TypeORM',
    async open(place) {
      const source = await new DataSource({ type: 'postgres', url: serverUrl(), extra: { max: 2 } }).initialize()
      return {
        transaction: (work) =>
          source.transaction((tx) => work(tx, (item) => tx.query(`${insertOf(place)} ($1)`, [item]))),
        wrong: async () => [
          [source, /tx is a TypeORM DataSource/],
          [source.manager, /tx is of TypeORM, outside a transaction/],
        ],
        [Symbol.asyncDispose]: () => source.destroy(),
      }
    },
  },
  {
    name: 'TypeORM, by a query runner',
    async open(place) {
      const source = await new DataSource({ type: 'postgres', url: serverUrl(), extra: { max: 2 } }).initialize()
      return {
        async transaction(work) {
          const runner = source.createQueryRunner()
          await runner.startTransaction()
          try {
            const result = await work(runner, (item) => runner.query(`${insertOf(place)} ($1)`, [item]))
            await runner.commitTransaction()
            return result
          } catch (error) {
            await runner.rollbackTransaction()
            throw error
          } finally {
            await runner.release()
          }
        },
        wrong: async () => [[source.createQueryRunner(), /tx is of TypeORM, outside a transaction/]],
        [Symbol.asyncDispose]: () => source.destroy(),
      }
    },
  },
]
