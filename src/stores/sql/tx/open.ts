import type { Statement } from '../database.ts'
import { fromDrizzle, fromKnex, fromKysely, fromPrisma, fromTypeOrm } from './builders.ts'
import { fromMysql2, fromPg, fromPostgresJs, fromSqlite } from './drivers.ts'
import { type DatabaseKind, ended, type Fields, type ForeignTransaction, KIND_NAMES, txInvalid } from './foreign.ts'
import type { TxConnection } from './store-jobs.ts'

/** What a store says of itself to whoever brings a transaction. */
export interface TxTarget {
  readonly kind: DatabaseKind
  /** A statement in the database's own words; with `?` marks where `plainMarks`. */
  render(text: string, plainMarks: boolean): string
  /** @throws OffstageError TX_INVALID when the transaction is not on this database. Before its first statement. */
  check?(tx: ForeignTransaction): Promise<void>
}

const LIBRARIES: readonly ((tx: Fields) => ForeignTransaction | undefined)[] = [
  fromSqlite,
  fromKysely,
  fromPrisma,
  fromDrizzle,
  fromTypeOrm,
  fromKnex,
  fromPostgresJs,
  fromPg,
  fromMysql2,
]

/**
 * Knows a transaction by its shape.
 * @throws OffstageError TX_INVALID, saying what it is instead and what to give.
 */
export function recognize(tx: unknown): ForeignTransaction {
  if ((typeof tx === 'object' && tx !== null) || typeof tx === 'function') {
    for (const from of LIBRARIES) {
      const foreign = from(tx as Fields)
      if (foreign !== undefined) return foreign
    }
  }
  throw txInvalid(
    `tx is ${shapeOf(tx)}: give an open transaction of pg, postgres, mysql2, node:sqlite, Kysely, Drizzle, Knex, Prisma or TypeORM`,
  )
}

function shapeOf(tx: unknown): string {
  if (typeof tx !== 'object') return `a ${typeof tx}`
  const name = tx?.constructor?.name ?? 'Object'
  return tx === null ? 'null' : name === 'Object' ? 'an object of no library' : `an object of the class ${name}`
}

/** The last call on each connection: those that are made at the same time follow each other. */
const turns = new WeakMap<object, Promise<unknown>>()

/** Runs `work` in the caller's transaction, after whatever else is being enqueued in it. */
export async function inForeign<Result>(
  tx: unknown,
  target: TxTarget,
  work: (connection: TxConnection, foreign: ForeignTransaction) => Promise<Result>,
): Promise<Result> {
  const foreign = telling(recognize(tx))
  if (foreign.kind !== undefined && foreign.kind !== target.kind) {
    throw txInvalid(
      `tx is ${foreign.what} on ${KIND_NAMES[foreign.kind]}, and the database of this offstage is ${KIND_NAMES[target.kind]}`,
    )
  }
  const before = turns.get(foreign.connection) ?? Promise.resolve()
  const turn = before.then(async () => {
    await target.check?.(foreign)
    return await work(connectionOf(foreign, target), foreign)
  })
  // Whoever comes next waits for the end of this one, not for its success.
  const settled = turn.catch(() => {})
  turns.set(foreign.connection, settled)
  return await turn
}

/** The same, saying so in one way when the transaction has ended before. */
function telling(foreign: ForeignTransaction): ForeignTransaction {
  return {
    ...foreign,
    async all(text, values) {
      try {
        return await foreign.all(text, values)
      } catch (error) {
        throw foreign.isEnded?.(error) === true ? ended(foreign.what, error) : error
      }
    },
  }
}

function connectionOf(foreign: ForeignTransaction, target: TxTarget): TxConnection {
  return {
    all: async <Row>({ text, values }: Statement) =>
      (await foreign.all(target.render(text, foreign.plainMarks === true), values)) as Row[],
  }
}
