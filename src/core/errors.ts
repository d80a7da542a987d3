/**
 * Every error that Offstage itself raises, by code: what a program can branch on. `docs/errors.md` lists each
 * with its remedy, and a test compares the two.
 */
export const ERROR_CODES = [
  'HANDLER_UNKNOWN',
  'HANDLER_DUPLICATE',
  'HANDLER_INVALID',
  'ARGS_INVALID',
  'ARGS_TOO_LARGE',
  'OPTION_INVALID',
  'TX_INVALID',
  'CONFIG_MISSING',
  'CONFIG_BROKEN',
  'CONFIG_INVALID',
  'DATABASE_URL_INVALID',
  'DATABASE_UNAVAILABLE',
  'DATABASE_UNWRITABLE',
  'DATABASE_NOT_OFFSTAGE',
  'DATABASE_CORRUPT',
  'DATABASE_FULL',
  'DATABASE_BUSY',
  'DATABASE_DENIED',
  'DATABASE_MISSING',
  'DATABASE_UNSUPPORTED',
  'DRIVER_MISSING',
  'PACKET_TOO_LARGE',
  'SCHEMA_NEWER',
  'SCHEMA_MISSING',
  'MOVE_ELSEWHERE',
  'MOVE_TAKEN_OVER',
  'WORKER_ID_TAKEN',
  'WORKER_RUNNING',
  'ISOLATION_NEEDS_CONFIG',
  'LOG_UNWRITABLE',
  'PORT_TAKEN',
  'SECRET_KEY_MISSING',
  'SECRET_KEY_INVALID',
  'SECRET_KEY_UNKNOWN',
  'SECRET_CORRUPT',
  'JOB_NOT_FOUND',
  'QUEUE_NOT_FOUND',
  'SCHEDULE_NOT_FOUND',
  'SCHEDULE_DECLARED',
  'WORKER_NOT_FOUND',
  'USER_NOT_FOUND',
  'USER_EXISTS',
  'LAST_ADMIN',
  'PASSWORD_INVALID',
  'JOB_STATE',
  'WAIT_TIMEOUT',
  'NOT_IN_A_JOB',
  'CLOSED',
] as const
export type ErrorCode = (typeof ERROR_CODES)[number]

/** An error raised by Offstage. Its message is one line that says what happened and what to do about it. */
export class OffstageError extends Error {
  readonly code: ErrorCode
  /** True when the same call may succeed later, unchanged: the database is busy, full or away. */
  readonly transient: boolean

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown; transient?: boolean }) {
    super(message, options && 'cause' in options ? { cause: options.cause } : undefined)
    this.name = 'OffstageError'
    this.code = code
    this.transient = options?.transient ?? false
  }
}

/** Throw this in a job to fail it at once, whatever retries are left. */
export class FailJob extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'FailJob'
  }
}

/** Throw this in a job to have it run again later, without spending an attempt. The delay is as in `delay`. */
export class SnoozeJob extends Error {
  readonly delay: number | string

  constructor(delay: number | string, message = `snoozed for ${delay}${typeof delay === 'number' ? ' s' : ''}`) {
    super(message)
    this.name = 'SnoozeJob'
    this.delay = delay
  }
}
