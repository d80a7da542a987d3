import { OffstageError } from '../../../core/errors.ts'
import { newId } from '../../../core/id.ts'
import { type AccessStore, LONGEST, type Role, type User, type UserChange } from '../../../store/access.ts'
import type { Audit, AuditRecord } from './audit.ts'
import { emailInvalid, normalEmail } from './email.ts'
import { type Identity, isOwnBy, lacks } from './identity.ts'
import { type Link, type Links, SIGN_IN_LINK_MS } from './links.ts'
import type { Passwords } from './password.ts'
import { passwordFault } from './password-rules.ts'
import { covers, isPermission, isRole, type Permission, permissionsOf } from './permissions.ts'
import { plainText } from './plain-text.ts'
import { Refused } from './refused.ts'

export interface NewUser {
  email: string
  role: Role
  name?: string | undefined
  /** Without one, the user signs in by links. */
  password?: string | undefined
}

/** What an admin may change of a user; undefined leaves it. */
export interface UserPatch {
  name?: string | undefined
  role?: Role | undefined
  /** Null: as the role says. */
  permissions?: readonly string[] | null | undefined
  disabled?: boolean | undefined
  password?: string | undefined
}

/**
 * What is done to users by those who manage them, in the dashboard and by the command line. Nobody can give more than
 * they have, nor change anybody who may do more than they. All of it is refused or written down.
 */
export class Users {
  readonly #access: AccessStore
  readonly #audit: Audit
  readonly #links: Links
  readonly #passwords: Passwords
  readonly #now: () => number

  constructor(access: AccessStore, audit: Audit, links: Links, passwords: Passwords, now: () => number) {
    this.#access = access
    this.#audit = audit
    this.#links = links
    this.#passwords = passwords
    this.#now = now
  }

  async add(by: Identity, request: NewUser, address: string): Promise<User | Refused> {
    const email = normalEmail(request.email)
    if (email === undefined) return emailInvalid()
    const name = nameOf(request.name ?? email.split('@')[0])
    if (name instanceof Refused) return name
    const { role, password } = request
    const refused = this.#refusal(by, role, null) ?? faultOf(password, email)
    if (refused !== undefined) return refused
    const user: User = {
      id: newId(),
      email,
      name,
      password: password === undefined ? null : await this.#passwords.hash(password),
      role,
      permissions: null,
      createdAt: new Date(this.#now()),
      disabledAt: null,
    }
    const done = await this.#during(
      { actor: by, action: 'users.add', target: email, detail: { role, name }, address },
      () => this.#access.addUser(user),
    )
    return done ?? user
  }

  /** Makes an invitation; its link is shown to whoever invites, and they pass it on. */
  async invite(by: Identity, request: { email: string; role: Role }, address: string): Promise<Link | Refused> {
    const email = normalEmail(request.email)
    if (email === undefined) return emailInvalid()
    const { role } = request
    const refused = this.#refusal(by, role, null)
    if (refused !== undefined) return refused
    let link: Link | undefined
    const record = { actor: by, action: 'users.invite', target: email, detail: { role }, address }
    const done = await this.#during(record, async () => {
      link = await this.#links.toRegister(email, role, by.id)
    })
    return done ?? (link as Link)
  }

  /** Takes an invitation back. */
  async withdraw(by: Identity, hash: string, address: string): Promise<Refused | undefined> {
    const refused = lacks(by, 'users.manage')
    if (refused !== undefined) return refused
    const invitation = await this.#access.invitation(hash)
    if (invitation === undefined) return new Refused('NOT_FOUND', 'there is no such invitation any more')
    const record = { actor: by, action: 'users.withdraw', target: invitation.email, address }
    return await this.#during(record, () => this.#access.removeInvitation(hash))
  }

  async change(by: Identity, id: string, patch: UserPatch, address: string): Promise<User | Refused> {
    const user = await this.#managed(by, id)
    if (user instanceof Refused) return user
    if (patch.password !== undefined && isOwnBy(by, id)) {
      return new Refused('INVALID', 'change your own password by the current one', { field: 'password' })
    }
    const change = await this.#changeOf(by, user, patch)
    if (change instanceof Refused) return change
    const { password: _, ...told } = patch
    const detail = patch.password === undefined ? told : { ...told, reset: true }
    const ends = patch.password === undefined ? undefined : 'all'
    const record = { actor: by, action: 'users.change', target: user.email, detail, address }
    const done = await this.#during(record, () => this.#access.changeUser(id, change, ends))
    return done ?? { ...user, ...change }
  }

  async remove(by: Identity, id: string, address: string): Promise<Refused | undefined> {
    const user = await this.#managed(by, id)
    if (user instanceof Refused) return user
    const record = { actor: by, action: 'users.remove', target: user.email, detail: { role: user.role }, address }
    return await this.#during(record, () => this.#access.removeUser(id))
  }

  /** A link to sign in with, for a user who has no password or forgot it. */
  async link(by: Identity, id: string, address: string, validMs: number = SIGN_IN_LINK_MS): Promise<Link | Refused> {
    const user = await this.#managed(by, id)
    if (user instanceof Refused) return user
    if (user.disabledAt !== null) return new Refused('INVALID', `${user.email} is disabled: enable the user first`)
    let link: Link | undefined
    const record = { actor: by, action: 'users.link', target: user.email, address }
    const done = await this.#during(record, async () => {
      link = await this.#links.toSignIn(user, by.id, validMs)
    })
    return done ?? (link as Link)
  }

  /** Ends one session: one's own, or somebody's for whoever manages users. */
  async endSession(by: Identity, sessionId: string, address: string): Promise<Refused | undefined> {
    const session = await this.#access.session(sessionId)
    if (session === undefined || !isOwnBy(by, session.userId)) {
      const refused = lacks(by, 'users.manage')
      if (refused !== undefined) return refused
      if (session === undefined) return new Refused('NOT_FOUND', 'that session has ended already')
      const user = await this.#managed(by, session.userId)
      if (user instanceof Refused && user.code !== 'NOT_FOUND') return user
    }
    const owner = await this.#access.userById(session.userId)
    const record = { actor: by, action: 'sessions.end', target: owner?.email ?? session.userId, address }
    return await this.#during({ ...record, detail: { from: session.address, agent: session.agent } }, () =>
      this.#access.endSession(sessionId),
    )
  }

  /** @returns how many sessions were ended. */
  async endSessions(by: Identity, id: string, address: string): Promise<number | Refused> {
    const user = isOwnBy(by, id) ? await this.#access.userById(id) : await this.#managed(by, id)
    if (user === undefined) return noUser()
    if (user instanceof Refused) return user
    let ended = 0
    const record = { actor: by, action: 'sessions.end', target: user.email, detail: { all: true }, address }
    const done = await this.#during(record, async () => {
      ended = await this.#access.endSessionsOf(id, by.sessionId ?? undefined)
    })
    return done ?? ended
  }

  async #managed(by: Identity, id: string): Promise<User | Refused> {
    const refused = lacks(by, 'users.manage')
    if (refused !== undefined) return refused
    const user = await this.#access.userById(id)
    if (user === undefined) return noUser()
    if (covers(by.granted, permissionsOf(user))) return user
    return new Refused('FORBIDDEN', `${user.email} may do more than you: ask an admin`, { permission: 'users.manage' })
  }

  async #changeOf(by: Identity, user: User, patch: UserPatch): Promise<UserChange | Refused> {
    const { role = user.role, permissions = user.permissions, disabled, password } = patch
    const name = patch.name === undefined ? undefined : nameOf(patch.name)
    if (name instanceof Refused) return name
    const refused = this.#refusal(by, role, permissions) ?? faultOf(password, user.email)
    if (refused !== undefined) return refused
    return {
      ...(name === undefined ? {} : { name }),
      ...(patch.role === undefined ? {} : { role }),
      ...(patch.permissions === undefined ? {} : { permissions }),
      // One that is disabled already stays so since when it was.
      ...(disabled === undefined ? {} : { disabledAt: disabled ? (user.disabledAt ?? new Date(this.#now())) : null }),
      ...(password === undefined ? {} : { password: await this.#passwords.hash(password) }),
    }
  }

  /** Why `by` may not make, or leave, somebody with this role and these permissions. */
  #refusal(by: Identity, role: unknown, permissions: unknown): Refused | undefined {
    const missing = lacks(by, 'users.manage')
    if (missing !== undefined) return missing
    const invalid = (field: string, message: string) => new Refused('INVALID', message, { field })
    if (!isRole(role)) return invalid('role', 'a role is viewer, operator or admin')
    if (permissions !== null && !Array.isArray(permissions)) {
      return invalid('permissions', 'permissions are a list, or null for those of the role')
    }
    const unknown = permissions?.find((name) => !isPermission(name))
    if (unknown !== undefined) return invalid('permissions', `there is no permission ${JSON.stringify(unknown)}`)
    const beyond = permissionsOf({ role, permissions: permissions as Permission[] | null }).find(
      (permission) => !by.granted.includes(permission),
    )
    if (beyond === undefined) return undefined
    return new Refused('FORBIDDEN', `you cannot give the permission ${beyond}: you do not have it`, {
      permission: beyond,
    })
  }

  /** What the store refuses is an answer too, and it is written down as one. */
  async #during(record: Omit<AuditRecord, 'result'>, work: () => Promise<unknown>): Promise<Refused | undefined> {
    try {
      await this.#audit.during(record, work)
      return undefined
    } catch (error) {
      if (error instanceof OffstageError && (error.code === 'LAST_ADMIN' || error.code === 'USER_EXISTS')) {
        return new Refused(error.code, error.message)
      }
      throw error
    }
  }
}

function noUser(): Refused {
  return new Refused('NOT_FOUND', 'there is no such user any more')
}

export function nameOf(text: unknown): string | Refused {
  const name = typeof text === 'string' ? plainText(text, LONGEST.name) : ''
  return name === '' ? new Refused('INVALID', 'a user needs a name', { field: 'name' }) : name
}

export function faultOf(password: unknown, email: string): Refused | undefined {
  if (password === undefined) return undefined
  const fault = typeof password === 'string' ? passwordFault(password, email) : 'a password is text'
  return fault === undefined ? undefined : new Refused('INVALID', `${fault}: take another`, { field: 'password' })
}
