/** Who may do what, and who did what: users, their sessions and tokens, invitations, the audit log, bulk operations. */

export const ROLES = ['viewer', 'operator', 'admin'] as const
export type Role = (typeof ROLES)[number]

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
  users(): Promise<User[]>
  userByEmail(email: string): Promise<User | undefined>
  userById(id: string): Promise<User | undefined>
  /** @throws OffstageError USER_EXISTS */
  addUser(user: User): Promise<void>
  /** @throws OffstageError LAST_ADMIN when nobody who can sign in would be an admin afterwards. */
  changeUser(
    id: string,
    change: Partial<Pick<User, 'name' | 'password' | 'role' | 'permissions' | 'disabledAt'>>,
  ): Promise<boolean>
  /** With its sessions and tokens. @throws OffstageError LAST_ADMIN */
  removeUser(id: string): Promise<boolean>

  addSession(session: Session): Promise<void>
  session(id: string): Promise<Session | undefined>
  sessionsOf(userId: string): Promise<Session[]>
  touchSession(id: string, seenAt: Date, expiresAt: Date): Promise<void>
  endSession(id: string): Promise<boolean>
  endSessionsOf(userId: string, except?: string): Promise<number>

  addToken(token: Token): Promise<void>
  tokenByHash(hash: string): Promise<Token | undefined>
  tokens(userId?: string): Promise<Token[]>
  touchToken(id: string, seenAt: Date): Promise<void>
  removeToken(id: string): Promise<boolean>

  addInvitation(invitation: Invitation): Promise<void>
  invitations(): Promise<Invitation[]>
  removeInvitation(hash: string): Promise<boolean>
  /** Marks it used, for whoever is first; undefined when it is unknown, used or past its time. */
  useInvitation(hash: string, now: Date): Promise<Invitation | undefined>

  audit(entry: Omit<AuditEntry, 'seq'>): Promise<void>
  auditLog(request: AuditRequest): Promise<AuditEntry[]>

  addOperation(operation: Operation): Promise<void>
  operation(id: string): Promise<Operation | undefined>
  operations(limit: number): Promise<Operation[]>
  /** Adds to its counts; returns the state it is in, so that whoever runs it hears of an abort. */
  advanceOperation(id: string, done: number, skipped: number): Promise<OperationState | undefined>
  /** Ends a running one; false when it had ended. */
  endOperation(id: string, state: Exclude<OperationState, 'running'>, error?: string): Promise<boolean>

  /** A value of the dashboard's own, such as what was set at run time. */
  setting(name: string): Promise<unknown>
  setSetting(name: string, value: unknown): Promise<void>
  /** Removes sessions, invitations and tokens long past their time, and audit entries older than `auditMs`. */
  pruneAccess(now: Date, auditMs: number): Promise<void>
}
