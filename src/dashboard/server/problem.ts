import { type ErrorCode, OffstageError } from '../../core/errors.ts'
import type { ApiError } from '../api.ts'

export type ErrorStatus = 400 | 401 | 403 | 404 | 409 | 413 | 415 | 429 | 500 | 503

/** What a request is answered with instead of what it asked for. */
export class Problem extends Error {
  readonly status: ErrorStatus
  readonly body: ApiError['error']

  constructor(status: ErrorStatus, body: ApiError['error']) {
    super(body.message)
    this.name = 'Problem'
    this.status = status
    this.body = body
  }

  get code(): string {
    return this.body.code
  }
}

export function badRequest(field: string, reason: string): Problem {
  return new Problem(400, { code: 'OPTION_INVALID', message: `${field} ${reason}`, field, reason })
}

export function notFound(message: string): Problem {
  return new Problem(404, { code: 'NOT_FOUND', message })
}

/** The status of an error of Offstage's own, by its code. What is not here is a fault of the server. */
const STATUS: Partial<Record<ErrorCode, ErrorStatus>> = {
  HANDLER_UNKNOWN: 400,
  ARGS_INVALID: 400,
  ARGS_TOO_LARGE: 413,
  OPTION_INVALID: 400,
  PASSWORD_INVALID: 400,
  SECRET_KEY_MISSING: 400,
  SECRET_KEY_INVALID: 400,
  JOB_NOT_FOUND: 404,
  QUEUE_NOT_FOUND: 404,
  WORKER_NOT_FOUND: 404,
  SCHEDULE_NOT_FOUND: 404,
  SCHEDULE_DECLARED: 409,
  USER_NOT_FOUND: 404,
  USER_EXISTS: 409,
  LAST_ADMIN: 409,
  JOB_STATE: 409,
}

/** Which field of a request an error is about, where its code tells. */
const FIELD: Partial<Record<ErrorCode, string>> = {
  HANDLER_UNKNOWN: 'class',
  ARGS_INVALID: 'args',
  ARGS_TOO_LARGE: 'args',
  PASSWORD_INVALID: 'password',
  SECRET_KEY_MISSING: 'secrets',
  SECRET_KEY_INVALID: 'secrets',
}

/** Any error as an answer. What nobody foresaw is told to nobody but the log. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (!(error instanceof OffstageError)) {
    return new Problem(500, { code: 'INTERNAL', message: 'the server failed at this: its log says why' })
  }
  const { code, message } = error
  const status = STATUS[code]
  if (status === 400) return new Problem(400, { code, message, ...fieldOf(error) })
  if (status !== undefined) return new Problem(status, { code, message })
  if (error.transient || code.startsWith('DATABASE_') || code === 'CLOSED' || code === 'SCHEMA_NEWER') {
    return new Problem(503, { code, message, retryAfterMs: 2_000 })
  }
  return new Problem(500, { code, message })
}

/** Messages of `OPTION_INVALID` begin with the name of the option. */
function fieldOf({ code, message }: OffstageError): { field: string; reason: string } {
  const field = FIELD[code]
  if (field !== undefined) return { field, reason: message }
  const [, name = 'body', reason = message] = /^([\w.[\]]+) (.*)$/s.exec(message) ?? []
  return { field: name, reason }
}

/** Nothing answered in time. The pages show it as a banner, over what they have. */
export function queryTimeout(limitMs: number): Problem {
  return new Problem(503, {
    code: 'QUERY_TIMEOUT',
    message:
      `the database did not answer this within ${limitMs / 1_000} s, so the query was ended: narrow the filter or the ` +
      'time window, or try again when it is less busy',
    retryAfterMs: 5_000,
  })
}
