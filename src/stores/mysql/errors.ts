import { type ErrorCode, OffstageError } from '../../core/errors.ts'

/** What the driver throws: the server's errors have a number, those of the network a code. */
interface DriverError extends Error {
  code?: string
  errno?: number
  sqlMessage?: string
  fatal?: boolean
}

type Described = [code: ErrorCode, message: string, transient: boolean]

/**
 * Says in one line what an error of the server, the driver or the network means for the user, or hands through what is
 * none. The statement that failed is not kept with it: it holds what the jobs were given.
 * @param place As it may be shown: without user and password.
 */
export function describeMysqlError(error: unknown, place: string): unknown {
  if (!(error instanceof Error) || error instanceof OffstageError) return error
  const driverError = error as DriverError
  const number = typeof driverError.errno === 'number' ? driverError.errno : undefined
  const told = driverError.sqlMessage ?? driverError.message
  const described =
    (number === undefined ? undefined : ofServer(number, told, place)) ?? ofNetwork(driverError.code, told, place)
  if (described === undefined) return withoutStatement(driverError)
  const [code, message, transient] = described
  return new OffstageError(code, message, { cause: withoutStatement(driverError), transient })
}

/** True when the server has no room for another connection. */
export function isCrowded(error: unknown): boolean {
  const { errno = 0 } = ((error as Error).cause ?? {}) as DriverError
  return errno === 1040 || errno === 1203 || errno === 1226
}

/** True when the connection is of no more use after this error: it was lost, or leads to what is no primary any more. */
export function isFatal(error: unknown): boolean {
  const { fatal, errno = 0 } = (error ?? {}) as DriverError
  return fatal === true || errno === 1290 || errno === 1792 || errno === 1836
}

/** True for the error of a row that is there already. */
export function isDuplicate(error: unknown): boolean {
  return ((error as Error).cause as DriverError | undefined)?.errno === 1062
}

/** Numbers of MySQL (https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html) and MariaDB. */
function ofServer(number: number, told: string, place: string): Described | undefined {
  switch (number) {
    case 1205: // ER_LOCK_WAIT_TIMEOUT
    case 1213: // ER_LOCK_DEADLOCK
    case 1020: // ER_CHECKREAD: MariaDB, a row changed since it was read
    case 1614: // ER_XA_RBDEADLOCK
    case 1062: // ER_DUP_ENTRY: of two who store one thing at once, the second; asked again, it sees the first
    case 3572: // ER_LOCK_NOWAIT
      return ['DATABASE_BUSY', `the database ${place} is busy with the same rows; try again`, true]
    case 1044: // ER_DBACCESS_DENIED_ERROR: told also where there is no such database
      return [
        'DATABASE_DENIED',
        `this user has no right on the database ${nameOf(place)} of ${place}, or there is none: create it, and grant all on ${nameOf(place)}.* to the user`,
        false,
      ]
    case 1142: // ER_TABLEACCESS_DENIED_ERROR
    case 1143: // ER_COLUMNACCESS_DENIED_ERROR
    case 1227: // ER_SPECIFIC_ACCESS_DENIED_ERROR
    case 1370: // ER_PROCACCESS_DENIED_ERROR
      return ['DATABASE_DENIED', `this user lacks a right on ${place}: ${rightLacking(told, nameOf(place))}`, false]
    case 1045: // ER_ACCESS_DENIED_ERROR
    case 1698: // ER_ACCESS_DENIED_NO_PASSWORD_ERROR
    case 1251: // ER_NOT_SUPPORTED_AUTH_MODE
    case 1862: // ER_MUST_CHANGE_PASSWORD_LOGIN
    case 3118: // ER_ACCOUNT_HAS_BEEN_LOCKED
    case 4151: // ER_ACCOUNT_HAS_BEEN_LOCKED, MariaDB
      return [
        'DATABASE_DENIED',
        `the server of ${place} refuses the user or the password: correct the database URL (or add ssl-mode=REQUIRED, where the user has to use TLS)`,
        false,
      ]
    case 3159: // ER_SECURE_TRANSPORT_REQUIRED
      return [
        'DATABASE_DENIED',
        `the server of ${place} takes TLS connections only: add ssl-mode=REQUIRED to the database URL`,
        false,
      ]
    case 1130: // ER_HOST_NOT_PRIVILEGED
      return ['DATABASE_DENIED', `the server of ${place} lets nobody in from this machine: allow its host`, false]
    case 1129: // ER_HOST_IS_BLOCKED
      return ['DATABASE_UNAVAILABLE', `the server of ${place} has blocked this machine: run FLUSH HOSTS there`, true]
    case 1049: // ER_BAD_DB_ERROR
      return [
        'DATABASE_MISSING',
        `there is no database ${nameOf(place)} on the server of ${place}: create it, or name another`,
        false,
      ]
    case 1054: // ER_BAD_FIELD_ERROR
    case 1146: // ER_NO_SUCH_TABLE
      return [
        'SCHEMA_MISSING',
        `${place} lacks a table or a column of Offstage (${told}): run \`offstage migrate\`, and where that finds nothing to do, \`offstage doctor\``,
        false,
      ]
    case 1040: // ER_CON_COUNT_ERROR
    case 1203: // ER_TOO_MANY_USER_CONNECTIONS
    case 1226: // ER_USER_LIMIT_REACHED
      return [
        'DATABASE_UNAVAILABLE',
        `the server of ${place} takes no more connections: lower connections=… in the database URLs, or raise max_connections there`,
        true,
      ]
    case 1290: // ER_OPTION_PREVENTS_STATEMENT: --read-only, --super-read-only
    case 1792: // ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION
    case 1836: // ER_READ_ONLY_MODE
      return [
        'DATABASE_UNWRITABLE',
        `the server of ${place} is read-only, as a replica is: name the primary in the database URL, or wait for the failover`,
        true,
      ]
    case 1153: // ER_NET_PACKET_TOO_LARGE
    case 1301: // ER_WARN_ALLOWED_PACKET_OVERFLOWED
      return tooLarge(place)
    case 1665: // ER_BINLOG_STMT_MODE_AND_ROW_ENGINE
      return [
        'DATABASE_UNSUPPORTED',
        `the server of ${place} logs statements, which cannot be repeated safely here: set binlog_format=ROW or MIXED there`,
        false,
      ]
    case 1969: // ER_STATEMENT_TIMEOUT, MariaDB
    case 3024: // ER_QUERY_TIMEOUT
      return ['DATABASE_UNAVAILABLE', `the server of ${place} gave up a statement that took too long (${told})`, true]
    case 1021: // ER_DISK_FULL
    case 1114: // ER_RECORD_FILE_FULL
      return full(place)
    case 1030: // ER_GET_ERRNO
    case 1026: // ER_ERROR_ON_WRITE
      return /\b(28|No space left|122)\b/.test(told)
        ? full(place)
        : ['DATABASE_UNAVAILABLE', `the server of ${place} has trouble with its disk (${told})`, true]
    case 1034: // ER_NOT_KEYFILE
    case 1712: // ER_INDEX_CORRUPT
    case 1877: // ER_TABLE_CORRUPT
      return ['DATABASE_CORRUPT', `a table of ${place} is damaged (${told}): restore a backup`, false]
    case 1047: // ER_UNKNOWN_COM_ERROR: a Galera node that is not ready
    case 1053: // ER_SERVER_SHUTDOWN
    case 1077: // ER_NORMAL_SHUTDOWN
    case 1152: // ER_ABORTING_CONNECTION
    case 1158: // ER_NET_READ_ERROR
    case 1159: // ER_NET_READ_INTERRUPTED
    case 1160: // ER_NET_ERROR_ON_WRITE
    case 1161: // ER_NET_WRITE_INTERRUPTED
    case 1317: // ER_QUERY_INTERRUPTED
    case 1637: // ER_TOO_MANY_CONCURRENT_TRXS
    case 1184: // ER_NEW_ABORTING_CONNECTION
    case 1927: // ER_CONNECTION_KILLED, MariaDB
    case 3032: // ER_SERVER_OFFLINE_MODE
    case 3101: // ER_TRANSACTION_ROLLBACK_DURING_COMMIT: group replication
    case 4031: // ER_CLIENT_INTERACTION_TIMEOUT
      return away(place)
    default:
      return undefined
  }
}

function ofNetwork(code: string | undefined, told: string, place: string): Described | undefined {
  switch (code) {
    case 'ENOTFOUND':
      return ['DATABASE_UNAVAILABLE', `the host of the database ${place} is not known: correct the database URL`, true]
    case 'EAI_AGAIN':
      return [
        'DATABASE_UNAVAILABLE',
        `the host of the database ${place} cannot be looked up now: the name server does not answer`,
        true,
      ]
    case 'ECONNREFUSED':
    case 'ENOENT':
      return [
        'DATABASE_UNAVAILABLE',
        `nothing answers at ${place}: start the server, or correct the database URL`,
        true,
      ]
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
      return [
        'DATABASE_UNAVAILABLE',
        `${place} cannot be reached, or is no MySQL or MariaDB: check the host, the port, the network and its firewall`,
        true,
      ]
    case 'ECONNRESET':
    case 'EPIPE':
    case 'PROTOCOL_CONNECTION_LOST':
    case 'PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR':
    case 'PROTOCOL_PACKETS_OUT_OF_ORDER':
      return away(place)
    case 'HANDSHAKE_NO_SSL_SUPPORT':
      return ['DATABASE_DENIED', `the server of ${place} has no TLS: set it up there, or leave out ssl-mode`, false]
    case 'HANDSHAKE_SSL_ERROR':
      return [
        'DATABASE_DENIED',
        `no TLS connection to ${place} (${told}): give the right ssl-ca, or another ssl-mode`,
        false,
      ]
    default:
      return undefined
  }
}

export function away(place: string): Described {
  return ['DATABASE_UNAVAILABLE', `the connection to ${place} was lost: the server went away or restarts`, true]
}

export function tooLarge(place: string): Described {
  return [
    'PACKET_TOO_LARGE',
    `the server of ${place} takes no statement as large as these jobs: raise max_allowed_packet there, or give jobs less to carry`,
    false,
  ]
}

function full(place: string): Described {
  return [
    'DATABASE_FULL',
    `the disk of the server of ${place} is full; nothing was stored: make room there and try again`,
    true,
  ]
}

/** `INSERT command denied to user 'app'@'%' for table 'offstage_job'` → `INSERT on offstage_job`. */
function rightLacking(told: string, database: string): string {
  // What it takes to lock a row is to be allowed to change it.
  const command = told.replace(/^SELECT with locking clause/, 'UPDATE')
  const [, right, table] =
    /^(\S+) command denied to user .* for table [`']?(?:[^`'.]+[`']?\.[`']?)?([^`']+)/.exec(command) ?? []
  if (right !== undefined && /^(CREATE|ALTER|INDEX|DROP|REFERENCES)/.test(right)) {
    return `grant ${right} on ${database}.* to it, or run \`offstage migrate\` as a user who has that`
  }
  if (right !== undefined) return `grant ${right} on ${table} to it (\`offstage doctor\` lists what it lacks)`
  const [, privileges] = /at least one of\)? the (.+?) privilege/.exec(told) ?? []
  return privileges === undefined ? `grant all on ${database}.* to it` : `grant one of ${privileges}`
}

function nameOf(place: string): string {
  return place.slice(place.lastIndexOf('/') + 1)
}

function withoutStatement(error: DriverError): Error {
  delete (error as { sql?: string }).sql
  return error
}
