import { newId } from '../../../core/id.ts'
import { type AccessStore, LONGEST, type Token } from '../../../store/access.ts'
import type { Audit } from './audit.ts'
import { type Identity, isOwnBy, lacks } from './identity.ts'
import { covers, isPermission, type Permission, permissionsOf } from './permissions.ts'
import { plainText } from './plain-text.ts'
import { hashSecret, looksRandom, randomSecret } from './random-secret.ts'
import { Refused } from './refused.ts'

/** Tells whoever finds one, a scanner of source code too, what it is. */
const PREFIX = 'offstage_'
const DAY_MS = 86_400_000
const LONGEST_DAYS = 3_650

export interface TokenRequest {
  name: string
  /** Permissions: at least one, and none that its user does not have. */
  scopes: readonly string[]
  /** Null for one that does not expire. */
  expiresInDays: number | null
}

export function looksLikeToken(text: string): boolean {
  return text.startsWith(PREFIX) && looksRandom(text.slice(PREFIX.length))
}

/** API tokens: each belongs to a user, and may do what it was made for as far as its user may. */
export class Tokens {
  readonly #access: AccessStore
  readonly #audit: Audit
  readonly #now: () => number

  constructor(access: AccessStore, audit: Audit, now: () => number) {
    this.#access = access
    this.#audit = audit
    this.#now = now
  }

  /**
   * Makes a token for whoever is signed in; `text` is shown to them now and never again.
   * @param userId Of the user that it is for: the command line names one.
   */
  async create(
    identity: Identity,
    request: TokenRequest,
    address: string,
    userId: string = identity.id,
  ): Promise<{ text: string; token: Token } | Refused> {
    const missing = lacks(identity, 'tokens.manage')
    if (missing !== undefined) return missing
    // A token that makes tokens would outlive its own end; and the app's users have no row here.
    const user = identity.kind === 'user' || identity.kind === 'cli' ? await this.#access.userById(userId) : undefined
    if (user === undefined) {
      return new Refused('FORBIDDEN', 'tokens are made by a user who is signed in here, or with `offstage users token`')
    }
    const fault = requestFault(request, permissionsOf(user))
    if (fault !== undefined) return fault
    const text = `${PREFIX}${randomSecret()}`
    const now = this.#now()
    const { expiresInDays } = request
    const token: Token = {
      id: newId(),
      hash: hashSecret(text),
      userId: user.id,
      name: plainText(request.name, LONGEST.name),
      scopes: [...new Set(request.scopes)],
      createdAt: new Date(now),
      expiresAt: expiresInDays === null ? null : new Date(now + expiresInDays * DAY_MS),
      seenAt: null,
    }
    const { name, scopes } = token
    const detail = { name, scopes, user: user.email, expiresAt: token.expiresAt }
    await this.#audit.during({ actor: identity, action: 'tokens.create', target: token.id, detail, address }, () =>
      this.#access.addToken(token),
    )
    return { text, token }
  }

  /** One's own (a token: itself), or anybody's for whoever manages users. */
  async revoke(identity: Identity, id: string, address: string): Promise<Refused | undefined> {
    const token = (await this.#access.tokens()).find((each) => each.id === id)
    const isOwn = isOwnBy(identity, token?.userId) || (token !== undefined && token.id === identity.tokenId)
    const missing = isOwn ? undefined : lacks(identity, 'users.manage')
    if (missing !== undefined) return missing
    if (token === undefined) return new Refused('NOT_FOUND', 'there is no such token: it was revoked already')
    const owner = isOwn ? undefined : await this.#access.userById(token.userId)
    if (owner !== undefined && !covers(identity.granted, permissionsOf(owner))) {
      return new Refused('FORBIDDEN', 'you may not revoke the token of somebody who may do more than you')
    }
    const detail = { name: token.name }
    await this.#audit.during({ actor: identity, action: 'tokens.revoke', target: id, detail, address }, () =>
      this.#access.removeToken(id),
    )
    return undefined
  }
}

function requestFault(
  { name, scopes, expiresInDays }: TokenRequest,
  ofUser: readonly Permission[],
): Refused | undefined {
  const invalid = (field: string, message: string) => new Refused('INVALID', message, { field })
  if (typeof name !== 'string' || plainText(name, LONGEST.name) === '') return invalid('name', 'a token needs a name')
  if (!Array.isArray(scopes) || scopes.length === 0) return invalid('scopes', 'a token needs at least one permission')
  const unknown = scopes.find((scope) => !isPermission(scope))
  if (unknown !== undefined) return invalid('scopes', `there is no permission ${JSON.stringify(unknown)}`)
  const beyond = (scopes as Permission[]).find((scope) => !ofUser.includes(scope))
  if (beyond !== undefined) return invalid('scopes', `its user does not have the permission ${beyond}`)
  if (expiresInDays === null) return undefined
  if (!Number.isInteger(expiresInDays) || expiresInDays < 1 || expiresInDays > LONGEST_DAYS) {
    return invalid('expiresInDays', `a token is good for 1 to ${LONGEST_DAYS} days; null for ever`)
  }
  return undefined
}
