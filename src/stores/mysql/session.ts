import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { Connection as DriverConnection, QueryOptions } from 'mysql2/promise'
import { OffstageError } from '../../core/errors.ts'
import type { PooledSession } from '../sql/pool.ts'
import { away, describeMysqlError, isFatal, tooLarge } from './errors.ts'
import { type MysqlPlace, shownPlace } from './url.ts'

/** How long one statement waits for another transaction's row before it gives up, in s; repeating is `store/retry`'s. */
const LOCK_WAIT_S = 5

/**
 * - Read committed: nothing locks the gaps between keys, so enqueues do not wait for claims, and every statement sees
 *   what has been committed.
 * - The modes make shared statements mean the same here as elsewhere: "x" is a name, || joins text, \\ is a letter,
 *   and what does not fit is an error.
 * - No statement is refused, or cut short, because somebody wanted to guard people at a prompt from theirs.
 * - The pool ends what is idle by itself: a call that met the server doing so would fail.
 */
const setUp = [
  `set session transaction isolation level read committed`,
  `set session sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO',
     time_zone = '+00:00', autocommit = 1, innodb_lock_wait_timeout = ${LOCK_WAIT_S}, lock_wait_timeout = 30,
     sql_safe_updates = 0, sql_big_selects = 1, sql_select_limit = 18446744073709551615, completion_type = 0,
     wait_timeout = 28800`,
  'set names utf8mb4 collate utf8mb4_bin',
  'select version() as version, @@max_allowed_packet as packet',
]

/** The first of either that has SKIP LOCKED, and all else that is used here. */
const OLDEST = { mysql: [8, 0, 17], mariadb: [10, 6, 0] } as const

/** How long taking leave may take. */
const LEAVE_MS = 2_000
/** Characters of one message to the server, where it would take so many. */
const MOST_TEXT = 1_000_000

/** One connection to the server, set up as the statements here need it. */
export class Session implements PooledSession {
  readonly #driver: DriverConnection
  /** As it may be shown. */
  readonly #place: string
  readonly #timeoutMs: number
  /** About how many characters one statement may have: each is three bytes at most, and the server counts bytes. */
  mostText = MOST_TEXT
  /** Bytes of one message: the server hangs up on what is larger, often before it has said why. */
  #packet = Number.POSITIVE_INFINITY
  #broken = false
  onLost: () => void = () => {}

  private constructor(driver: DriverConnection, place: string, timeoutMs: number) {
    this.#driver = driver
    this.#place = place
    this.#timeoutMs = timeoutMs
    driver.on('error', () => this.#lost())
    driver.on('end', () => this.#lost())
  }

  /** @throws OffstageError what keeps it from being opened. */
  static async open(place: MysqlPlace): Promise<Session> {
    const shown = shownPlace(place)
    const { createConnection } = await loadDriver()
    let driver: DriverConnection
    try {
      driver = await createConnection({
        ...(place.socketPath === undefined ? { host: place.host, port: place.port } : { socketPath: place.socketPath }),
        user: place.user,
        ...(place.password === undefined ? {} : { password: place.password }),
        database: place.database,
        ...(place.ssl === undefined ? {} : { ssl: place.ssl }),
        connectTimeout: place.timeoutMs,
        charset: 'utf8mb4_unicode_ci',
        // A transaction in one round trip. What is bound is never part of a statement: see `literal`.
        multipleStatements: true,
        // Of an update the rows that were found, not only those that it made different; no file of this machine.
        flags: ['FOUND_ROWS', '-LOCAL_FILES'],
        supportBigNumbers: true,
        decimalNumbers: true,
        jsonStrings: true,
        trace: false,
        enableKeepAlive: true,
        keepAliveInitialDelay: 10_000,
      })
    } catch (error) {
      throw describeMysqlError(error, shown)
    }
    const session = new Session(driver, shown, place.timeoutMs)
    try {
      const results = await session.script(setUp)
      const [{ version, packet }] = results.at(-1) as [{ version: string; packet: number }]
      checkVersion(version, shown)
      session.#packet = packet
      session.mostText = Math.min(MOST_TEXT, Math.floor(packet / 4))
    } catch (error) {
      session.destroy()
      throw error
    }
    return session
  }

  get usable(): boolean {
    return !this.#broken
  }

  /**
   * Runs one statement. What has not answered within `patienceMs` never will: the connection is given up, whatever
   * became of the statement.
   * @returns The rows of a select; of a write, what it found and made.
   * @throws OffstageError
   */
  async query(text: string, patienceMs = this.#timeoutMs): Promise<unknown> {
    return await this.#run({ sql: text }, patienceMs)
  }

  /**
   * Runs statements one after the other, up to the first that fails: in one round trip, or where they are too long for
   * one message, in as few as it takes.
   * @param rowsAsArray Made and read faster than objects, which counts by the thousand.
   * @returns The result of each.
   */
  async script(statements: readonly string[], rowsAsArray = false): Promise<unknown[]> {
    const results: unknown[] = []
    for (let start = 0; start < statements.length; ) {
      let end = start + 1
      let length = (statements[start] as string).length
      while (end < statements.length && length + (statements[end] as string).length < this.mostText) {
        length += (statements[end] as string).length
        end += 1
      }
      const sql = statements.slice(start, end).join(';')
      const result = await this.#run({ sql, rowsAsArray }, this.#timeoutMs)
      if (end - start === 1) results.push(result)
      else results.push(...(result as unknown[]))
      start = end
    }
    return results
  }

  hold(held: boolean): void {
    // The driver hides its socket behind a wrapper and another.
    const { stream } = (this.#driver as unknown as { connection: { stream: Socket } }).connection
    if (held) stream.ref()
    else stream.unref()
  }

  async #run(options: QueryOptions, patienceMs: number): Promise<unknown> {
    if (this.#broken) throw this.#error()
    if (options.sql.length * 3 > this.#packet && Buffer.byteLength(options.sql) + 1 > this.#packet) {
      const [code, message] = tooLarge(this.#place)
      throw new OffstageError(code, message)
    }
    let timer: NodeJS.Timeout | undefined
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.destroy()
        const message = `${this.#place} has not answered for ${patienceMs / 1_000} s: the connection was given up`
        reject(new OffstageError('DATABASE_UNAVAILABLE', message, { transient: true }))
      }, patienceMs)
    })
    try {
      const [result] = await Promise.race([this.#driver.query(options), silence])
      return result
    } catch (error) {
      if (isFatal(error)) this.destroy()
      throw describeMysqlError(error, this.#place)
    } finally {
      clearTimeout(timer)
    }
  }

  destroy(): void {
    this.#broken = true
    this.#driver.destroy()
  }

  async end(): Promise<void> {
    if (this.#broken) return
    this.#broken = true
    const timer = setTimeout(() => this.#driver.destroy(), LEAVE_MS)
    await Promise.race([this.#driver.end(), once(this.#driver, 'end')]).catch(() => {})
    clearTimeout(timer)
  }

  #lost(): void {
    if (this.#broken) return
    this.#broken = true
    this.onLost()
  }

  #error(): OffstageError {
    const [code, message, transient] = away(this.#place)
    return new OffstageError(code, message, { transient })
  }
}

async function loadDriver(): Promise<typeof import('mysql2/promise')> {
  try {
    return await import('mysql2/promise')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new OffstageError(
      'DRIVER_MISSING',
      'the driver for MySQL and MariaDB is not installed: run npm install mysql2',
      { cause: error },
    )
  }
}

/** `8.0.36`, `8.4.0-cloud`, `10.11.6-MariaDB-1`, `5.5.5-10.6.12-MariaDB`. */
function checkVersion(version: string, place: string): void {
  const isMariaDb = /mariadb/i.test(version)
  const [, ...numbers] = /(\d+)\.(\d+)\.(\d+)/.exec(version.replace(/^5\.5\.5-/, '')) ?? []
  const oldest = isMariaDb ? OLDEST.mariadb : OLDEST.mysql
  const [first = 0, second = 0, third = 0] = numbers.map(Number)
  const difference = first - oldest[0] || second - oldest[1] || third - oldest[2]
  if (numbers.length === 0 || difference >= 0) return
  const name = isMariaDb ? 'MariaDB' : 'MySQL'
  throw new OffstageError(
    'DATABASE_UNSUPPORTED',
    `the server of ${place} is ${name} ${first}.${second}.${third}, which is too old: use MySQL ${OLDEST.mysql.join('.')} or MariaDB 10.6, or newer`,
  )
}
