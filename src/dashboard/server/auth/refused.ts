import type { Permission } from './permissions.ts'

/** What a refusal is called in the API: `error.code`. */
export type RefusalCode =
  | 'INVALID'
  | 'SIGN_IN_REQUIRED'
  | 'SIGN_IN_FAILED'
  | 'TOKEN_INVALID'
  | 'LINK_INVALID'
  | 'FORBIDDEN'
  | 'READ_ONLY'
  | 'CROSS_SITE'
  | 'NOT_FOUND'
  | 'USER_EXISTS'
  | 'LAST_ADMIN'
  | 'TOO_MANY_ATTEMPTS'

const STATUS = {
  INVALID: 400,
  SIGN_IN_REQUIRED: 401,
  SIGN_IN_FAILED: 401,
  TOKEN_INVALID: 401,
  LINK_INVALID: 401,
  FORBIDDEN: 403,
  READ_ONLY: 403,
  CROSS_SITE: 403,
  NOT_FOUND: 404,
  USER_EXISTS: 409,
  LAST_ADMIN: 409,
  TOO_MANY_ATTEMPTS: 429,
} as const satisfies Record<RefusalCode, number>

export interface RefusalDetail {
  /** Of a 400: which field of the request. */
  field?: string
  /** Of a 403: the permission that is missing. */
  permission?: Permission
  /** Of a 429: when to try again. */
  retryAfterMs?: number
}

/** A request that may not, or cannot, be met: expected, so it is returned and not thrown. */
export class Refused {
  readonly code: RefusalCode
  /** For people: what is wrong, and what to do. */
  readonly message: string
  readonly detail: RefusalDetail

  constructor(code: RefusalCode, message: string, detail: RefusalDetail = {}) {
    this.code = code
    this.message = message
    this.detail = detail
  }

  /** The HTTP status. */
  get status(): (typeof STATUS)[RefusalCode] {
    return STATUS[this.code]
  }
}
