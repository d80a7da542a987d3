/**
 * Who may do what, and who did what: users, their sessions and tokens, invitations, the audit log, bulk operations.
 *
 * Times that are given are the caller's, in the caller's clock: who may still come in is decided in one place, above
 * the store. Text is at most as long as {@link LONGEST} says: whoever takes it from outside cuts or refuses it.
 */

export const ROLES = ['viewer', 'operator', 'admin'] as const
export type Role = (typeof ROLES)[number]

/** The most characters that each column is sure to hold. */
export const LONGEST = { email: 190, name: 100, address: 64, agent: 250, action: 60, target: 190 } as const

export interface User {
  id: string
  /** In lower case; unique. */
  email: string
  name: string
  /** As `scrypt$…`; null until it has been set. Never leaves the server. */
  password: string | null
  role: Role
  /** Instead of what the role may do, when set. */
  permissions: readonly string[] | null
  createdAt: Date
  /** Set when the user may no longer sign in. */
  disabledAt: Date | null
}

export type UserChange = Partial<Pick<User, 'name' | 'password' | 'role' | 'permissions' | 'disabledAt'>>

export interface Session {
  /** SHA-256 of the cookie, in hexadecimal: the cookie itself is stored nowhere. */
  id: string
  userId: string
  createdAt: Date
  seenAt: Date
  expiresAt: Date
  address: string
  agent: string
}

export interface Token {
  id: string
  /** SHA-256 of the token. */
  hash: string
  userId: string
  name: string
  /** Permissions; never more than its user has when it is used. */
  scopes: readonly string[]
  createdAt: Date
  expiresAt: Date | null
  seenAt: Date | null
}

/** A link that works once: an invitation to register, or a sign-in without a password. */
export interface Invitation {
  /** SHA-256 of what is in the link. */
  hash: string
  kind: 'invite' | 'sign-in'
  /** Whom it is for; for `sign-in`, the email of a user that exists. */
  email: string
  role: Role
  /** A user's id, or who else made it, as in {@link AuditEntry.actor}. */
  createdBy: string | null
  createdAt: Date
  expiresAt: Date
  usedAt: Date | null
}

export interface AuditEntry {
  /** Given by the store, rising. */
  seq: number
  at: Date
  /** The user's id, `cli`, or `app` for the embedding app. */
  actor: string
  actorName: string
  /** Such as `jobs.retry`, `queues.pause`, `users.add`, `sign-in`. */
  action: string
  /** What it was done to: an id, a queue's name, a filter. */
  target: string
  /** JSON. */
  detail: unknown
  address: string
  /** `ok`, or the code of the error. */
  result: string
}

export const OPERATION_STATES = ['running', 'done', 'aborted', 'failed'] as const
export type OperationState = (typeof OPERATION_STATES)[number]

/** A bulk action on all jobs that match a filter: visible, paced, and to be aborted by anybody who may start it. */
export interface Operation {
  id: string
  action: 'retry' | 'run-now' | 'cancel' | 'delete' | 'clear'
  /** As filter text. */
  filter: string
  /** Jobs a second at most; null for as fast as it goes. */
  pace: number | null
  /** How many matched when it began, counted to 10,000; null when there are more. */
  total: number | null
  done: number
  /** Those that had moved on meanwhile. */
  skipped: number
  state: OperationState
  actor: string
  actorName: string
  startedAt: Date
  /** When it last told of itself: one that runs and is silent for long has lost its server. */
  updatedAt: Date
  finishedAt: Date | null
  error: string | null
}

export interface AuditRequest {
  limit: number
  /** From the page before: entries older than this one. */
  before?: number | undefined
  actor?: string | undefined
  action?: string | undefined
  target?: string | undefined
}

/** Every write is one transaction; `false` or undefined where there is nothing of that id. */
export interface AccessStore {
  /** By email. */
  users(): Promise<User[]>
  userByEmail(email: string): Promise<User | undefined>
  userById(id: string): Promise<User | undefined>
  /** Can be repeated when the answer was lost. @throws OffstageError USER_EXISTS for another user of that email. */
  addUser(user: User): Promise<void>
  /**
   * Whoever is disabled loses all sessions with it.
   * @param endSessions Also ends those of the user, all or but for one.
   * @throws OffstageError LAST_ADMIN when nobody who can sign in would be an admin, with all that one may do, afterwards.
   */
  changeUser(id: string, change: UserChange, endSessions?: 'all' | { except: string }): Promise<boolean>
  /** With its sessions, tokens and sign-in links. @throws OffstageError LAST_ADMIN */
  removeUser(id: string): Promise<boolean>

  addSession(session: Session): Promise<void>
  session(id: string): Promise<Session | undefined>
  /** Of one user, or of all; the last seen first. */
  sessions(userId?: string): Promise<Session[]>
  touchSession(id: string, seenAt: Date, expiresAt: Date): Promise<void>
  endSession(id: string): Promise<boolean>
  /** @returns how many it were. */
  endSessionsOf(userId: string, except?: string): Promise<number>

  addToken(token: Token): Promise<void>
  tokenByHash(hash: string): Promise<Token | undefined>
  /** Of one user, or of all; the newest first. */
  tokens(userId?: string): Promise<Token[]>
  touchToken(id: string, seenAt: Date): Promise<void>
  removeToken(id: string): Promise<boolean>

  addInvitation(invitation: Invitation): Promise<void>
  invitation(hash: string): Promise<Invitation | undefined>
  /** The newest first. */
  invitations(): Promise<Invitation[]>
  removeInvitation(hash: string): Promise<boolean>
  /** Marks it used, for whoever is first; undefined when it is unknown, used or past its time. */
  takeInvitation(hash: string, now: Date): Promise<Invitation | undefined>

  audit(entry: Omit<AuditEntry, 'seq'>): Promise<void>
  /** The newest first. */
  auditLog(request: AuditRequest): Promise<AuditEntry[]>

  addOperation(operation: Operation): Promise<void>
  operation(id: string): Promise<Operation | undefined>
  /** Those that run, then the newest. */
  operations(limit: number): Promise<Operation[]>
  /** Adds to its counts; returns the state it is in, so that whoever runs it hears of an abort. */
  advanceOperation(id: string, done: number, skipped: number): Promise<OperationState | undefined>
  /** Ends a running one; false when it had ended. */
  endOperation(id: string, state: Exclude<OperationState, 'running'>, error?: string): Promise<boolean>

  /** A value of the dashboard's own, such as what was set at run time; undefined when it was never set. */
  setting(name: string): Promise<unknown>
  setSetting(name: string, value: unknown): Promise<void>
  /**
   * Removes sessions past their time, invitations a week and tokens a month past it, audit entries older than
   * `auditMs`, and operations that ended before that. Repeatable, in short transactions.
   */
  pruneAccess(now: Date, auditMs: number): Promise<void>
}
