import type { KeptPage, KeptTable } from '../../../store/move.ts'
import { type Connection, type Database, list, type Statement, sql, table, type Value } from '../database.ts'
import { insertRows } from '../insert.ts'
import { arrival, writeArrival } from './receive.ts'

/** Rows that are copied at a time. */
const CHUNK = 500

type Row = Record<string, Value>

/** How a table is read in the order of a key, and how what is new of it is stored. */
interface Kept {
  columns: readonly string[]
  /** What rows are read by, and in the order of. */
  key: string
  only?: Statement
  /** Those of the rows that are not here yet, as they are to be stored here. */
  fresh(tx: Connection, rows: readonly Row[]): Promise<Row[]>
}

const KEPT: Readonly<Record<KeptTable, Kept>> = {
  user: {
    columns: ['id', 'email', 'name', 'password', 'role', 'permissions', 'created_at', 'disabled_at'],
    key: 'id',
    async fresh(tx, rows) {
      const known = await tx.all<{ id: string; email: string }>(sql`select id, email from ${table.user}
        where id in (${list(column(rows, 'id'))}) or email in (${list(column(rows, 'email'))})`)
      const taken = new Set(known.flatMap(({ id, email }) => [id, email]))
      return rows.filter(({ id, email }) => !taken.has(String(id)) && !taken.has(String(email)))
    },
  },
  token: {
    columns: ['id', 'hash', 'user_id', 'name', 'scopes', 'created_at', 'expires_at', 'seen_at'],
    key: 'id',
    async fresh(tx, rows) {
      // Without its user, who may stand here under another id, a token would open nothing.
      const users = await found(tx, sql`${table.user}`, 'id', column(rows, 'user_id'))
      const known = await found(tx, sql`${table.token}`, 'id', column(rows, 'id'))
      return rows.filter(({ id, user_id }) => !known.has(id as Value) && users.has(user_id as Value))
    },
  },
  setting: {
    columns: ['name', 'value'],
    key: 'name',
    // What a database says of itself is no setting of anybody's.
    only: sql`name <> 'database-id' and name <> 'departure' and name not like 'arrival:%'`,
    async fresh(tx, rows) {
      const known = await found(tx, sql`${table.setting}`, 'name', column(rows, 'name'))
      return rows.filter(({ name }) => !known.has(name as Value))
    },
  },
  audit: {
    columns: ['at', 'actor', 'actor_name', 'action', 'target', 'detail', 'address', 'result'],
    key: 'seq',
    fresh: async (_, rows) => [...rows],
  },
}

function column(rows: readonly Row[], name: string): Value[] {
  return rows.map((row) => row[name] as Value)
}

async function found(tx: Connection, from: Statement, key: string, values: readonly Value[]): Promise<Set<Value>> {
  const rows = await tx.all<{ key: Value }>(
    sql`select ${raw(key)} as "key" from ${from} where ${raw(key)} in (${list(values)})`,
  )
  return new Set(rows.map((row) => row.key))
}

export async function readKept(
  database: Database,
  name: KeptTable,
  after: string | undefined,
): Promise<KeptPage | undefined> {
  const { columns, key, only } = KEPT[name]
  const conditions: Statement[] = only === undefined ? [] : [only]
  // Numbers are compared as numbers: a cursor is text, as it is stored.
  if (after !== undefined) conditions.push(sql`${raw(key)} > ${key === 'seq' ? Number(after) : after}`)
  const where = conditions.length === 0 ? sql`` : sql`where ${list(conditions, ' and ')}`
  const rows = await database.all<Row>(sql`select ${list([...new Set([...columns, key])].map(quoted))}
    from ${table[name]} ${where} order by ${raw(key)} limit ${CHUNK}`)
  const last = rows.at(-1)
  return last === undefined ? undefined : { rows, cursor: String(last[key]) }
}

/** Returns how many were new, and writes down how far the table has come, in one transaction. */
export async function receiveKept(database: Database, from: string, name: KeptTable, page: KeptPage): Promise<number> {
  const { columns, fresh } = KEPT[name]
  return await database.transaction(async (tx) => {
    const written = await arrival(tx, from, tx.forUpdate)
    if (written.kept[name] === page.cursor) return 0
    const rows = await fresh(tx, page.rows)
    await insertRows(
      tx,
      sql`${table[name]} (${list(columns.map(quoted))})`,
      rows.map((row) => columns.map((each) => row[each] as Value)),
    )
    await writeArrival(tx, from, { ...written, kept: { ...written.kept, [name]: page.cursor } })
    return rows.length
  })
}

export async function receivedKept(database: Database, from: string, name: KeptTable): Promise<string | undefined> {
  return (await arrival(database, from)).kept[name]
}

/** A column's name, which is this file's own. */
function raw(name: string): Statement {
  return { text: name, values: [] }
}

function quoted(name: string): Statement {
  return raw(`"${name}"`)
}
