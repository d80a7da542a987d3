import { readFileSync } from 'node:fs'
import { parseDuration } from '../../core/duration.ts'
import { OffstageError } from '../../core/errors.ts'

/** Where a server is and how to come in. Only `database` and what {@link shownPlace} says may be shown. */
export interface MysqlPlace {
  host: string
  port: number
  socketPath: string | undefined
  user: string
  password: string | undefined
  database: string
  /** How many connections at most. */
  connections: number
  /** How long one call waits for its answer, in ms, before its connection counts as dead. */
  timeoutMs: number
  ssl: TlsOptions | undefined
}

export interface TlsOptions {
  ca?: string
  rejectUnauthorized: boolean
  verifyIdentity: boolean
}

/** An application needs one for its writes, one for its reads, and some for what comes together. */
const DEFAULT_CONNECTIONS = 4
const MOST_CONNECTIONS = 100
const DEFAULT_TIMEOUT_MS = 10_000

/**
 * `mysql://user:password@host:3306/database`, the same with `mariadb:`. After `?`: `connections=4`, `timeout=10s`, `socket=/path`,
 * `ssl-mode=REQUIRED|VERIFY_CA|VERIFY_IDENTITY|DISABLED` and `ssl-ca=/path`, as MySQL's own clients name them.
 * @throws OffstageError DATABASE_URL_INVALID; what it says holds nothing of the user or the password.
 */
export function parseMysqlUrl(url: string): MysqlPlace {
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch {
    throw invalid(
      'is not one: write mysql://user:password@host:3306/database, with other signs than letters and digits in the password as %XX',
    )
  }
  const database = decode(parsed.pathname.replace(/^\//, ''))
  if (database === '' || database.includes('/')) {
    throw invalid('names no database: write mysql://user@host/database')
  }
  const settings = readSettings(parsed.searchParams)
  return {
    host: parsed.hostname === '' ? '127.0.0.1' : parsed.hostname.replace(/^\[|\]$/g, ''),
    port: parsed.port === '' ? 3306 : Number(parsed.port),
    socketPath: settings.socket,
    user: decode(parsed.username),
    password: parsed.password === '' ? undefined : decode(parsed.password),
    database,
    connections: settings.connections,
    timeoutMs: settings.timeoutMs,
    ssl: settings.ssl,
  }
}

/** The place in words that can be shown to anybody: `127.0.0.1:3306/app`. */
export function shownPlace(place: MysqlPlace): string {
  const host = place.host.includes(':') ? `[${place.host}]` : place.host
  return `${place.socketPath ?? `${host}:${place.port}`}/${place.database}`
}

function readSettings(given: URLSearchParams) {
  let connections = DEFAULT_CONNECTIONS
  let timeoutMs = DEFAULT_TIMEOUT_MS
  let socket: string | undefined
  let mode: string | undefined
  let ca: string | undefined
  for (const [key, value] of given) {
    if (key === 'connections') connections = connectionCount(value)
    else if (key === 'timeout') timeoutMs = timeoutOf(value)
    else if (key === 'socket') socket = value
    else if (key === 'ssl-mode') mode = value.toUpperCase()
    else if (key === 'ssl-ca') ca = readCertificate(value)
    else
      throw invalid(
        `has an unknown setting ${JSON.stringify(key)}: connections, timeout, socket, ssl-mode and ssl-ca can be set`,
      )
  }
  return { connections, timeoutMs, socket, ssl: tlsOf(mode, ca) }
}

function connectionCount(text: string): number {
  const count = Number(text)
  if (!/^\d+$/.test(text) || count < 1 || count > MOST_CONNECTIONS) {
    throw invalid(`has connections=${text}: use a number from 1 to ${MOST_CONNECTIONS}`)
  }
  return count
}

function timeoutOf(text: string): number {
  try {
    const ms = parseDuration(/^\d+(\.\d+)?$/.test(text) ? Number(text) : text, 'timeout')
    if (ms >= 100 && ms <= 3_600_000) return ms
  } catch {
    // Told below, as what it is: a part of the URL.
  }
  throw invalid(`has timeout=${text}: use seconds or a duration such as 10s, up to an hour`)
}

/** What each mode checks is as MySQL says it; a certificate of one's own is given to be checked. */
function tlsOf(mode: string | undefined, ca: string | undefined): TlsOptions | undefined {
  switch (mode ?? (ca === undefined ? 'DISABLED' : 'VERIFY_CA')) {
    case 'DISABLED':
      return undefined
    case 'REQUIRED':
      return { rejectUnauthorized: false, verifyIdentity: false }
    case 'VERIFY_CA':
      return { rejectUnauthorized: true, verifyIdentity: false, ...(ca === undefined ? {} : { ca }) }
    case 'VERIFY_IDENTITY':
      return { rejectUnauthorized: true, verifyIdentity: true, ...(ca === undefined ? {} : { ca }) }
    default:
      throw invalid(`has ssl-mode=${mode}: use DISABLED, REQUIRED, VERIFY_CA or VERIFY_IDENTITY`)
  }
}

function readCertificate(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw invalid(`has ssl-ca=${path}, which cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function invalid(what: string): OffstageError {
  return new OffstageError('DATABASE_URL_INVALID', `the database URL ${what}`)
}
