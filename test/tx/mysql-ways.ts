import { sql as drizzleSql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/mysql2'
import createKnex from 'knex'
import { CompiledQuery, Kysely, MysqlDialect } from 'kysely'
import mysql, { type PoolOptions, type ResultSetHeader } from 'mysql2'
import { createPool } from 'mysql2/promise'
import { DataSource } from 'typeorm'
import { connect, temporaryDatabase } from '../support/mysql.ts'
import type { Place, Way } from './way.ts'

export interface Database extends Place {
  name: string
}

export async function place(): Promise<Database> {
  const made = await temporaryDatabase()
  const admin = await connect(made.name)
  await admin.query('create table orders (id int auto_increment primary key, item varchar(200)) engine = InnoDB')
  return {
    name: made.name,
    url: made.url,
    async orders() {
      const [rows] = await admin.query('select item from orders order by id')
      return (rows as { item: string }[]).map(({ item }) => item)
    },
    async [Symbol.asyncDispose]() {
      await admin.end()
      await made[Symbol.asyncDispose]()
    },
  }
}

const INSERT = 'insert into orders (item) values (?)'

/** As an app may have it: whatever is set for its own statements is not meant for those that are run in between. */
const ODD: PoolOptions = {
  rowsAsArray: true,
  namedPlaceholders: true,
  bigNumberStrings: true,
  supportBigNumbers: true,
  dateStrings: true,
  typeCast: (field, next) => (field.type === 'LONGLONG' ? `cast: ${field.string()}` : next()),
}

function ofPromises(name: string, options: PoolOptions): Way {
  return {
    name,
    async open({ url }) {
      const pool = createPool({ uri: url, connectionLimit: 2, ...options })
      const others = new AsyncDisposableStack()
      return {
        reuses: true,
        async transaction(work) {
          const connection = await pool.getConnection()
          try {
            await connection.beginTransaction()
            const result = await work(connection, (item) => connection.query(INSERT, [item]))
            await connection.commit()
            return result
          } catch (error) {
            await connection.rollback()
            throw error
          } finally {
            connection.release()
          }
        },
        async wrong() {
          const ended = await mysql.createConnection(url).promise()
          await ended.end()
          const idle = await pool.getConnection()
          idle.release()
          const latin = mysql.createConnection({ uri: url, charset: 'LATIN1_SWEDISH_CI' }).promise()
          await latin.beginTransaction()
          others.defer(() => latin.end())
          return [
            [pool, /tx is a pool of mysql2: take a connection/],
            [idle, /tx is a mysql2 connection that is not inside a transaction/],
            [ended, /has ended/],
            [latin, /whose charset is latin1/],
          ]
        },
        async [Symbol.asyncDispose]() {
          await others.disposeAsync()
          await pool.end()
        },
      }
    },
  }
}

export const ways: readonly Way[] = [
  ofPromises('mysql2 with promises', {}),
  ofPromises('mysql2 with promises, set up as it is not by default', ODD),
  {
    name: 'mysql2 with callbacks, without autocommit',
    async open({ url }) {
      const connection = mysql.createConnection(url)
      const run = (text: string, values: unknown[] = []) =>
        new Promise<unknown>((resolve, reject) => {
          connection.query<ResultSetHeader>(text, values, (error, result) => (error ? reject(error) : resolve(result)))
        })
      return {
        reuses: true,
        async transaction(work) {
          // Whatever comes is in a transaction, until this is ended by hand.
          await run('set autocommit = 0')
          try {
            const result = await work(connection, (item) => run(INSERT, [item]))
            await run('commit')
            return result
          } catch (error) {
            await run('rollback')
            throw error
          } finally {
            await run('set autocommit = 1')
          }
        },
        wrong: async () => [[connection, /not inside a transaction/]],
        async [Symbol.asyncDispose]() {
          await new Promise((resolve) => connection.end(resolve))
        },
      }
    },
  },
  {
    name: 'Kysely',
    async open({ url }) {
      const db = new Kysely({ dialect: new MysqlDialect({ pool: mysql.createPool(url) }) })
      return {
        transaction: (work) =>
          db.transaction().execute((tx) => work(tx, (item) => tx.executeQuery(CompiledQuery.raw(INSERT, [item])))),
        wrong: async () => [[db, /tx is a Kysely outside a transaction/]],
        [Symbol.asyncDispose]: () => db.destroy(),
      }
    },
  },
  {
    name: 'Drizzle',
    async open({ url }) {
      const pool = createPool(url)
      const db = drizzle(pool)
      return {
        reuses: true,
        transaction: (work) =>
          db.transaction((tx) =>
            work(tx, (item) => tx.execute(drizzleSql`insert into orders (item) values (${item})`)),
          ),
        wrong: async () => [[db, /tx is a Drizzle database/]],
        [Symbol.asyncDispose]: () => pool.end(),
      }
    },
  },
  {
    name: 'Knex',
    async open({ url }) {
      const knex = createKnex({ client: 'mysql2', connection: url, pool: { min: 0, max: 2 } })
      return {
        transaction: (work) => knex.transaction((tx) => work(tx, async (item) => tx.raw(INSERT, [item]))),
        wrong: async () => [[knex, /tx is a Knex outside a transaction/]],
        [Symbol.asyncDispose]: () => knex.destroy(),
      }
    },
  },
  {
    name: 'TypeORM',
    async open({ url }) {
      const source = await new DataSource({ type: 'mariadb', url, connectorPackage: 'mysql2' } as never).initialize()
      return {
        transaction: (work) => source.transaction((tx) => work(tx, (item) => tx.query(INSERT, [item]))),
        wrong: async () => [[source.manager, /tx is of TypeORM, outside a transaction/]],
        [Symbol.asyncDispose]: () => source.destroy(),
      }
    },
  },
]
