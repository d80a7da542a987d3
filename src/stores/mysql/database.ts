import { OffstageError } from '../../core/errors.ts'
import {
  type Connection,
  type Database,
  type Dialect,
  render,
  type Statement,
  sql,
  table,
  type Value,
} from '../sql/database.ts'
import { Pool } from '../sql/pool.ts'
import { byKey } from './by-key.ts'
import { isCrowded } from './errors.ts'
import { literal } from './literal.ts'
import { Session } from './session.ts'
import { type MysqlPlace, shownPlace } from './url.ts'

/** How much longer than the hot calls all else may take: a list over millions of jobs, a chunk of a clean-up. */
const LONGER = 6

/** The server's clock in ms since 1970, the same for a whole statement, in no time zone and without an end in 2038. */
const SERVER_CLOCK = `timestampdiff(microsecond, '1970-01-01', utc_timestamp(3)) div 1000`

export interface MysqlOptions extends MysqlPlace {
  /** The clock that due times and leases are judged by; the server's by default. Tests move it. */
  clock?: () => number
}

/** A few connections to a MySQL or MariaDB server. */
export class MysqlDatabase implements Database {
  readonly forUpdate = sql`for update`
  readonly byKey = byKey
  readonly dialect: Dialect = {
    contains: (column, text) => sql`instr(${column}, ${text}) > 0`,
    // It skips through an index for a group, and not for the next value after one that it learns meanwhile.
    distinct: ({ column, from, where }, limit) =>
      sql`select ${column} as value from ${from} where ${where} group by ${column} order by ${column} limit ${limit}`,
    jumpsWithin: false,
    held: sql`${table.running}`,
    lookups: 5_000,
  }
  /** As it may be shown. */
  readonly place: string
  readonly pool: Pool<Session>
  readonly #longPatienceMs: number
  /** That of the server which compares every byte, those of spaces at the end too. */
  readonly collation: string
  readonly #clock: (() => number) | undefined
  /** Statements by their text in the shared operations, cut at the marks of their values. */
  readonly #pieces = new Map<string, string[]>()

  private constructor(options: MysqlOptions, pool: Pool<Session>, collation: string) {
    this.place = shownPlace(options)
    this.pool = pool
    this.#longPatienceMs = options.timeoutMs * LONGER
    this.collation = collation
    this.#clock = options.clock
  }

  /** @throws OffstageError what keeps the server from being reached, or from being used. */
  static async open(options: MysqlOptions): Promise<MysqlDatabase> {
    const pool = new Pool({ size: options.connections, open: () => Session.open(options), isCrowded })
    try {
      return new MysqlDatabase(options, pool, await findCollation(pool))
    } catch (error) {
      await pool.close()
      throw error
    }
  }

  /** The clock as an expression of SQL. */
  clockSql(): string {
    return this.#clock === undefined ? SERVER_CLOCK : String(this.#clock())
  }

  async all<Row>(statement: Statement): Promise<Row[]> {
    return (await this.#query(this.text(statement))) as Row[]
  }

  async run(statement: Statement): Promise<number> {
    return ((await this.#query(this.text(statement))) as { affectedRows: number }).affectedRows
  }

  now(): Promise<number> {
    return this.#now((text) => this.#query(text))
  }

  async transaction<Result>(
    work: (tx: Connection) => Promise<Result>,
    patienceMs = this.#longPatienceMs,
  ): Promise<Result> {
    return await this.write(async (session) => {
      const query = (text: string) => session.query(text, patienceMs)
      await query('start transaction')
      const result = await work({
        forUpdate: this.forUpdate,
        byKey,
        all: async <Row>(statement: Statement) => (await query(this.text(statement))) as Row[],
        run: async (statement) => ((await query(this.text(statement))) as { affectedRows: number }).affectedRows,
        now: () => this.#now(query),
      })
      await query('commit')
      return result
    })
  }

  /** Lends a connection to `work`, which begins a transaction and commits it; undoes what is left open when it throws. */
  async write<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    return await this.pool.use(async (session) => {
      try {
        return await work(session)
      } catch (error) {
        if (session.usable) await session.query('rollback').catch(() => session.destroy())
        throw error
      }
    })
  }

  /** The text of a statement, its values in it. */
  text({ text, values }: Statement): string {
    const pieces = this.#cut(text)
    let whole = pieces[0] as string
    for (const [index, value] of values.entries()) whole += this.#literal(value) + pieces[index + 1]
    return whole
  }

  async close(): Promise<void> {
    await this.pool.close()
  }

  async #query(text: string): Promise<unknown> {
    return await this.pool.use((session) => session.query(text, this.#longPatienceMs))
  }

  /** Text that an id or a word of ours cannot hold has to say how it compares, or the server refuses to. */
  #literal(value: Value): string {
    const text = literal(value)
    return typeof value === 'string' && !ASCII.test(value) ? `${text} collate ${this.collation}` : text
  }

  async #now(query: (text: string) => Promise<unknown>): Promise<number> {
    if (this.#clock !== undefined) return this.#clock()
    const [row] = (await query(`select ${SERVER_CLOCK} as now`)) as { now: number }[]
    return (row as { now: number }).now
  }

  #cut(text: string): string[] {
    let pieces = this.#pieces.get(text)
    if (pieces === undefined) {
      const rendered = render(text, tableName, () => MARK)
      pieces = rendered.split(MARK)
      // Lists of varying length make texts of varying length: forget all rather than keep them for ever.
      if (this.#pieces.size > 500) this.#pieces.clear()
      this.#pieces.set(text, pieces)
    }
    return pieces
  }
}

async function findCollation(pool: Pool<Session>): Promise<string> {
  const text = `select collation_name as name from information_schema.collations
    where collation_name in ('utf8mb4_0900_bin', 'utf8mb4_nopad_bin') order by 1 limit 1`
  const [row] = (await pool.use((session) => session.query(text))) as { name: string }[]
  if (row !== undefined) return row.name
  throw new OffstageError(
    'DATABASE_UNSUPPORTED',
    'the server has neither the collation utf8mb4_0900_bin (MySQL 8.0.17) nor utf8mb4_nopad_bin (MariaDB): use a newer one',
  )
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the first 128 characters are what is meant.
const ASCII = /^[\u0000-\u007f]*$/

/** In no statement's own text. */
const MARK = '\u0000'

export function tableName(name: string): string {
  return `offstage_${name}`
}
