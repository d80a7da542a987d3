import type { Submittable } from 'pg'

/** A statement whose plan the server keeps under its name; without one, it is parsed and planned each time. */
export interface Prepared {
  name: string
  text: string
}

export type Value = string | number | boolean | null

export interface Question {
  statement: Prepared
  values: readonly Value[]
}

/** Makes a column's text what it means. */
export type Reader = (text: string) => unknown

/** What the driver's connection can do, which its types leave out. */
interface Wire {
  stream: { cork(): void; uncork(): void }
  parse(statement: { name: string; text: string }): void
  describe(what: { type: 'S'; name: string }): void
  bind(call: { statement: string; values: readonly Value[]; valueMapper: (value: Value) => string | null }): void
  execute(call: object): void
  sync(): void
}

export interface Column {
  name: string
  read: Reader
}

/** What a connection has prepared by now: the columns of each statement, by its name. */
export type Known = Map<string, readonly Column[]>

/** Makes a row of what its columns say. */
export type Shape<Row> = (columns: readonly Column[], texts: readonly (string | null)[]) => Row

export function asArray(columns: readonly Column[], texts: readonly (string | null)[]): unknown[] {
  return texts.map((text, index) => (text === null ? null : (columns[index] as Column).read(text)))
}

export function asObject(columns: readonly Column[], texts: readonly (string | null)[]): Record<string, unknown> {
  const row: Record<string, unknown> = {}
  for (const [index, { name, read }] of columns.entries()) {
    const text = texts[index] as string | null
    row[name] = text === null ? null : read(text)
  }
  return row
}

/**
 * Statements sent to the server in one go, and their rows. All of them are one transaction, without a
 * word of beginning or committing it: what the protocol calls a pipeline up to one Sync
 * (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING).
 *
 * Beside the driver's own query it spares the description of the columns with each answer, which the server has to put
 * together and this process to take apart, and several copies of what is asked: a tenth of a millisecond on a machine
 * that was idle.
 */
export class Exchange<Row> implements Submittable {
  readonly answers: Promise<Row[][]>
  readonly #questions: readonly Question[]
  readonly #known: Known
  readonly #readerOf: (type: number) => Reader
  readonly #shape: Shape<Row>
  readonly #rows: Row[][] = []
  /** Of the statement that is being answered. */
  #columns: readonly Column[] | undefined
  #at = 0
  #settle!: { resolve: (rows: Row[][]) => void; reject: (error: unknown) => void }

  constructor(
    questions: readonly Question[],
    known: Known,
    { readerOf, shape }: { readerOf: (type: number) => Reader; shape: Shape<Row> },
  ) {
    this.#questions = questions
    this.#known = known
    this.#readerOf = readerOf
    this.#shape = shape
    this.answers = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
    })
  }

  // What follows is called by the driver.

  submit(connection: unknown): void {
    const wire = connection as Wire
    const parsed = new Set<string>()
    wire.stream.cork()
    try {
      for (const { statement, values } of this.#questions) {
        const { name, text } = statement
        if (!this.#known.has(name) && !parsed.has(name)) {
          wire.parse({ name, text })
          wire.describe({ type: 'S', name })
          if (name !== '') parsed.add(name)
        }
        wire.bind({ statement: name, values, valueMapper: written })
        wire.execute({})
      }
      wire.sync()
    } finally {
      wire.stream.uncork()
    }
  }

  handleRowDescription({ fields }: { fields: readonly { name: string; dataTypeID: number }[] }): void {
    this.#columns = fields.map(({ name, dataTypeID }) => ({ name, read: this.#readerOf(dataTypeID) }))
    const { name } = (this.#questions[this.#at] as Question).statement
    if (name !== '') this.#known.set(name, this.#columns)
  }

  handleDataRow({ fields }: { fields: readonly (string | null)[] }): void {
    this.#columns ??= this.#known.get((this.#questions[this.#at] as Question).statement.name) as readonly Column[]
    const row = this.#shape(this.#columns, fields)
    const rows = this.#rows[this.#at]
    if (rows === undefined) this.#rows[this.#at] = [row]
    else rows.push(row)
  }

  handleCommandComplete(): void {
    this.#rows[this.#at] ??= []
    this.#columns = undefined
    this.#at += 1
  }

  handleError(error: unknown): void {
    this.#settle.reject(error)
  }

  handleReadyForQuery(): void {
    this.#settle.resolve(this.#rows)
  }

  handleEmptyQuery(): void {}

  handlePortalSuspended(): void {}
}

function written(value: Value): string | null {
  return value === null || typeof value === 'string' ? value : String(value)
}
