import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import { connectionCount, decode, invalid, parseServerUrl, timeoutOf } from '../sql/server-url.ts'

/** Where a server is, how to come in, and how it is used. Only what {@link shownPlace} says may be shown. */
export interface PostgresPlace {
  /** A name, an address, or the folder of a Unix socket. */
  host: string
  port: number
  /** Without them, the driver's: `PGUSER`, `PGPASSWORD`, a password file. */
  user: string | undefined
  password: string | undefined
  database: string
  tls: ConnectionOptions | false
  /** TLS from the first byte on, as PostgreSQL 17 takes it. */
  directTls: boolean
  channelBinding: boolean
  applicationName: string
  /** Settings for the server, as libpq's `options`. */
  options: string | undefined
  /** The schema that all tables are in. */
  schema: string
  /** How many connections at most, beside the listener's. */
  connections: number
  /** How long one call waits for its answer, in ms, before its connection counts as dead. */
  timeoutMs: number
  /** False: nobody is told of new work, everybody looks for it. */
  notify: boolean
  /** False: nothing is kept in a connection, as behind a pooler that hands out another one for each transaction. */
  prepare: boolean
  /** False: a claim removes rows by their keys, as on a server that knows no place of a row, or none that holds. */
  ctid: boolean
}

/** A channel of NOTIFY is called after the schema, and takes 63 bytes. */
const SCHEMA = /^[a-z_][a-z0-9_]{0,49}$/i

const SETTINGS = [
  'schema',
  'connections',
  'timeout',
  'notify',
  'prepare',
  'ctid',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'sslnegotiation',
  'channel_binding',
  'application_name',
  'options',
  'host',
] as const
type Setting = (typeof SETTINGS)[number]

/**
 * `postgres://user:password@host:5432/database`, or `postgresql:`. After `?`: `schema`, `connections`, `timeout`,
 * `notify`, `prepare`, `ctid`, and of libpq's settings those about TLS, `application_name`, `options` and `host` (the folder of
 * a socket).
 * @throws OffstageError DATABASE_URL_INVALID; what it says holds nothing of the user or the password.
 */
export function parsePostgresUrl(url: string): PostgresPlace {
  const { parsed, database } = parseServerUrl(url, 'postgres://user:password@host:5432/database')
  const given = readSettings(parsed.searchParams)
  const hostname = given.host ?? decode(parsed.hostname)
  if (hostname.includes(',')) {
    throw invalid('names several hosts: give one name that always leads to the primary')
  }
  return {
    host: hostname === '' ? '127.0.0.1' : hostname.replace(/^\[|\]$/g, ''),
    port: parsed.port === '' ? 5432 : Number(parsed.port),
    user: parsed.username === '' ? undefined : decode(parsed.username),
    password: parsed.password === '' ? undefined : decode(parsed.password),
    database,
    tls: tlsOf(given),
    directTls: oneOf(given, 'sslnegotiation', ['postgres', 'direct']) === 'direct',
    channelBinding: (oneOf(given, 'channel_binding', ['disable', 'prefer', 'require']) ?? 'disable') !== 'disable',
    applicationName: given.application_name ?? 'offstage',
    options: given.options,
    schema: schemaOf(given.schema),
    connections: connectionCount(given.connections),
    timeoutMs: timeoutOf(given.timeout),
    notify: isOn(given, 'notify'),
    prepare: isOn(given, 'prepare'),
    ctid: isOn(given, 'ctid'),
  }
}

/** The place in words that can be shown to anybody: `127.0.0.1:5432/app`. */
export function shownPlace({ host, port, database }: PostgresPlace): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}/${database}`
}

type Given = { [setting in Setting]?: string }

function readSettings(parameters: URLSearchParams): Given {
  const given: Given = {}
  for (const [key, value] of parameters) {
    if (!(SETTINGS as readonly string[]).includes(key)) {
      throw invalid(
        `has an unknown setting ${JSON.stringify(key)}: ${SETTINGS.slice(0, -1).join(', ')} and host can be set`,
      )
    }
    given[key as Setting] = value
  }
  return given
}

function schemaOf(text = 'offstage'): string {
  if (SCHEMA.test(text) && !text.startsWith('pg_')) return text
  throw invalid(`has schema=${text}: use up to 50 letters, digits and _, a letter first`)
}

function oneOf<Choice extends string>(given: Given, key: Setting, choices: readonly Choice[]): Choice | undefined {
  const value = given[key]
  if (value === undefined || (choices as readonly string[]).includes(value)) return value as Choice | undefined
  throw invalid(`has ${key}=${value}: use ${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`)
}

function isOn(given: Given, key: 'notify' | 'prepare' | 'ctid'): boolean {
  return oneOf(given, key, ['true', 'false']) !== 'false'
}

/** What each mode checks is as libpq says it: `require` encrypts, and with a root certificate also checks it. */
function tlsOf(given: Given): ConnectionOptions | false {
  const { sslrootcert, sslcert, sslkey } = given
  const files = {
    ...(sslrootcert === undefined || sslrootcert === 'system' ? {} : { ca: readPem('sslrootcert', sslrootcert) }),
    ...(sslcert === undefined ? {} : { cert: readPem('sslcert', sslcert) }),
    ...(sslkey === undefined ? {} : { key: readPem('sslkey', sslkey) }),
  }
  const modes = ['disable', 'no-verify', 'require', 'verify-ca', 'verify-full'] as const
  const asked = Object.keys(files).length > 0 || given.sslnegotiation === 'direct'
  const mode = oneOf(given, 'sslmode', modes) ?? (asked ? 'verify-full' : 'disable')
  switch (mode) {
    case 'disable':
      return false
    case 'no-verify':
      return { ...files, rejectUnauthorized: false }
    case 'require':
      return 'ca' in files ? { ...files, checkServerIdentity: anyName } : { ...files, rejectUnauthorized: false }
    case 'verify-ca':
      return { ...files, checkServerIdentity: anyName }
    default:
      return files
  }
}

function anyName(): undefined {
  return undefined
}

function readPem(key: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw invalid(`has ${key}=${path}, which cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}
