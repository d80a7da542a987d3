import type { Submittable } from 'pg'

/** A statement that runs often enough for the server to keep its plan. It answers with rows. */
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

/** What a connection has prepared by now: the readers of each statement's columns, by its name. */
export type Known = Map<string, readonly Reader[]>

/**
 * Prepared statements sent to the server in one go, and their rows, as arrays. All of them are one transaction, without a
 * word of beginning or committing it: what the protocol calls a pipeline up to one Sync
 * (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING).
 *
 * Beside the driver's own query it spares the description of the columns with each answer, which the server has to put
 * together and this process to take apart, and several copies of what is asked: a tenth of a millisecond on a machine
 * that was idle.
 */
export class Exchange implements Submittable {
  readonly answers: Promise<unknown[][][]>
  readonly #questions: readonly Question[]
  readonly #known: Known
  readonly #readerOf: (type: number) => Reader
  readonly #rows: unknown[][][] = []
  #at = 0
  #settle!: { resolve: (rows: unknown[][][]) => void; reject: (error: unknown) => void }

  /** @param known Empty where nothing may be kept in the connection: each statement is parsed anew, without a name. */
  constructor(questions: readonly Question[], known: Known, readerOf: (type: number) => Reader) {
    this.#questions = questions
    this.#known = known
    this.#readerOf = readerOf
    this.answers = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
    })
  }

  // What follows is called by the driver.

  submit(connection: unknown): void {
    const wire = connection as Wire
    wire.stream.cork()
    try {
      for (const { statement, values } of this.#questions) {
        const { name, text } = statement
        if (!this.#known.has(name)) {
          wire.parse({ name, text })
          wire.describe({ type: 'S', name })
        }
        wire.bind({ statement: name, values, valueMapper: written })
        wire.execute({})
      }
      wire.sync()
    } finally {
      wire.stream.uncork()
    }
  }

  handleRowDescription({ fields }: { fields: readonly { dataTypeID: number }[] }): void {
    const { name } = (this.#questions[this.#at] as Question).statement
    this.#known.set(
      name,
      fields.map(({ dataTypeID }) => this.#readerOf(dataTypeID)),
    )
  }

  handleDataRow({ fields }: { fields: readonly (string | null)[] }): void {
    const { name } = (this.#questions[this.#at] as Question).statement
    const readers = this.#known.get(name) as readonly Reader[]
    const row = fields.map((text, column) => (text === null ? null : (readers[column] as Reader)(text)))
    const rows = this.#rows[this.#at]
    if (rows === undefined) this.#rows[this.#at] = [row]
    else rows.push(row)
  }

  handleCommandComplete(): void {
    this.#rows[this.#at] ??= []
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
