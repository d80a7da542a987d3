import { createHash } from 'node:crypto'
import { type Connection, type Database, type Dialect, render, type Statement, sql } from '../sql/database.ts'
import { byJumping } from '../sql/distinct.ts'
import { Pool } from '../sql/pool.ts'
import { heldRows, ownRows } from './ahead.ts'
import { byKey } from './by-key.ts'
import { isCrowded } from './errors.ts'
import type { Prepared, Question, Value } from './exchange.ts'
import { forEach, oneOf } from './lists.ts'
import { Session } from './session.ts'
import type { StagingOptions } from './staging.ts'
import { Together } from './together.ts'
import type { PostgresPlace } from './url.ts'

/** So few are claimed as fast as the first of them starts, and mostly run at once. */
const WIDE = 100
/** How much longer than the hot calls all else may take: a list over millions of jobs, a chunk of a clean-up. */
const LONGER = 6

/** A statement is given a name when it is asked for the n-th time: what is asked once is planned once in any case. */
const OFTEN = 3

/** The server's clock in ms since 1970, whatever its time zone. */
const SERVER_CLOCK = 'floor(extract(epoch from clock_timestamp()) * 1000)::bigint'
const CLOCK: Statement = { text: `select ${SERVER_CLOCK} as now`, values: [] }

interface Rendered {
  statement: Prepared
  asked: number
}

function digestOf(text: string): string {
  return createHash('sha1').update(text).digest('hex').slice(0, 12)
}

export interface PostgresOptions extends PostgresPlace {
  /** The clock that due times and leases are judged by; the server's by default. Tests move it. */
  clock?: () => number
  /** A claim of more jobs than that holds them by one row: see `ahead.ts`. Tests lower it. */
  wide?: number
  /** When jobs of a crowd are staged: see `staging.ts`. Tests have it begin at once. */
  staging?: Partial<StagingOptions>
}

/** A few connections to a PostgreSQL server. */
export class PostgresDatabase implements Database {
  readonly forUpdate = sql`for update`
  readonly byKey = byKey
  readonly dialect: Dialect = {
    contains: (column, text) => sql`strpos(${column}, ${text}) > 0`,
    distinct: byJumping,
    jumpsWithin: true,
    held: heldRows,
    among: (column, select) => sql`${column} = any(array(${select}))`,
    oneOf,
    forEach,
    lookups: 10_000,
  }
  readonly place: PostgresPlace
  readonly pool: Pool<Session>
  readonly wide: number
  readonly staging: Partial<StagingOptions>
  readonly #clock: (() => number) | undefined
  /** Statements of the shared operations, by their text there. */
  readonly #texts = new Map<string, Rendered>()
  readonly #prepared = new Map<string, Prepared>()
  readonly #together = new Together(
    (questions) => this.pool.use((session) => session.all(questions, this.longPatience)),
    () => this.pool.free,
  )

  constructor(options: PostgresOptions) {
    const { clock, wide = WIDE, staging = {}, ...place } = options
    this.place = place
    this.wide = wide
    this.staging = staging
    this.#clock = clock
    this.pool = new Pool({ size: place.connections, open: () => Session.open(place), isCrowded })
  }

  /** The clock as an expression of SQL, where `given` stands for {@link givenClock}. */
  clockSql(given: string): string {
    return `coalesce(${given}::bigint, ${SERVER_CLOCK})`
  }

  /** The moment that a test wants it to be. */
  get givenClock(): number | null {
    return this.#clock?.() ?? null
  }

  /**
   * The text of one of this store's own statements, as it is run: `{job}` stands for the table. Its name holds for that
   * text alone: behind a pooler, the server may know the name from a client with another schema, or another version.
   */
  prepared(name: string, text: () => string): Prepared {
    let prepared = this.#prepared.get(name)
    if (prepared === undefined) {
      const own = this.named(text())
      prepared = { name: `offstage_${name}_${digestOf(own)}`, text: own }
      this.#prepared.set(name, prepared)
    }
    return prepared
  }

  /** A statement's text with the tables' full names in it. No `search_path` is needed for them. */
  named(text: string): string {
    return text.replace(/\{(\w+)\}/g, (_, name: string) => this.#tableName(name))
  }

  /** Runs one of the hot statements in a transaction of its own; its rows are arrays. */
  async hot<Row extends readonly unknown[]>(statement: Prepared, values: readonly Value[]): Promise<Row[]> {
    return await this.pool.use(async (session) => {
      const rows: unknown[] = await session.ask(statement, values, this.place.timeoutMs)
      return rows as Row[]
    })
  }

  async all<Row>(statement: Statement): Promise<Row[]> {
    return (await this.#together.ask(this.#question(statement), statement.dear === true)) as Row[]
  }

  async run({ text, values }: Statement): Promise<number> {
    return await this.pool.use(async (session) => {
      return (await session.query(this.#rendered(text).statement.text, values, this.longPatience)).count
    })
  }

  async now(): Promise<number> {
    if (this.#clock !== undefined) return this.#clock()
    const [row] = await this.all<{ now: number }>(CLOCK)
    return (row as { now: number }).now
  }

  async transaction<Result>(work: (tx: Connection) => Promise<Result>): Promise<Result> {
    return await this.inTransaction((session) => work(this.#connection(session)))
  }

  /** Lends a connection to `work` inside a transaction, which is undone when it throws. */
  async inTransaction<Result>(
    work: (session: Session) => Promise<Result>,
    patienceMs = this.longPatience,
  ): Promise<Result> {
    return await this.pool.use(async (session) => {
      try {
        await session.query('begin isolation level read committed', [], patienceMs)
        const result = await work(session)
        await session.query('commit', [], patienceMs)
        return result
      } catch (error) {
        if (session.usable) await session.query('rollback', [], patienceMs).catch(() => session.destroy())
        throw error
      }
    })
  }

  get longPatience(): number {
    return this.place.timeoutMs * LONGER
  }

  async close(): Promise<void> {
    await this.pool.close()
  }

  #connection(session: Session): Connection {
    const query = (statement: Statement) =>
      session.query(this.#rendered(statement.text).statement.text, statement.values, this.longPatience)
    return {
      forUpdate: this.forUpdate,
      byKey,
      all: async <Row>(statement: Statement) => (await query(statement)).rows as Row[],
      run: async (statement) => (await query(statement)).count,
      now: () => this.#now(session),
      ownRows: (seqs) => ownRows(this, session, seqs),
    }
  }

  async #now(session: Session): Promise<number> {
    if (this.#clock !== undefined) return this.#clock()
    const { rows } = await session.query(CLOCK.text, [], this.place.timeoutMs)
    return (rows[0] as { now: number }).now
  }

  #tableName(name: string): string {
    return `"${this.place.schema}"."${name}"`
  }

  #question({ text, values }: Statement): Question {
    const rendered = this.#rendered(text)
    rendered.asked += 1
    if (rendered.asked === OFTEN) {
      const { text: own } = rendered.statement
      rendered.statement = { name: `offstage_all_${digestOf(own)}`, text: own }
    }
    return { statement: rendered.statement, values }
  }

  #rendered(text: string): Rendered {
    let rendered = this.#texts.get(text)
    if (rendered === undefined) {
      const own = render(
        text,
        (name) => this.#tableName(name),
        (n) => `$${n}`,
      )
      rendered = { statement: { name: '', text: own }, asked: 0 }
      // Lists of varying length make texts of varying length: forget all rather than keep them for ever.
      if (this.#texts.size > 500) this.#texts.clear()
      this.#texts.set(text, rendered)
    }
    return rendered
  }
}
