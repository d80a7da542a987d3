/** Query builders and ORMs, known by their shapes: none of them is imported. */

import { fromMysql2, fromPg, fromPostgresJs, fromSqlite, otherSqlite } from './drivers.ts'
import type { DatabaseKind, Fields, ForeignTransaction } from './foreign.ts'
import { call, can, ended, rowsOf, txInvalid } from './foreign.ts'

const KINDS: readonly [DatabaseKind, RegExp][] = [
  ['postgres', /postgres|cockroach|pglite|neon/i],
  ['mysql', /mysql|mariadb/i],
  ['sqlite', /sqlite|libsql/i],
]

/** What kind of database a library's own word for it means. */
function kindOf(word: unknown): DatabaseKind | undefined {
  return KINDS.find(([, words]) => words.test(String(word)))?.[0]
}

export function fromKysely(tx: Fields): ForeignTransaction | undefined {
  if (!can(tx, 'executeQuery', 'selectFrom', 'getExecutor')) return undefined
  if (tx.isTransaction !== true) {
    throw txInvalid('tx is a Kysely outside a transaction: give what db.transaction().execute(async (trx) => …) gives')
  }
  const what = 'a Kysely transaction'
  if (tx.isCommitted === true || tx.isRolledBack === true) throw ended(what)
  const { adapter } = (tx as unknown as { getExecutor(): { adapter: object } }).getExecutor()
  const kind = kindOf(namesOf(adapter))
  return {
    what,
    kind,
    connection: tx,
    async all(sql, parameters) {
      // What `CompiledQuery.raw` makes. Plugins might rename what comes back, so it goes by them.
      const query = { kind: 'RawNode', sqlFragments: [sql], parameters: [] }
      const plain = (await call(tx, 'withoutPlugins')) ?? tx
      const { rows } = (await call(plain, 'executeQuery', { sql, parameters, query })) as { rows: unknown }
      return rowsOf(rows)
    },
    isEnded: (error) => /already (committed|rolled back)/.test(String(error)),
  }
}

/** The names of an object's class and of those above it: `PostgresAdapter DialectAdapterBase`. */
function namesOf(object: object): string {
  const names: string[] = []
  for (
    let proto = Object.getPrototypeOf(object);
    proto && proto !== Object.prototype;
    proto = Object.getPrototypeOf(proto)
  ) {
    names.push(proto.constructor.name)
  }
  return names.join(' ')
}

const ENTITY_KIND = Symbol.for('drizzle:entityKind')

/** Drizzle runs on a driver, and so does this: its own `execute` would need its own SQL objects. */
export function fromDrizzle(tx: Fields): ForeignTransaction | undefined {
  const kind = (tx.constructor as { [ENTITY_KIND]?: unknown } | undefined)?.[ENTITY_KIND]
  if (typeof kind !== 'string' || typeof tx.session !== 'object') return undefined
  if (!can(tx, 'rollback')) {
    throw txInvalid('tx is a Drizzle database: give what db.transaction(async (tx) => …) gives to its function')
  }
  if (/libsql/i.test(kind)) throw otherSqlite('libsql')
  const { client } = tx.session as { client?: Fields }
  const driver = client && (fromPg(client) ?? fromMysql2(client) ?? fromSqlite(client) ?? fromPostgresJs(client))
  if (driver === undefined) {
    throw txInvalid(
      `tx is a Drizzle transaction (${kind}) on a driver that is not known here: use pg, postgres, mysql2 or node:sqlite`,
    )
  }
  return { ...driver, what: 'a Drizzle transaction' }
}

export function fromKnex(tx: Fields): ForeignTransaction | undefined {
  if (!can(tx, 'raw', 'transaction', 'queryBuilder')) return undefined
  if (tx.isTransaction !== true) {
    throw txInvalid('tx is a Knex outside a transaction: give what knex.transaction(async (trx) => …) gives')
  }
  const what = 'a Knex transaction'
  if ((tx as unknown as { isCompleted(): boolean }).isCompleted()) throw ended(what)
  const kind = kindOf((tx.client as Fields | undefined)?.dialect)
  return {
    what,
    kind,
    plainMarks: true,
    connection: tx,
    async all(text, values) {
      const result = (await call(tx, 'raw', text, values)) as unknown
      if (kind === 'postgres') return rowsOf((result as Fields).rows)
      return rowsOf(kind === 'mysql' ? rowsOf(result)[0] : result)
    },
    isEnded: (error) => /Transaction query already complete/.test(String(error)),
  }
}

export function fromPrisma(tx: Fields): ForeignTransaction | undefined {
  if (!can(tx, '$queryRawUnsafe', '$executeRawUnsafe')) return undefined
  if (can(tx, '$connect')) {
    throw txInvalid('tx is the Prisma client: give what prisma.$transaction(async (tx) => …) gives to its function')
  }
  const kind = kindOf(tx._activeProvider)
  return {
    what: 'a Prisma transaction',
    kind,
    connection: tx,
    all: async (text, values) => rowsOf(await call(tx, '$queryRawUnsafe', text, ...values)),
    isEnded: (error) => (error as { code?: unknown } | null)?.code === 'P2028',
  }
}

/** TypeORM: the EntityManager of a transaction, or its QueryRunner. */
export function fromTypeOrm(tx: Fields): ForeignTransaction | undefined {
  const isRunner = typeof tx.isTransactionActive === 'boolean' && typeof tx.isReleased === 'boolean'
  const isManager = can(tx, 'query', 'getRepository', 'save')
  if (!isRunner && can(tx, 'query', 'createQueryRunner')) {
    throw txInvalid('tx is a TypeORM DataSource: give the EntityManager that dataSource.transaction(…) gives')
  }
  if (!isRunner && !isManager) return undefined
  const runner = (isRunner ? tx : tx.queryRunner) as Fields | undefined
  const what = 'a TypeORM transaction'
  if (runner?.isReleased === true) throw ended(what)
  if (runner?.isTransactionActive !== true) {
    throw txInvalid(
      'tx is of TypeORM, outside a transaction: give what dataSource.transaction(async (manager) => …) gives',
    )
  }
  const source = (runner.dataSource ?? runner.connection) as { options?: { type?: unknown } } | undefined
  const kind = kindOf(source?.options?.type)
  return {
    what,
    kind,
    connection: runner,
    all: async (text, values) => rowsOf(await call(runner, 'query', text, [...values])),
    isOpen: () => runner.isTransactionActive === true,
  }
}
