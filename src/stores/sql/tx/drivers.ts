/** The databases' own drivers. Each takes what it knows by its shape, and leaves what it does not. */
import { call, can, ended, type Fields, type ForeignTransaction, rowsOf, txInvalid } from './foreign.ts'

/** `pg`: a Client, of its own or of a Pool. */
export function fromPg(tx: Fields): ForeignTransaction | undefined {
  if (!can(tx, 'query', 'connect')) return undefined
  if ('totalCount' in tx && 'idleCount' in tx) {
    throw txInvalid('tx is a pool of pg: take a client from it with connect(), and give that one after BEGIN')
  }
  if (!can(tx, 'escapeIdentifier')) return undefined
  const what = 'a pg client'
  if (tx._ended === true || tx._ending === true) throw ended(what)
  return {
    what,
    kind: 'postgres',
    connection: tx,
    async all(text, values) {
      const { rows } = (await call(tx, 'query', { text, values, types: AS_TEXT })) as { rows: unknown }
      return rowsOf(rows)
    },
    // As the server told it with its last answer. Older versions of pg do not keep it.
    async isOpen() {
      if (can(tx, 'getTransactionStatus')) return (await call(tx, 'getTransactionStatus')) !== 'I'
      return await isOneTransaction(this)
    },
  }
}

/** Whatever the app has its values made into. */
const AS_TEXT = { getTypeParser: () => (value: unknown) => value }

/** Two statements of one transaction have one number; outside, each is a transaction of its own. */
async function isOneTransaction({ all }: ForeignTransaction): Promise<boolean> {
  const numbers = new Set<string>()
  for (let times = 0; times < 2; times++) {
    const [row] = await all('select txid_current()::text as number', [])
    numbers.add(String((row as Fields).number))
  }
  return numbers.size === 1
}

/** `postgres`: what `sql.begin` gives, and `sql.savepoint` in it. */
export function fromPostgresJs(tx: Fields): ForeignTransaction | undefined {
  if (!can(tx, 'unsafe', 'reserve') && !can(tx, 'unsafe', 'savepoint')) return undefined
  if (!can(tx, 'savepoint')) {
    throw txInvalid('tx is postgres itself: give what sql.begin(async (tx) => …) gives to its function')
  }
  return {
    what: 'a transaction of postgres',
    kind: 'postgres',
    connection: tx,
    all: async (text, values) => rowsOf(await call(tx, 'unsafe', text, values)),
    async isOpen() {
      return await isOneTransaction(this)
    },
  }
}

const AUTOCOMMIT = 2
const IN_TRANSACTION = 1

/** A function, since only one takes the place of the connection's own. */
const asItIs = (_: unknown, next: () => unknown) => next()

interface CallbackConnection {
  query(options: object, done: (error: unknown, result: unknown) => void): void
}

/** `mysql2`: a connection, of its own or of a pool, with promises or with callbacks. */
export function fromMysql2(tx: Fields): ForeignTransaction | undefined {
  if (!can(tx, 'query', 'execute')) return undefined
  if (can(tx, 'getConnection')) {
    throw txInvalid('tx is a pool of mysql2: take a connection from it, and give that one after beginTransaction()')
  }
  if (!can(tx, 'beginTransaction')) return undefined
  // What has promises is a wrapper around what has callbacks.
  const inner = can(tx, 'promise') ? tx : (tx.connection as Fields)
  const what = 'a mysql2 connection'
  if (inner._closing === true || inner._fatalError != null) throw ended(what)
  /** Rows as objects and integers as they are, whatever the connection is set to. */
  const query = (sql: string, values: readonly unknown[] = []) =>
    new Promise<unknown>((resolve, reject) => {
      const options = { sql, values, rowsAsArray: false, nestTables: false, typeCast: asItIs }
      // What it returns looks like a promise and throws when it is used as one.
      ;(inner as unknown as CallbackConnection).query(options, (error, result) =>
        error ? reject(error) : resolve(result),
      )
    })
  return {
    what,
    kind: 'mysql',
    connection: inner,
    all: async (text, values) => rowsOf(await query(text, values)),
    async isOpen() {
      const { serverStatus = IN_TRANSACTION } = (await query('do 0')) as { serverStatus?: number }
      return (serverStatus & IN_TRANSACTION) !== 0 || (serverStatus & AUTOCOMMIT) === 0
    },
  }
}

/** `node:sqlite`. What has a SQLite of its own is refused: two of them in one process do not see each other's locks. */
export function fromSqlite(tx: Fields): ForeignTransaction | undefined {
  if (!can(tx, 'prepare', 'exec')) return undefined
  if (typeof tx.inTransaction === 'boolean') throw otherSqlite('better-sqlite3 or libsql')
  if (tx.isOpen === false) throw ended('a database of node:sqlite')
  if (typeof tx.isTransaction !== 'boolean') return undefined
  return {
    what: 'a database of node:sqlite',
    kind: 'sqlite',
    connection: tx,
    async all(text, values) {
      const statement = (tx as unknown as { prepare(text: string): { all(...values: unknown[]): unknown[] } }).prepare(
        text,
      )
      return statement.all(...values)
    },
    isOpen: () => tx.isTransaction === true,
  }
}

export function otherSqlite(whose: string): Error {
  return txInvalid(
    `tx is a transaction of ${whose}, which brings a SQLite of its own: two of them in one process do not see each ` +
      "other's locks, and lose each other's writes. Use node:sqlite for this file, or enqueue after the commit",
  )
}
