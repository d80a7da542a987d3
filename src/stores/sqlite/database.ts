import { existsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { OffstageError } from '../../core/errors.ts'
import {
  type Connection,
  type Database,
  type Dialect,
  type Guard,
  render,
  type Statement,
  sql,
  TookTooLong,
  table,
  type Value,
} from '../sql/database.ts'
import { byJumping } from '../sql/distinct.ts'
import { byKey } from './by-key.ts'
import { describeSqliteError } from './errors.ts'

export interface SqliteOptions {
  /** A file's path, or `:memory:`. */
  path: string
  /**
   * `normal` (default): what returned survives the end of every process, and a power cut may take the last moments.
   * `full`: it survives the power cut too, at one fsync a transaction (https://sqlite.org/pragma.html#pragma_synchronous).
   */
  synchronous?: 'normal' | 'full'
  /** The clock that due times and leases are judged by; SQLite's own by default. Tests move it. */
  clock?: () => number
}

/**
 * How long SQLite itself may wait for another process's transaction, in ms. It waits on the event loop's thread, so
 * this is short; the longer wait, with jitter, is `store/retry`'s.
 */
const BUSY_TIMEOUT_MS = 5

/** A connection to a SQLite file. The file may be the user's own: nothing of it is touched but our tables. */
export class SqliteDatabase implements Database {
  readonly path: string
  readonly clock: () => number
  readonly raw: DatabaseSync
  /** A write transaction is alone with the file. */
  readonly forUpdate = sql``
  readonly byKey = byKey
  readonly dialect: Dialect = {
    contains: (column, text) => sql`instr(${column}, ${text}) > 0`,
    distinct: byJumping,
    jumpsWithin: true,
    held: sql`${table.running}`,
    lookups: 40_000,
  }
  readonly guard: Guard = {
    // A look at the clock costs several rows' time, and as many of the largest arguments are read in some 60 ms.
    inTime: (seq) => sql`(${seq} & 63 or offstage_in_time())`,
    all: async <Row>(statement: Statement, ms: number) =>
      await this.read(() => {
        this.#endAt = performance.now() + ms
        return this.query<Row>(this.#rendered(statement.text), ...statement.values)
      }),
  }
  /** Of `performance.now`: when the guarded select that runs is to end. */
  #endAt = 0
  /** Called when a transaction was undone, for whoever remembers what it had stored. */
  onRollback: () => void = () => {}
  #statements = new Map<string, StatementSync>()
  /** Statements of the shared operations, by their text there. */
  #texts = new Map<string, string>()
  /** The end of the transaction that spans `await`s, if one is open. */
  #open: Promise<void> | undefined

  constructor(options: SqliteOptions) {
    this.path = options.path
    checkPlace(options.path)
    let raw: DatabaseSync | undefined
    try {
      raw = new DatabaseSync(options.path, { timeout: BUSY_TIMEOUT_MS })
      raw.exec(`pragma synchronous = ${options.synchronous ?? 'normal'}`)
      // 8 MiB of page cache: what is hot is small; a WAL that grew under a long reader shrinks again to 64 MiB.
      raw.exec('pragma cache_size = -8192; pragma journal_size_limit = 67108864; pragma temp_store = memory')
    } catch (error) {
      raw?.close()
      throw describeSqliteError(error, options.path)
    }
    raw.function('offstage_in_time', () => {
      if (performance.now() > this.#endAt) throw new TookTooLong()
      return 1
    })
    this.raw = raw
    this.clock = options.clock ?? sqliteClock(this.raw)
  }

  /** Write-ahead logging is a property of the file. Switching needs it alone, so only who finds it off does. */
  async useWal(): Promise<void> {
    await this.read(() => {
      const [row] = this.query<{ journal_mode: string }>('pragma journal_mode')
      if (row?.journal_mode !== 'wal' && row?.journal_mode !== 'memory') this.raw.exec('pragma journal_mode = wal')
    })
  }

  statement(text: string): StatementSync {
    let statement = this.#statements.get(text)
    if (statement === undefined) {
      statement = this.raw.prepare(text)
      // Lists of varying length make texts of varying length: forget all rather than keep them for ever.
      if (this.#statements.size > 500) this.#statements.clear()
      this.#statements.set(text, statement)
    }
    return statement
  }

  query<Row>(text: string, ...values: Value[]): Row[] {
    return this.statement(text).all(...values) as Row[]
  }

  /** As `query`, each row an array: made and read several times faster than an object, which counts by the thousand. */
  rows<Row extends readonly unknown[]>(text: string, ...values: Value[]): Row[] {
    const statement = this.statement(text)
    statement.setReturnArrays(true)
    return statement.all(...values) as unknown as Row[]
  }

  change(text: string, ...values: Value[]): number {
    return Number(this.statement(text).run(...values).changes)
  }

  /** Runs `work`, which must not wait for anything, in one write transaction. */
  async immediate<Result>(work: () => Result): Promise<Result> {
    while (this.#open !== undefined) await this.#open
    try {
      this.raw.exec('begin immediate')
      const result = work()
      this.raw.exec('commit')
      return result
    } catch (error) {
      throw this.#failed(error)
    }
  }

  /** Reads without a lock on the file; sees one state of it, and never a half-done transaction of this process. */
  async read<Result>(work: () => Result): Promise<Result> {
    while (this.#open !== undefined) await this.#open
    try {
      return work()
    } catch (error) {
      throw this.raw.isOpen ? describeSqliteError(error, this.path) : closed()
    }
  }

  async all<Row>({ text, values }: Statement): Promise<Row[]> {
    return await this.read(() => this.query<Row>(this.#rendered(text), ...values))
  }

  async run({ text, values }: Statement): Promise<number> {
    return await this.immediate(() => this.change(this.#rendered(text), ...values))
  }

  async transaction<Result>(work: (tx: Connection) => Promise<Result>): Promise<Result> {
    while (this.#open !== undefined) await this.#open
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#open = promise
    try {
      this.raw.exec('begin immediate')
      const result = await work({
        all: async <Row>({ text, values }: Statement) => this.query<Row>(this.#rendered(text), ...values),
        run: async ({ text, values }: Statement) => this.change(this.#rendered(text), ...values),
        now: () => this.now(),
        forUpdate: this.forUpdate,
        byKey,
      })
      this.raw.exec('commit')
      return result
    } catch (error) {
      throw this.#failed(error)
    } finally {
      this.#open = undefined
      resolve()
    }
  }

  async now(): Promise<number> {
    // Not by `read`: a transaction that is open asks for it too.
    if (!this.raw.isOpen) throw closed()
    return this.clock()
  }

  async close(): Promise<void> {
    while (this.#open !== undefined) await this.#open
    this.#statements.clear()
    if (this.raw.isOpen) this.raw.close()
  }

  #rendered(text: string): string {
    let own = this.#texts.get(text)
    if (own === undefined) {
      own = render(
        text,
        (name) => `offstage_${name}`,
        () => '?',
      )
      if (this.#texts.size > 500) this.#texts.clear()
      this.#texts.set(text, own)
    }
    return own
  }

  #failed(error: unknown): unknown {
    if (!this.raw.isOpen) return closed()
    // SQLite rolls back by itself on some errors (a full disk is one): then there is nothing to roll back.
    if (this.raw.isTransaction) this.raw.exec('rollback')
    this.onRollback()
    return describeSqliteError(error, this.path)
  }
}

/**
 * The clock of the machine, as SQLite reads it: all processes on a file have the same one, whatever a job, a test or a
 * tool has done to the `Date` of one of them. Costs a microsecond.
 */
function sqliteClock(raw: DatabaseSync): () => number {
  const statement = raw.prepare(`select cast(unixepoch('subsec') * 1000 as integer)`)
  statement.setReturnArrays(true)
  return () => (statement.get() as unknown as [number])[0]
}

function closed(): OffstageError {
  return new OffstageError('CLOSED', 'the database connection is closed')
}

/** The mistakes that SQLite itself reports as one and the same "unable to open database file". */
function checkPlace(path: string): void {
  if (path === ':memory:') return
  const folder = dirname(path)
  if (!existsSync(folder)) {
    throw new OffstageError(
      'DATABASE_UNWRITABLE',
      `the folder of the database does not exist: ${folder}; create it, or name another file`,
    )
  }
  if (existsSync(path) && statSync(path).isDirectory()) {
    throw new OffstageError('DATABASE_UNWRITABLE', `the database path ${path} is a folder; name a file in it`)
  }
}
