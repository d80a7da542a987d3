import { OffstageError } from '../../../core/errors.ts'
import { newId } from '../../../core/id.ts'
import type { AccessStore, Invitation, Role, User } from '../../../store/access.ts'
import { covers, permissionsOf } from './permissions.ts'
import { hashSecret, looksRandom, randomSecret } from './random-secret.ts'
import { Refused } from './refused.ts'

export const SIGN_IN_LINK_MS = 15 * 60_000
export const INVITATION_MS = 7 * 86_400_000

/** The user that the first start makes: whoever can read what that prints may sign in as it. */
export const FIRST_ADMIN = 'admin@localhost'

/** A link that was just made. Its secret is stored nowhere: it is shown now, or never. */
export interface Link {
  secret: string
  invitation: Invitation
}

/**
 * Where a link leads: a page of the dashboard. The secret stands behind the `#`, which browsers send to no server: it is
 * in no log and no `Referer`, and whatever only looks at the link (a chat's preview) does not use it up.
 * @param dashboard The address of the dashboard, with its base path.
 */
export function linkUrl(dashboard: string, { secret, invitation }: Link): string {
  const page = invitation.kind === 'sign-in' ? 'sign-in#link' : 'register#invite'
  return `${dashboard.replace(/\/+$/, '')}/${page}=${secret}`
}

/** Links that work once: to sign in without a password, and to register. */
export class Links {
  readonly #access: AccessStore
  readonly #now: () => number

  constructor(access: AccessStore, now: () => number) {
    this.#access = access
    this.#now = now
  }

  async toSignIn(user: User, createdBy: string | null, validMs: number = SIGN_IN_LINK_MS): Promise<Link> {
    return await this.#make('sign-in', user.email, user.role, createdBy, validMs)
  }

  /** Takes the place of earlier invitations of that address. @throws OffstageError USER_EXISTS */
  async toRegister(
    email: string,
    role: Role,
    createdBy: string | null,
    validMs: number = INVITATION_MS,
  ): Promise<Link> {
    if ((await this.#access.userByEmail(email)) !== undefined) {
      throw new OffstageError('USER_EXISTS', `there is already a user ${email}: make a sign-in link instead`)
    }
    for (const { kind, email: invited, hash, usedAt } of await this.#access.invitations()) {
      if (kind === 'invite' && invited === email && usedAt === null) await this.#access.removeInvitation(hash)
    }
    return await this.#make('invite', email, role, createdBy, validMs)
  }

  /** Whom a link was made for, whatever has become of it since; undefined for what never was one. */
  async madeFor(secret: unknown): Promise<string | undefined> {
    const hash = hashOf(secret)
    return hash === undefined ? undefined : (await this.#access.invitation(hash))?.email
  }

  /** What a link is good for, without using it up. */
  async look(kind: Invitation['kind'], secret: unknown): Promise<Invitation | Refused> {
    const hash = hashOf(secret)
    const invitation = hash === undefined ? undefined : await this.#access.invitation(hash)
    const good =
      invitation?.kind === kind &&
      invitation.usedAt === null &&
      invitation.expiresAt.getTime() > this.#now() &&
      (await this.#isBacked(invitation))
    return good ? invitation : linkInvalid(kind)
  }

  /** Uses a link up, for whoever is first. */
  async take(kind: Invitation['kind'], secret: unknown): Promise<Invitation | Refused> {
    const seen = await this.look(kind, secret)
    if (seen instanceof Refused) return seen
    return (await this.#access.takeInvitation(seen.hash, new Date(this.#now()))) ?? linkInvalid(kind)
  }

  /**
   * A link for the first admin, who is made if there are no users yet; undefined once somebody has signed in.
   * @throws what the store throws.
   */
  async firstStart(): Promise<Link | undefined> {
    const users = await this.#access.users()
    const admin = users.length === 0 ? await this.#firstAdmin() : users.find(({ email }) => email === FIRST_ADMIN)
    // Whoever knows a password, or is signed in somewhere, can help themselves.
    if (admin === undefined || admin.disabledAt !== null || admin.role !== 'admin') return undefined
    if (users.some(({ password }) => password !== null) || (await this.#access.sessions()).length > 0) return undefined
    return await this.toSignIn(admin, null)
  }

  async #firstAdmin(): Promise<User | undefined> {
    const createdAt = new Date(this.#now())
    const given = { id: newId(), email: FIRST_ADMIN, name: 'Admin', role: 'admin' as const }
    const user: User = { ...given, password: null, permissions: null, createdAt, disabledAt: null }
    try {
      await this.#access.addUser(user)
      return user
    } catch (error) {
      // Another server started at the same moment.
      if ((error as { code?: unknown }).code !== 'USER_EXISTS') throw error
      return await this.#access.userByEmail(FIRST_ADMIN)
    }
  }

  async #make(
    kind: Invitation['kind'],
    email: string,
    role: Role,
    createdBy: string | null,
    validMs: number,
  ): Promise<Link> {
    const secret = randomSecret()
    const now = this.#now()
    const times = { createdAt: new Date(now), expiresAt: new Date(now + validMs), usedAt: null }
    const invitation: Invitation = { hash: hashSecret(secret), kind, email, role, createdBy, ...times }
    await this.#access.addInvitation(invitation)
    return { secret, invitation }
  }

  /** A link is worth no more than whoever made it: a user who was removed or demoted since lets nobody in. */
  async #isBacked({ kind, email, createdBy, role }: Invitation): Promise<boolean> {
    const user =
      kind === 'sign-in' ? await this.#access.userByEmail(email) : { role, permissions: null, disabledAt: null }
    if (user === undefined || user.disabledAt !== null) return false
    if (createdBy === null || createdBy === 'cli' || createdBy.startsWith('app:')) return true
    const creator = await this.#access.userById(createdBy)
    if (creator === undefined || creator.disabledAt !== null) return false
    return covers(permissionsOf(creator), ['users.manage', ...permissionsOf(user)])
  }
}

function hashOf(secret: unknown): string | undefined {
  return typeof secret === 'string' && looksRandom(secret) ? hashSecret(secret) : undefined
}

function linkInvalid(kind: Invitation['kind']): Refused {
  const remedy = kind === 'invite' ? 'ask for another invitation' : 'make another with `offstage users link <email>`'
  return new Refused('LINK_INVALID', `this link was used, has expired or was withdrawn: ${remedy}`)
}
