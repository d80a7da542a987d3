import { OffstageError } from '../../../core/errors.ts'
import type { AccessStore, Role } from '../../../store/access.ts'
import { bearerToken } from './cross-site.ts'
import { type Identity, makeIdentity } from './identity.ts'
import { isPermission, isRole, type Permission, permissionsOf, type ReadOnly, tokenPermissions } from './permissions.ts'
import { hashSecret } from './random-secret.ts'
import { Refused } from './refused.ts'
import type { Sessions } from './sessions.ts'
import { looksLikeToken } from './tokens.ts'
import type { Visit } from './visit.ts'

/** Whom the embedding app says that a request is from: with a role, or with the permissions one by one. */
export type AppUser = { id: string; name: string; email?: string } & (
  | { role: Role; permissions?: undefined }
  | { permissions: readonly string[]; role?: undefined }
)

/**
 * Asked for each request, instead of sessions. Null: nobody, refused with 401. A response, such as a redirect to the
 * app's own sign-in, goes to the browser as it is.
 */
export type Authorize = (request: Request) => AppUser | Response | null | Promise<AppUser | Response | null>

export interface IdentifyOptions {
  access: AccessStore
  sessions: Sessions
  now: () => number
  authorize?: Authorize | undefined
}

const TOUCH_EVERY_MS = 60_000

/**
 * Says who makes a request: by an API token, else by the embedding app, else by a session.
 * @throws OffstageError CONFIG_INVALID for an answer of the app's `authorize` that makes no sense; what that throws.
 */
export async function identify(
  request: Request,
  visit: Pick<Visit, 'cookie'>,
  readOnly: ReadOnly,
  options: IdentifyOptions,
): Promise<Identity | Refused | Response> {
  const { authorize, sessions } = options
  const bearer = bearerToken(request.headers)
  // Another kind of token is for the app to judge.
  if (bearer !== undefined && (looksLikeToken(bearer) || authorize === undefined)) {
    return await byToken(bearer, readOnly, options)
  }
  if (authorize !== undefined) return fromApp(await authorize(request), readOnly)
  const { cookie } = visit
  const found = cookie === undefined ? undefined : await sessions.find(cookie)
  if (found === undefined) {
    return new Refused(
      'SIGN_IN_REQUIRED',
      cookie === undefined ? 'sign in first' : 'your session has ended: sign in again',
    )
  }
  const { id, name, email, role } = found.user
  const granted = permissionsOf(found.user)
  return makeIdentity({ kind: 'user', id, name, email, role, granted, sessionId: found.session.id }, readOnly)
}

async function byToken(text: string, readOnly: ReadOnly, options: IdentifyOptions): Promise<Identity | Refused> {
  const { access, now } = options
  const token = looksLikeToken(text) ? await access.tokenByHash(hashSecret(text)) : undefined
  const user = token === undefined ? undefined : await access.userById(token.userId)
  const at = now()
  if (token === undefined || user === undefined || user.disabledAt !== null) {
    return new Refused(
      'TOKEN_INVALID',
      'there is no such API token: it was revoked, or its user was disabled or removed',
    )
  }
  if (token.expiresAt !== null && token.expiresAt.getTime() <= at) {
    return new Refused('TOKEN_INVALID', `the API token ${token.name} has expired: make a new one`)
  }
  if (token.seenAt === null || at - token.seenAt.getTime() >= TOUCH_EVERY_MS) {
    await access.touchToken(token.id, new Date(at))
  }
  const granted = tokenPermissions(token.scopes, permissionsOf(user))
  const name = `${user.name} (${token.name})`
  const { id, email, role } = user
  return makeIdentity({ kind: 'token', id, name, email, role, granted, tokenId: token.id }, readOnly)
}

function fromApp(user: AppUser | Response | null, readOnly: ReadOnly): Identity | Refused | Response {
  if (user instanceof Response) return user
  if (user === null) return new Refused('SIGN_IN_REQUIRED', 'the app says that you are not signed in')
  const { id, name, email = null, role = null } = user ?? {}
  if (typeof id !== 'string' || id === '' || typeof name !== 'string') throw invalid('id and name, two texts')
  if (role !== null && !isRole(role)) throw invalid('a role of viewer, operator or admin')
  return makeIdentity({ kind: 'app', id: `app:${id}`, name, email, role, granted: appPermissions(user) }, readOnly)
}

function appPermissions({ role, permissions }: AppUser): readonly Permission[] {
  if (permissions === undefined) {
    if (role === undefined) throw invalid('a role or permissions')
    return permissionsOf({ role, permissions: null })
  }
  if (!Array.isArray(permissions)) throw invalid('permissions as a list')
  const unknown = permissions.find((name) => !isPermission(name))
  if (unknown !== undefined) throw invalid(`permissions that exist, and ${JSON.stringify(unknown)} does not`)
  return permissions as Permission[]
}

function invalid(what: string): OffstageError {
  return new OffstageError('CONFIG_INVALID', `authorize has to return ${what}; or null, or a Response`)
}
