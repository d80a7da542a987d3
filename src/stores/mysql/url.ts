import { readFileSync } from 'node:fs'
import { connectionCount, decode, invalid, parseServerUrl, timeoutOf } from '../sql/server-url.ts'

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

/**
 * `mysql://user:password@host:3306/database`, the same with `mariadb:`. After `?`: `connections=4`, `timeout=10s`, `socket=/path`,
 * `ssl-mode=REQUIRED|VERIFY_CA|VERIFY_IDENTITY|DISABLED` and `ssl-ca=/path`, as MySQL's own clients name them.
 * @throws OffstageError DATABASE_URL_INVALID; what it says holds nothing of the user or the password.
 */
export function parseMysqlUrl(url: string): MysqlPlace {
  const { parsed, database } = parseServerUrl(url, 'mysql://user:password@host:3306/database')
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
  let connections = connectionCount()
  let timeoutMs = timeoutOf(undefined)
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
