import { OffstageError } from '../../../core/errors.ts'
import { newId } from '../../../core/id.ts'
import type { AccessStore, User } from '../../../store/access.ts'
import { type Audit, type AuditRecord, SOMEBODY } from './audit.ts'
import { normalEmail } from './email.ts'
import type { Identity } from './identity.ts'
import type { Links } from './links.ts'
import type { Passwords } from './password.ts'
import { hashSecret, looksRandom } from './random-secret.ts'
import { Refused } from './refused.ts'
import { clearCookie, setCookie } from './session-cookie.ts'
import type { Sessions } from './sessions.ts'
import { Throttle } from './throttle.ts'
import { faultOf, nameOf } from './users.ts'
import type { Visit } from './visit.ts'

/** Somebody has come in: `setCookie` is the text of the header that lets their browser stay. */
export interface SignedIn {
  user: User
  setCookie: string
}

/** The ways in and out, with what slows guessing down. */
export class SignIn {
  readonly #access: AccessStore
  readonly #audit: Audit
  readonly #links: Links
  readonly #passwords: Passwords
  readonly #sessions: Sessions
  readonly #throttle: Throttle
  readonly #now: () => number

  constructor(
    access: AccessStore,
    audit: Audit,
    links: Links,
    passwords: Passwords,
    sessions: Sessions,
    now: () => number,
  ) {
    this.#access = access
    this.#audit = audit
    this.#links = links
    this.#passwords = passwords
    this.#sessions = sessions
    this.#throttle = new Throttle(now)
    this.#now = now
  }

  /** By email and password. What is wrong of the two is not told, by the answer or by its time. */
  async withPassword(visit: Visit, given: { email: unknown; password: unknown }): Promise<SignedIn | Refused> {
    const email = normalEmail(given.email)
    const { password } = given
    if (email === undefined || typeof password !== 'string') {
      return new Refused('SIGN_IN_FAILED', 'the email address or the password is wrong')
    }
    const slowed = await this.#slowed(visit, email, 'sign-in')
    if (slowed !== undefined) return slowed
    const user = await this.#access.userByEmail(email)
    const { right, outdated } = await this.#passwords.verify(password, user?.password ?? null)
    if (user === undefined || !right || user.disabledAt !== null) {
      await this.#audit.record({ ...signIn(visit, email), actor: user ?? SOMEBODY, result: 'SIGN_IN_FAILED' })
      return new Refused('SIGN_IN_FAILED', 'the email address or the password is wrong')
    }
    this.#throttle.succeeded(visit.address, email)
    if (outdated) await this.#upgrade(user, password)
    return await this.#begin(visit, user, 'password')
  }

  /** Hashes a password at today's cost, unless it was changed meanwhile. */
  async #upgrade({ id, password: stored }: User, password: string): Promise<void> {
    const anew = await this.#passwords.hash(password)
    const now = await this.#access.userById(id)
    if (now?.password === stored) await this.#access.changeUser(id, { password: anew })
  }

  /** By a link that works once. */
  async withLink(visit: Visit, secret: unknown): Promise<SignedIn | Refused> {
    const invitation = await this.#links.take('sign-in', secret)
    if (invitation instanceof Refused) return await this.#linkRefused(visit, secret, invitation)
    const user = await this.#access.userByEmail(invitation.email)
    if (user === undefined || user.disabledAt !== null)
      return new Refused('LINK_INVALID', 'its user was removed or disabled')
    return await this.#begin(visit, user, 'link')
  }

  /** By an invitation: makes the user, and signs them in. The link is used up only when all else is right. */
  async register(
    visit: Visit,
    given: { invite: unknown; name: unknown; password: unknown },
  ): Promise<SignedIn | Refused> {
    const invited = await this.#links.look('invite', given.invite)
    if (invited instanceof Refused) return await this.#linkRefused(visit, given.invite, invited)
    const { email, role } = invited
    const name = nameOf(given.name)
    if (name instanceof Refused) return name
    const fault = faultOf(given.password ?? null, email)
    if (fault !== undefined) return fault
    const password = await this.#passwords.hash(given.password as string)
    const invitation = await this.#links.take('invite', given.invite)
    if (invitation instanceof Refused) return invitation
    const createdAt = new Date(this.#now())
    const user: User = { id: newId(), email, name, password, role, permissions: null, createdAt, disabledAt: null }
    const record = { actor: user, action: 'users.register', target: email, detail: { role }, address: visit.address }
    try {
      await this.#audit.during(record, () => this.#access.addUser(user))
    } catch (error) {
      if (!(error instanceof OffstageError) || error.code !== 'USER_EXISTS') throw error
      return new Refused('USER_EXISTS', error.message)
    }
    return await this.#begin(visit, user, 'invitation')
  }

  /** Ends the session of this browser. @returns the text of the `Set-Cookie` header that clears its cookie. */
  async out(visit: Visit, identity: Identity | undefined): Promise<string> {
    if (identity?.sessionId) {
      const record = { actor: identity, action: 'sign-out', target: identity.email ?? '', address: visit.address }
      await this.#audit.during(record, () => this.#access.endSession(identity.sessionId as string))
    } else await this.#endOf(visit)
    return clearCookie(visit.place)
  }

  /** One's own; ends all other sessions. Whoever has none yet (they came by a link) needs no current one. */
  async changePassword(
    visit: Visit,
    identity: Identity,
    given: { current: unknown; password: unknown },
  ): Promise<Refused | undefined> {
    const { kind, sessionId } = identity
    const user = kind === 'user' ? await this.#access.userById(identity.id) : undefined
    if (user === undefined || sessionId === null) {
      return new Refused('FORBIDDEN', 'only a user who is signed in here has a password to change')
    }
    const fault = faultOf(given.password ?? null, user.email)
    if (fault !== undefined) return fault
    const record = { actor: identity, action: 'password', target: user.email, address: visit.address }
    if (user.password !== null) {
      const refused = await this.#checkCurrent(visit, user, given.current, record)
      if (refused !== undefined) return refused
    }
    const password = await this.#passwords.hash(given.password as string)
    await this.#audit.during(record, () => this.#access.changeUser(user.id, { password }, { except: sessionId }))
    return undefined
  }

  /** As at sign-in: a browser that was left open is no place to guess either. */
  async #checkCurrent(
    visit: Visit,
    user: User,
    current: unknown,
    record: Omit<AuditRecord, 'result'>,
  ): Promise<Refused | undefined> {
    const slowed = await this.#slowed(visit, user.email, 'password')
    if (slowed !== undefined) return slowed
    if (typeof current === 'string' && (await this.#passwords.verify(current, user.password)).right) {
      this.#throttle.succeeded(visit.address, user.email)
      return undefined
    }
    await this.#audit.record({ ...record, result: 'INVALID' })
    return new Refused('INVALID', 'this is not your current password', { field: 'current' })
  }

  /** A link that was good once and is tried again may be in wrong hands: that is worth a row, where a guess is not. */
  async #linkRefused(visit: Visit, secret: unknown, refused: Refused): Promise<Refused> {
    const email = await this.#links.madeFor(secret)
    if (email !== undefined && this.#throttle.admit(visit.address, email) === undefined) {
      await this.#audit.record({ ...signIn(visit, email), actor: SOMEBODY, result: refused.code })
    }
    return refused
  }

  async #slowed(visit: Visit, email: string, action: string): Promise<Refused | undefined> {
    if (this.#passwords.busy) {
      return new Refused('TOO_MANY_ATTEMPTS', 'too many sign-ins at once: try again in a moment', {
        retryAfterMs: 2_000,
      })
    }
    const slowed = this.#throttle.admit(visit.address, email)
    if (slowed === undefined) return undefined
    const { retryAfterMs, first } = slowed
    // One row for each time that it is too early, not for each try: strangers must not fill the log.
    if (first) {
      await this.#audit.record({ ...signIn(visit, email), action, actor: SOMEBODY, result: 'TOO_MANY_ATTEMPTS' })
    }
    const seconds = Math.ceil(retryAfterMs / 1_000)
    return new Refused('TOO_MANY_ATTEMPTS', `too many attempts: try again in ${seconds} s`, { retryAfterMs })
  }

  async #begin(visit: Visit, user: User, by: string): Promise<SignedIn> {
    // Whatever cookie came with the request is never taken over; what it stood for has ended.
    await this.#endOf(visit)
    const { cookie } = await this.#sessions.begin(user.id, visit)
    await this.#audit.record({ ...signIn(visit, user.email), actor: user, detail: { by } })
    return { user, setCookie: setCookie(visit.place, cookie, this.#sessions.longestMs) }
  }

  async #endOf({ cookie }: Visit): Promise<void> {
    if (cookie !== undefined && looksRandom(cookie)) await this.#access.endSession(hashSecret(cookie))
  }
}

function signIn({ address }: Visit, email: string): { action: string; target: string; address: string } {
  return { action: 'sign-in', target: email, address }
}
