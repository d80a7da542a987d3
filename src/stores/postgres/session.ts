import { Socket } from 'node:net'
import type pg from 'pg'
import { OffstageError } from '../../core/errors.ts'
import type { PooledSession } from '../sql/pool.ts'
import { describePostgresError, isFatal } from './errors.ts'
import {
  asArray,
  asObject,
  Exchange,
  type Known,
  type Prepared,
  type Question,
  type Reader,
  type Shape,
  type Value,
} from './exchange.ts'
import { type PostgresPlace, shownPlace } from './url.ts'

const OLDEST = 13
/** In SQL_ASCII the server takes every byte as it comes. */
const HOLDS_ALL_TEXT: ReadonlySet<string> = new Set(['UTF8', 'SQL_ASCII'])
/** Statements that a connection keeps the plans of: more are a sign that their texts come and go. */
const MOST_KNOWN = 200
/** How long a statement waits for another transaction's row or table before it gives up; repeating is `store/retry`'s. */
const LOCK_WAIT_MS = 5_000

/**
 * What a connection of its own is set to, unless a pooler may hand it to somebody else:
 *
 * - Read committed: every statement sees what has been committed.
 * - The small hot tables are empty when they are looked at and full a moment later, so a plan that was good for them may
 *   read all of them next. Without sequential scans there is one plan only, by the index, and it is always right.
 * - Whoever vanishes holds its rows for no longer than a minute.
 * - A null in an array is one, and not the word.
 */
const SET_UP = [
  ['default_transaction_isolation', "'read committed'"],
  ['enable_seqscan', 'off'],
  ['enable_bitmapscan', 'off'],
  ['jit', 'off'],
  ['array_nulls', 'on'],
  ['lock_timeout', LOCK_WAIT_MS],
  ['statement_timeout', 60_000],
  ['idle_in_transaction_session_timeout', 60_000],
  ['tcp_keepalives_idle', 30],
  ['tcp_keepalives_interval', 10],
  ['tcp_keepalives_count', 3],
]
  .map(([name, value]) => `set ${name} = ${value}`)
  .join(';')
/** The pool ends what is idle by itself. A call that met the server doing so would fail. Known since PostgreSQL 14. */
const STAY_OPEN = ';set idle_session_timeout = 0'

export interface Answer {
  rows: unknown[]
  /** Rows that were written or read. */
  count: number
}

/** One connection to the server. */
export class Session implements PooledSession {
  readonly #client: pg.Client
  readonly #socket: Socket
  readonly #place: PostgresPlace
  readonly #known: Known = new Map()
  readonly #readerOf: (type: number) => Reader
  #broken = false
  onLost: () => void = () => {}
  /** Called with each notification. */
  onNotice: (payload: string) => void = () => {}

  private constructor(client: pg.Client, socket: Socket, place: PostgresPlace, readerOf: (type: number) => Reader) {
    this.#client = client
    this.#readerOf = readerOf
    this.#socket = socket
    this.#place = place
    // Without anybody to hear it, an error of an idle connection would end the process.
    client.on('error', () => this.#lost())
    client.on('end', () => this.#lost())
    client.on('notification', ({ payload }) => this.onNotice(payload ?? ''))
  }

  /** @throws OffstageError what keeps it from being opened. */
  static async open(place: PostgresPlace): Promise<Session> {
    const driver = await loadDriver()
    const { host, port, user, password, database, applicationName, options, timeoutMs } = place
    const socket = new Socket()
    const getTypeParser = (type: number, format?: 'text' | 'binary') =>
      NUMBERS.has(type) ? Number : driver.types.getTypeParser(type, format as 'text')
    const client = new driver.Client({
      host,
      port,
      database,
      ...(user === undefined ? {} : { user }),
      ...(password === undefined ? {} : { password }),
      ...(options === undefined ? {} : { options }),
      ssl: place.tls,
      ...(place.directTls ? { sslnegotiation: 'direct' } : {}),
      enableChannelBinding: place.channelBinding,
      application_name: applicationName,
      connectionTimeoutMillis: timeoutMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      stream: () => socket,
      types: { getTypeParser } as pg.CustomTypesConfig,
    })
    const session = new Session(client, socket, place, (type) => getTypeParser(type))
    try {
      await client.connect()
      await session.#setUp()
    } catch (error) {
      session.destroy()
      throw refused(describePostgresError(error, shownPlace(place)), place)
    }
    return session
  }

  get usable(): boolean {
    return !this.#broken
  }

  /** The server's process of this connection. */
  get pid(): number {
    return (this.#client as unknown as { processID: number }).processID
  }

  /**
   * Runs one statement; its rows are objects. What has not answered within `patienceMs` never will: the connection is
   * given up, whatever became of the statement.
   * @throws OffstageError
   */
  async query(text: string, values: readonly unknown[], patienceMs: number): Promise<Answer> {
    const { rows, rowCount } = await this.#patiently(
      () => this.#client.query({ text, values: values as unknown[] }),
      patienceMs,
    )
    return { rows, count: rowCount ?? 0 }
  }

  /** Runs one prepared statement, with the same patience; its rows are arrays. @throws OffstageError */
  async ask(statement: Prepared, values: readonly Value[], patienceMs: number): Promise<unknown[][]> {
    const [rows] = await this.exchange([{ statement, values }], patienceMs)
    return rows as unknown[][]
  }

  /** Runs several, in order and in one transaction; the rows of each. @throws OffstageError */
  async exchange(questions: readonly Question[], patienceMs: number): Promise<unknown[][][]> {
    return await this.#exchange(questions, asArray, patienceMs)
  }

  /** The same, its rows objects. @throws OffstageError */
  async all(questions: readonly Question[], patienceMs: number): Promise<Record<string, unknown>[][]> {
    return await this.#exchange(questions, asObject, patienceMs)
  }

  hold(held: boolean): void {
    if (held) this.#socket.ref()
    else this.#socket.unref()
  }

  destroy(): void {
    this.#broken = true
    this.#socket.destroy()
    // What was asked on it fails by this; nobody waits for that any more.
    void this.#client.end().catch(() => {})
  }

  async end(): Promise<void> {
    if (this.#broken) return
    this.#broken = true
    this.hold(true)
    const timer = setTimeout(() => this.#socket.destroy(), this.#place.timeoutMs)
    await this.#client.end().catch(() => {})
    clearTimeout(timer)
  }

  async #setUp(): Promise<void> {
    const { prepare, timeoutMs } = this.#place
    const { rows } = await this.query(
      `select current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding,
        current_setting('array_nulls', true) as nulls`,
      [],
      timeoutMs,
    )
    const { version, encoding, nulls } = rows[0] as { version: number; encoding: string; nulls: string | null }
    if (version < OLDEST * 10_000) {
      throw new OffstageError(
        'DATABASE_UNSUPPORTED',
        `the server of ${shownPlace(this.#place)} is PostgreSQL ${Math.floor(version / 10_000)}, which is too old: use ${OLDEST} or newer`,
      )
    }
    // What a job returns, throws or prints could not be stored, and it had run by then.
    if (!HOLDS_ALL_TEXT.has(encoding)) {
      throw new OffstageError(
        'DATABASE_UNSUPPORTED',
        `the database ${shownPlace(this.#place)} has the encoding ${encoding}, which cannot hold all text: use one with UTF8 (\`create database … encoding 'UTF8' template template0\`)`,
      )
    }
    if (prepare) await this.query(version < 140_000 ? SET_UP : SET_UP + STAY_OPEN, [], timeoutMs)
    else if (nulls === 'off') {
      throw new OffstageError(
        'DATABASE_UNSUPPORTED',
        `the server of ${shownPlace(this.#place)} has array_nulls = off, which would store the word null for what is not there: set it on for this user (\`alter role … set array_nulls = on\`)`,
      )
    }
  }

  async #exchange<Row>(questions: readonly Question[], shape: Shape<Row>, patienceMs: number): Promise<Row[][]> {
    const { prepare } = this.#place
    if (this.#known.size > MOST_KNOWN) {
      await this.query('deallocate all', [], patienceMs)
      this.#known.clear()
    }
    const unnamed = ({ statement: { text }, values }: Question) => ({ statement: { name: '', text }, values })
    return await this.#patiently(() => {
      const asked = prepare ? questions : questions.map(unnamed)
      return this.#client.query(new Exchange(asked, this.#known, { readerOf: this.#readerOf, shape })).answers
    }, patienceMs)
  }

  async #patiently<Result>(ask: () => Promise<Result>, patienceMs: number): Promise<Result> {
    if (this.#broken) throw this.#gone('it was closed')
    let timer: NodeJS.Timeout | undefined
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.destroy()
        reject(this.#gone(`no answer for ${patienceMs / 1_000} s: it was given up`))
      }, patienceMs)
    })
    try {
      return await Promise.race([ask(), silence])
    } catch (error) {
      if (isFatal(error)) this.destroy()
      throw describePostgresError(error, shownPlace(this.#place))
    } finally {
      clearTimeout(timer)
    }
  }

  #lost(): void {
    if (this.#broken) return
    this.#broken = true
    this.#socket.destroy()
    this.onLost()
  }

  #gone(told: string): OffstageError {
    const message = `the connection to ${shownPlace(this.#place)} is lost (${told})`
    return new OffstageError('DATABASE_UNAVAILABLE', message, { transient: true })
  }
}

/** Whatever else a server or a pooler before it has against a connection, somebody has to read it in one line. */
function refused(error: unknown, place: PostgresPlace): OffstageError {
  if (error instanceof OffstageError) return error
  const told = (error as Error).message
  return new OffstageError('DATABASE_UNAVAILABLE', `${shownPlace(place)} cannot be used: ${told}`, { cause: error })
}

/** int8 and numeric: all that is stored in them here is exact as a number. */
const NUMBERS: ReadonlySet<number> = new Set([20, 1700])

async function loadDriver(): Promise<typeof pg> {
  try {
    return (await import('pg')).default
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new OffstageError('DRIVER_MISSING', 'the driver for PostgreSQL is not installed: run npm install pg', {
      cause: error,
    })
  }
}
