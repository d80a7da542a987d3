/** A value that every database here can bind. Times are integers (ms), JSON is text. */
export type Value = string | number | null

/** A statement and what is bound to its `?` marks. Made by the `sql` tag only; `rank` is a word of MySQL's: quote it. */
export interface Statement {
  text: string
  values: Value[]
  /** See {@link dear}. */
  dear?: true
}

/** What an operation may do inside a transaction. */
export interface Connection {
  all<Row>(statement: Statement): Promise<Row[]>
  /** Runs a write; returns how many rows it found to change, whether they were changed by it or stood so before. */
  run(statement: Statement): Promise<number>
  /** The database's clock, in ms since 1970. */
  now(): Promise<number>
  /**
   * Ends a select inside a transaction: its rows are as they are now, and nobody else changes them before that ends.
   * Empty where a transaction is alone with the database. It holds the rows of every table that is selected from.
   */
  readonly forUpdate: Statement
  readonly byKey: ByKey
  /**
   * Has those of some jobs that a worker holds stand in `running`, whatever else stands for them until then. Missing
   * where that is so anyway.
   */
  ownRows?(seqs: readonly number[]): Promise<void>
}

/** Where a transaction is alone with the database, what it has read stays so. */
export function isAlone({ forUpdate }: Connection): boolean {
  return forUpdate.text === ''
}

/** Rows of one table by their keys. A statement calls the table `t`. */
export interface Keyed {
  table: Statement
  /** Whole numbers all, but the id. */
  key: readonly ('seq' | 'n' | 'id' | 'queue' | 'rank' | 'run_at' | 'expires_at')[]
  /** Each at most once, in any order. */
  keys: readonly (readonly Value[])[]
  /** What else has to be so. */
  and?: Statement
}

/**
 * Statements about many rows that are named by their keys, or what those begin with. Each is looked up in the index of
 * its key, whatever the server takes the table for: no row of anybody else is waited for.
 */
export interface ByKey {
  select(columns: Statement, rows: Keyed): Statement
  /** A select that holds the rows as {@link Connection.forUpdate} does, one after the other in the order of their keys. */
  held(columns: Statement, rows: Keyed): Statement
  update(rows: Keyed, set: Statement): Statement
  delete(rows: Keyed): Statement
  /** Numbers of jobs as a table `k`, to be selected from: it has the column `seq`. */
  numbers(seqs: readonly number[]): Statement
}

/**
 * What each database says in its own words. What they have in common is not here: columns of text compare and sort by
 * their bytes everywhere (`collate "C"`, `utf8mb4_bin`), `a % b` of integers is one, and a bound number is an integer.
 */
export interface Dialect {
  /** True where the text in `column` has `text` in it, case and all. Null where the column is. */
  contains(column: Statement, text: string): Statement
  /**
   * A select of the different values of a column, as `value`, in their order, up to `limit`. By jumping from one to the
   * next in an index, however often each is there.
   */
  distinct(values: DistinctValues, limit: number): Statement
  /** Whether it jumps also in the middle of an index. Where it does not, one value after the other can be asked for. */
  readonly jumpsWithin: boolean
  /** All that workers hold, as a table with `seq`, `lease` and `started_at`: to be read whole, not to be looked up in. */
  readonly held: Statement
  /**
   * True where the number in a column is among those that a select gives: looked up in the order of the index, all of
   * them at once. Missing where that is no cheaper than one after the other, or may have another plan.
   */
  readonly among?: (column: Statement, select: Statement) => Statement
  /** True where a column is one of some values. Missing where a list of them does as well. */
  readonly oneOf?: (column: Statement, values: readonly (string | number)[]) => Statement
  /** The rows of a select for each of some texts, as one. Missing where to unite them does as well. */
  readonly forEach?: (texts: readonly string[], select: (text: Statement, place: Statement) => Statement) => Statement
  /** Rows that it looks up by their key, one by one, in about 40 ms: how many are few enough to be looked at each. */
  readonly lookups: number
}

/** Of a column that an index begins with, or has behind those that `where` names. */
export interface DistinctValues {
  column: Statement
  from: Statement
  /** A condition on the rows. */
  where: Statement
}

/** The port to one database: what the operations in this folder are written against. */
export interface Database extends Connection {
  readonly dialect: Dialect
  /** Runs `work` in one write transaction: all of it or nothing. */
  transaction<Result>(work: (tx: Connection) => Promise<Result>): Promise<Result>
  /** Of a database that answers on this process's thread: what else keeps a select from holding it for long. */
  readonly guard?: Guard
}

/** Ends a select in the middle of its rows. */
export interface Guard {
  /** True of every row, by its job's number; looks at the clock at some of them. To stand before what may cost much. */
  inTime(seq: Statement): Statement
  /** @throws TookTooLong when a row of a select with that condition is reached later than `ms` from now. */
  all<Row>(statement: Statement, ms: number): Promise<Row[]>
}

export class TookTooLong extends Error {}

/** Text that is part of the statement itself, such as a table's name; never anything from outside. */
class Fragment {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** A select that takes the database long enough to be worth a connection of its own, if one is free. */
export function dear(statement: Statement): Statement {
  return { ...statement, dear: true }
}

/** Builds a statement. Interpolated values are bound, never spliced in; a nested statement is inlined. */
export function sql(strings: TemplateStringsArray, ...parts: (Value | Fragment | Statement)[]): Statement {
  let text = strings[0] as string
  const values: Value[] = []
  for (const [index, part] of parts.entries()) {
    if (part instanceof Fragment) text += part.text
    else if (typeof part === 'object' && part !== null) {
      text += part.text
      values.push(...part.values)
    } else {
      text += '?'
      values.push(part)
    }
    text += strings[index + 1]
  }
  return { text, values }
}

/** Statements or values put in a row, as in `in (${list(ids)})` or `where ${list(conditions, ' and ')}`. */
export function list(parts: readonly (Value | Statement)[], separator = ', '): Statement {
  const pieces: string[] = []
  const values: Value[] = []
  for (const part of parts) {
    if (typeof part === 'object' && part !== null) {
      pieces.push(part.text)
      values.push(...part.values)
    } else {
      pieces.push('?')
      values.push(part)
    }
  }
  return { text: pieces.join(separator), values }
}

/** The tables, by their short names. In this order they can be created, in the reverse one dropped. */
export const TABLES = [
  'migration',
  'setting',
  'handler',
  'queue',
  'job',
  'ready',
  'delayed',
  'running',
  'moving',
  'attempt',
  'expiry',
  'unique_job',
  'log',
  'worker',
  'metric',
  'schedule',
  'user',
  'session',
  'token',
  'invitation',
  'audit',
  'operation',
] as const
export type TableName = (typeof TABLES)[number]

/**
 * `table.job` names the job table in a statement. It stands there as `{job}` until a database {@link render}s it: each
 * has its own way to keep its tables apart from the user's.
 */
export const table = Object.fromEntries(TABLES.map((name) => [name, new Fragment(`{${name}}`)])) as Readonly<
  Record<TableName, Fragment>
>

/** The text of a statement in a database's own words: what it calls a table, and how it marks the n-th bound value. */
export function render(text: string, tableName: (name: string) => string, mark: (n: number) => string): string {
  let n = 0
  return text.replace(/'[^']*'|\{(\w+)\}|\?/g, (found, name?: string) => {
    if (found.startsWith("'")) return found
    if (name !== undefined) return tableName(name)
    n += 1
    return mark(n)
  })
}
