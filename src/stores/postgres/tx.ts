import { render, sql, table } from '../sql/database.ts'
import { DATABASE_ID, databaseId } from '../sql/move/departure.ts'
import type { TxDialect } from '../sql/tx/enqueue.ts'
import { toldBy } from '../sql/tx/foreign.ts'
import { insertReturning } from '../sql/tx/store-jobs.ts'
import type { PostgresDatabase } from './database.ts'

/**
 * How a job is enqueued in a transaction of the caller's own connection to the same database.
 * @param channel What workers listen to; empty when they look for themselves.
 */
export function postgresTx(database: PostgresDatabase, channel: string): TxDialect {
  const { schema } = database.place
  let id: Promise<string> | undefined
  return {
    kind: 'postgres',
    failsWhole: true,
    // As nobody's: this process has not heard of it either, and the server tells nobody before the commit.
    wake: channel === '' ? undefined : sql`select pg_notify(${channel}, '')::text`,
    unlessThere: sql`on conflict do nothing`,
    asCommitted: (select) => select,
    render: (text, plainMarks) =>
      render(
        text,
        (name) => `"${schema}"."${name}"`,
        (n) => (plainMarks ? '?' : `$${n}`),
      ),
    outside: database,
    glance: () => {
      const now = { text: database.clockSql(String(database.givenClock)), values: [] }
      return sql`select 'glance' as kind, ${now} as id,
        (select value from ${table.setting} where name = ${DATABASE_ID}) as a, '' as b`
    },
    async databaseId() {
      id ??= databaseId(database).catch((error: unknown) => {
        id = undefined
        throw error
      })
      return await id
    },
    // undefined_table, invalid_schema_name
    isNoTable: (error) => /\b(42P01|3F000)\b/.test(toldBy(error)),
    insertJobs: insertReturning,
  }
}
