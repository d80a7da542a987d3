/**
 * A transaction of the caller's own, as its library gives it. Only as much of each is said here as tells it from what
 * looks like one (a pool, a client without a transaction): the libraries themselves are not needed to compile this.
 */
export type Transaction =
  | PgTransaction
  | PostgresJsTransaction
  | Mysql2Transaction
  | SqliteTransaction
  | KyselyTransaction
  | DrizzleTransaction
  | KnexTransaction
  | PrismaTransaction
  | TypeOrmTransaction

/** A method of which only its existence matters here. */
type Method = (...args: never[]) => unknown

/** `pg`: a Client, or a client of a Pool, after `BEGIN`. A Pool has no `escapeIdentifier`. */
export interface PgTransaction {
  query: Method
  escapeIdentifier: Method
}

/** `postgres`: what `sql.begin` gives. */
export interface PostgresJsTransaction {
  unsafe: Method
  savepoint: Method
}

/** `mysql2`, with promises or callbacks: a connection, or one of a pool, after `START TRANSACTION`. */
export interface Mysql2Transaction {
  query: Method
  beginTransaction: Method
  /** A pool has it. */
  getConnection?: never
}

/** `node:sqlite`: a DatabaseSync on the file of the offstage, after `BEGIN`. */
export interface SqliteTransaction {
  readonly isTransaction: boolean
  prepare: Method
  location: Method
}

export interface KyselyTransaction {
  readonly isTransaction: true
  executeQuery: Method
}

/** A Drizzle database has no `rollback`; what its `transaction` gives has. */
export interface DrizzleTransaction {
  rollback: () => never
  transaction: Method
}

export interface KnexTransaction {
  isCompleted: Method
  raw: Method
}

/** What Prisma's interactive `$transaction` gives: a client that can neither connect nor disconnect. */
export interface PrismaTransaction {
  $queryRawUnsafe: Method
  $executeRawUnsafe: Method
  $connect?: never
}

/** TypeORM: the EntityManager or the QueryRunner of a transaction. */
export type TypeOrmTransaction =
  | { query: Method; save: Method; queryRunner?: { readonly isTransactionActive: boolean } }
  | { query: Method; readonly isTransactionActive: boolean; readonly isReleased: boolean }
