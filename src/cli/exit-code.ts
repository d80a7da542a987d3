import { type ErrorCode, OffstageError } from '../core/errors.ts'

/** What a command of the command line ends with. */
export const EXIT = {
  ok: 0,
  /** The job or the operation failed. */
  failed: 1,
  usage: 2,
  /** The database is away, broken or of another version. */
  unhealthy: 3,
  notFound: 4,
  /** Not on the allow-list, or it would leave nobody who can manage users. */
  refused: 5,
  interrupted: 130,
} as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

const BY_CODE: Partial<Record<ErrorCode, ExitCode>> = {
  HANDLER_UNKNOWN: EXIT.refused,
  HANDLER_DUPLICATE: EXIT.usage,
  HANDLER_INVALID: EXIT.usage,
  ARGS_INVALID: EXIT.usage,
  ARGS_TOO_LARGE: EXIT.usage,
  OPTION_INVALID: EXIT.usage,
  CONFIG_MISSING: EXIT.usage,
  CONFIG_BROKEN: EXIT.usage,
  CONFIG_INVALID: EXIT.usage,
  DATABASE_URL_INVALID: EXIT.usage,
  DATABASE_UNAVAILABLE: EXIT.unhealthy,
  DATABASE_UNWRITABLE: EXIT.unhealthy,
  DATABASE_NOT_OFFSTAGE: EXIT.unhealthy,
  DATABASE_CORRUPT: EXIT.unhealthy,
  DATABASE_FULL: EXIT.unhealthy,
  DATABASE_DENIED: EXIT.unhealthy,
  DATABASE_MISSING: EXIT.unhealthy,
  DATABASE_UNSUPPORTED: EXIT.unhealthy,
  DRIVER_MISSING: EXIT.usage,
  SCHEMA_NEWER: EXIT.unhealthy,
  SCHEMA_MISSING: EXIT.unhealthy,
  SECRET_KEY_MISSING: EXIT.usage,
  SECRET_KEY_INVALID: EXIT.usage,
  JOB_NOT_FOUND: EXIT.notFound,
  QUEUE_NOT_FOUND: EXIT.notFound,
  SCHEDULE_NOT_FOUND: EXIT.notFound,
  WORKER_NOT_FOUND: EXIT.notFound,
  USER_NOT_FOUND: EXIT.notFound,
  USER_EXISTS: EXIT.refused,
  LAST_ADMIN: EXIT.refused,
  PASSWORD_INVALID: EXIT.usage,
}

export function exitCodeOf(error: unknown): ExitCode {
  return error instanceof OffstageError ? (BY_CODE[error.code] ?? EXIT.failed) : EXIT.failed
}
