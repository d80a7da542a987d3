import { type ErrorCode, OffstageError } from '../../core/errors.ts'

/** What the driver throws: an error of the server has a SQLSTATE of five characters, one of the network a word. */
interface DriverError extends Error {
  code?: string
  severity?: string
  schema?: string
  table?: string
}

type Described = [code: ErrorCode, message: string, transient: boolean]

/**
 * Says in one line what an error of the server, the driver or the network means for the user, or hands through what is
 * none. What the server adds to its message is not kept: it can hold what jobs were given.
 * @param place As it may be shown: without user and password.
 */
export function describePostgresError(error: unknown, place: string): unknown {
  if (!(error instanceof Error) || error instanceof OffstageError) return error
  const { code = '', message, severity } = error as DriverError
  const isServers = /^[0-9A-Z]{5}$/.test(code) && 'severity' in error
  const described = isServers ? ofServer(code, message, place, severity) : ofNetwork(code, message, place)
  const cause = bare(error as DriverError)
  if (described === undefined) return cause
  return new OffstageError(described[0], described[1], { cause, transient: described[2] })
}

/** True when the connection is of no more use after this error. */
export function isFatal(error: unknown): boolean {
  const { severity, code = '' } = error as DriverError
  // A plan that was made before a migration, or one that a pooler keeps elsewhere: a new connection has none. And one to
  // a server that was the primary may lead to the new one by now.
  return severity !== 'ERROR' || code === '0A000' || code === '26000' || code === '42P05' || code === '25006'
}

/** True when the server has no room for another connection. */
export function isCrowded(error: unknown): boolean {
  return ((error as Error).cause as DriverError | undefined)?.code === '53300'
}

/** True for an error of the server that says there is no such table or schema. */
export function isNoTable(error: unknown): boolean {
  const { code } = (error instanceof OffstageError ? error.cause : error) as DriverError
  return code === '42P01' || code === '3F000'
}

/** True when a key that was to be new is there already. */
export function isTaken(error: unknown): boolean {
  return ((error as Error).cause as DriverError | undefined)?.code === '23505'
}

/** Of those that https://www.postgresql.org/docs/current/errcodes-appendix.html lists. */
function ofServer(state: string, told: string, place: string, severity?: string): Described | undefined {
  switch (state) {
    case '40001': // serialization_failure
    case '40P01': // deadlock_detected
    case '55P03': // lock_not_available
    case '55006': // object_in_use
    case '23505': // unique_violation: of two who store one thing at once, the second; asked again, it sees the first
    case '0A000': // feature_not_supported: "cached plan must not change result type", after a migration
      return ['DATABASE_BUSY', `the database ${place} is busy with the same rows; try again`, true]
    case '57014': // query_canceled
      return ['DATABASE_UNAVAILABLE', `the server of ${place} gave up a statement that took too long (${told})`, true]
    case '26000': // invalid_sql_statement_name
    case '42P05': // duplicate_prepared_statement
      return [
        'DATABASE_UNSUPPORTED',
        `a pooler before ${place} gives each transaction another connection: add prepare=false&notify=false to the database URL`,
        true,
      ]
    case '28P01': // invalid_password
      return ['DATABASE_DENIED', `the server of ${place} refuses the password: correct the database URL`, false]
    case '28000': // invalid_authorization_specification
      return ['DATABASE_DENIED', notLetIn(told, place), false]
    case '42501': // insufficient_privilege
      return [
        'DATABASE_DENIED',
        `this user lacks a right on ${place} (${told}): ${rightLacking(told, severity)}`,
        false,
      ]
    case '3D000': // invalid_catalog_name
      return [
        'DATABASE_MISSING',
        `there is no database ${nameOf(place)} on the server of ${place}: create it, or name another in the database URL`,
        false,
      ]
    case '3F000': // invalid_schema_name
    case '42P01': // undefined_table
    case '42703': // undefined_column
      return [
        'SCHEMA_MISSING',
        `${place} lacks a table or a column of Offstage (${told}): run \`offstage migrate\`, and where that finds nothing to do, \`offstage doctor\``,
        false,
      ]
    case '42P07': // duplicate_table: only a migration makes any
    case '42701': // duplicate_column
      return [
        'DATABASE_NOT_OFFSTAGE',
        `in ${place} something has a name that Offstage needs (${told}): name another schema with schema=… in the database URL, or drop it where it is left of a migration by hand`,
        false,
      ]
    case '25006': // read_only_sql_transaction
      return [
        'DATABASE_UNWRITABLE',
        `the server of ${place} is read-only, as a standby is: name the primary in the database URL, or wait for the failover`,
        true,
      ]
    case '53100': // disk_full
      return [
        'DATABASE_FULL',
        `the disk of the server of ${place} is full; nothing was stored: make room and try again`,
        true,
      ]
    case '53300': // too_many_connections
      return [
        'DATABASE_UNAVAILABLE',
        `the server of ${place} takes no more connections: lower connections=… in the database URLs, or raise max_connections there`,
        true,
      ]
    case '53200': // out_of_memory
    case '53400': // configuration_limit_exceeded
    case '58030': // io_error
      return ['DATABASE_UNAVAILABLE', `the server of ${place} is in trouble (${told})`, true]
    case '57P04': // database_dropped
      return ['DATABASE_MISSING', `the database ${nameOf(place)} was dropped while it was used`, false]
    case 'XX001': // data_corrupted
    case 'XX002': // index_corrupted
      return ['DATABASE_CORRUPT', `${place} is damaged (${told}): restore a backup`, false]
    case '54000': // program_limit_exceeded
      return ['DATABASE_UNSUPPORTED', `the server of ${place} cannot store this: ${told}`, false]
    case '08P01': // protocol_violation: what PgBouncer says all of its own refusals with
      return ofPooler(told, place) ?? away(place, told)
    default:
      // connection_exception; operator_intervention: shutting down, starting up; 25P0x: it ended our transaction.
      return /^(08|57P|25P0)/.test(state) ? away(place, told) : undefined
  }
}

/** What a pooler refuses a connection for, itself or in the server's words, where time does not heal it. */
function ofPooler(told: string, place: string): Described | undefined {
  if (/(password|SASL) authentication failed/.test(told)) {
    return [
      'DATABASE_DENIED',
      `the pooler at ${place} refuses the user or the password: correct the database URL`,
      false,
    ]
  }
  if (/no such user|role ".*" does not exist/.test(told)) {
    return ['DATABASE_DENIED', `the pooler at ${place} refuses the user (${told}): correct the database URL`, false]
  }
  if (/no such database|database ".*" does not exist/.test(told)) {
    return [
      'DATABASE_MISSING',
      `there is no database ${nameOf(place)} behind the pooler at ${place} (${told}): create it, or name another in the database URL`,
      false,
    ]
  }
  if (/unsupported startup parameter/.test(told)) {
    return [
      'DATABASE_UNSUPPORTED',
      `the pooler at ${place} does not hand on all settings of the database URL (${told}): take it out there, or add it to ignore_startup_parameters of the pooler`,
      false,
    ]
  }
  return undefined
}

function ofNetwork(code: string, told: string, place: string): Described | undefined {
  switch (code) {
    case 'ECONNREFUSED':
      return ['DATABASE_UNAVAILABLE', `no server answers at ${place}: start it, or correct the database URL`, true]
    case 'ENOENT':
      return ['DATABASE_UNAVAILABLE', `there is no socket of a server at ${place}: start it, or correct the URL`, true]
    case 'EACCES':
    case 'EPERM':
      return ['DATABASE_DENIED', `this user may not open ${place}`, false]
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return ['DATABASE_UNAVAILABLE', `the host of ${place} is not known: correct the database URL`, true]
    default:
  }
  if (/^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL|HOSTNAME_MISMATCH|EPROTO)/.test(code)) {
    return [
      'DATABASE_DENIED',
      `the server of ${place} cannot be trusted (${told}): give its certificate as sslrootcert=…, or see sslmode in the documentation`,
      false,
    ]
  }
  if (/does not support SSL|establishing an SSL/.test(told)) {
    return [
      'DATABASE_DENIED',
      `the server of ${place} has no TLS: switch it on there, or take sslmode from the URL`,
      false,
    ]
  }
  if (/^SASL|SCRAM|password must be a string/i.test(told)) {
    return [
      'DATABASE_DENIED',
      `the server of ${place} refuses the password, or there is none: correct the database URL`,
      false,
    ]
  }
  if (/^Received unexpected|^received invalid response/i.test(told)) {
    return [
      'DATABASE_UNSUPPORTED',
      `something else than PostgreSQL answers at ${place}: correct the kind or the port in the database URL`,
      false,
    ]
  }
  if (told === 'timeout expired') {
    return [
      'DATABASE_UNAVAILABLE',
      `nothing at ${place} answers as PostgreSQL does: check the host, the port, the network and its firewall`,
      true,
    ]
  }
  const isNetwork = /^E(CONN|PIPE|TIMEDOUT|HOST|NET|ADDR|MFILE|NFILE)/.test(code)
  return isNetwork || /terminated|not queryable/.test(told) ? away(place, told) : undefined
}

function away(place: string, told: string): Described {
  return ['DATABASE_UNAVAILABLE', `the connection to ${place} is lost (${told})`, true]
}

/** The server asks its pg_hba.conf, of which each line is for connections with TLS, without, or both. */
function notLetIn(told: string, place: string): string {
  if (!/no pg_hba\.conf entry/.test(told))
    return `the server of ${place} refuses the user (${told}): correct the database URL`
  const isClear = /no encryption|SSL off/.test(told)
  const remedy = isClear ? 'add sslmode=require to the database URL, or have one added' : 'have one added'
  return `the server of ${place} has no line in pg_hba.conf for this user${isClear ? ' without TLS' : ''}: ${remedy}`
}

function rightLacking(told: string, severity?: string): string {
  if (told.startsWith('must be owner of')) {
    return 'run `offstage migrate` as the owner of the tables, who alone may change them'
  }
  const [, kind, name] = /permission denied for (\w+) "?([^"]+)"?/.exec(told) ?? []
  switch (kind) {
    case 'database':
      // Who may not come in is sent away; who may not make a schema in it goes on.
      if (severity === 'FATAL') return `grant connect on database "${name}" to it`
      return `grant create on database "${name}" to it, or have its owner create the schema and give it to this user`
    case 'schema':
      return `grant usage, create on schema "${name}" to it`
    case 'table':
      return `grant select, insert, update, delete on all tables in the schema of "${name}" to it (\`offstage doctor\` lists what it lacks)`
    case 'sequence':
      return `grant usage on all sequences in the schema of "${name}" to it`
    default:
      return 'make it the owner of the schema'
  }
}

function nameOf(place: string): string {
  return place.slice(place.lastIndexOf('/') + 1)
}

/** Its message and code alone. */
function bare({ name, message, code }: DriverError): Error {
  return Object.assign(new Error(message), { name, ...(code === undefined ? {} : { code }) })
}
