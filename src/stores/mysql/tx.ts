import { list, render, type Statement, sql, table } from '../sql/database.ts'
import { DATABASE_ID, databaseId } from '../sql/move/departure.ts'
import type { TxDialect } from '../sql/tx/enqueue.ts'
import { toldBy, txInvalid } from '../sql/tx/foreign.ts'
import type { TxConnection, TxRow } from '../sql/tx/store-jobs.ts'
import type { MysqlDatabase } from './database.ts'

/**
 * How a job is enqueued in a transaction of the caller's own connection to the same server. That connection has the
 * caller's settings, which need not be those that this store gives its own.
 */
export function mysqlTx(database: MysqlDatabase, databaseName: string): TxDialect {
  let id: Promise<string> | undefined
  return {
    kind: 'mysql',
    failsWhole: false,
    // Workers look by themselves: the server tells nobody.
    wake: undefined,
    unlessThere: sql`on duplicate key update id = id`,
    // Its view of the database may be older than what somebody else has just committed.
    asCommitted: (select) => sql`(${select} lock in share mode)`,
    render: (text) =>
      render(
        text.replaceAll('"rank"', '`rank`'),
        (name) => `\`${databaseName}\`.\`offstage_${name}\``,
        () => '?',
      ),
    outside: database,
    glance: () => {
      const now = { text: database.clockSql(), values: [] }
      return sql`select 'glance' as kind, ${now} as id,
        (select value from ${table.setting} where name = ${DATABASE_ID}) as a, @@character_set_client as b`
    },
    verify({ b: charset }) {
      if (charset === 'utf8mb4') return
      throw txInvalid(
        `tx is on a connection whose charset is ${charset}, in which not all text can be sent: set it to utf8mb4`,
      )
    },
    async databaseId() {
      id ??= databaseId(database).catch((error: unknown) => {
        id = undefined
        throw error
      })
      return await id
    },
    // ER_NO_SUCH_TABLE, ER_BAD_DB_ERROR
    isNoTable: (error) => /\b(1146|1049|ER_NO_SUCH_TABLE|ER_BAD_DB_ERROR)\b/.test(toldBy(error)),
    insertJobs,
  }
}

/** Nearly always all of them are new. Where one is not, the server undoes the statement, and each is tried by itself. */
async function insertJobs(tx: TxConnection, into: Statement, jobs: readonly TxRow[]): Promise<string[]> {
  if (await inserted(tx, into, jobs)) return jobs.map(({ id }) => id)
  const fresh: string[] = []
  for (const job of jobs) if (jobs.length > 1 && (await inserted(tx, into, [job]))) fresh.push(job.id)
  return fresh
}

async function inserted(tx: TxConnection, into: Statement, jobs: readonly TxRow[]): Promise<boolean> {
  try {
    await tx.all(sql`${into} ${list(jobs.map(({ row }) => row))}`)
    return true
  } catch (error) {
    if (/\b(1062|ER_DUP_ENTRY)\b/.test(toldBy(error))) return false
    throw error
  }
}
