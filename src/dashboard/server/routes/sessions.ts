import type { Session, Token, User } from '../../../store/access.ts'
import type { SessionRow, TokenRow } from '../../api.ts'
import { lacks } from '../auth/identity.ts'
import { PERMISSIONS } from '../auth/permissions.ts'
import { Refused } from '../auth/refused.ts'
import type { TokenRequest } from '../auth/tokens.ts'
import { accepted } from '../refuse.ts'
import type { Call, Route } from '../route.ts'
import { between, described, listOf, object, oneOf, orNull, ref, string, text } from '../schemas/schema.ts'
import { nothing } from './schemas.ts'

export const sessionRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/sessions',
    access: 'signed-in',
    summary: "One's own sessions; with `users.read`, everybody's",
    answer: object<{ sessions: unknown }>({ sessions: listOf(ref('SessionRow')) }),
    handle: async (call) => ({ json: { sessions: await sessionsOf(call) } }),
  },
  {
    method: 'DELETE',
    path: '/sessions/:id',
    access: 'signed-in',
    summary: "Ends one of one's own sessions; with `users.manage`, anybody's",
    answer: nothing,
    handle: async ({ core, params, identity, visit }) => {
      accepted(await core.auth.users.endSession(identity, params.id ?? '', visit.address))
      core.events.recheck()
      return { json: {} }
    },
  },
  {
    method: 'GET',
    path: '/tokens',
    access: 'signed-in',
    summary: "One's own API tokens; with `users.read`, everybody's",
    answer: object<{ tokens: unknown }>({ tokens: listOf(ref('TokenRow')) }),
    handle: async (call) => ({ json: { tokens: await tokensOf(call) } }),
  },
  {
    method: 'POST',
    path: '/tokens',
    access: 'tokens.manage',
    summary: 'Makes an API token; it is shown this once',
    body: object<TokenRequest>({
      name: text(100, 1),
      scopes: described(listOf(oneOf(...Object.keys(PERMISSIONS)), 100), 'Permissions.'),
      expiresInDays: described(orNull(between(1, 3_650)), 'Null for ever.'),
    }),
    answer: object<{ token: unknown; id: unknown }>({ token: string, id: string }),
    status: 201,
    handle: async ({ core, identity, body, visit }) => {
      const made = accepted(await core.auth.tokens.create(identity, body as TokenRequest, visit.address))
      return { status: 201, json: { token: made.text, id: made.token.id } }
    },
  },
  {
    method: 'DELETE',
    path: '/tokens/:id',
    access: 'signed-in',
    summary: "Revokes one of one's own API tokens; with `users.manage`, anybody's",
    answer: nothing,
    handle: async ({ core, params, identity, visit }) => {
      accepted(await core.auth.tokens.revoke(identity, params.id ?? '', visit.address))
      core.events.recheck()
      return { json: {} }
    },
  },
]

async function sessionsOf({ core, identity }: Call): Promise<SessionRow[]> {
  const { access } = core.store
  const all = !(lacks(identity, 'users.read') instanceof Refused)
  const [found, names] = [await access.sessions(all ? undefined : identity.id), await namesOf(core)]
  const now = Date.now()
  return found
    .filter(({ expiresAt }) => expiresAt.getTime() > now)
    .map((session) => toSessionRow(session, names, identity.sessionId))
}

function toSessionRow(session: Session, names: ReadonlyMap<string, string>, current: string | null): SessionRow {
  const { id, userId, createdAt, seenAt, expiresAt, address, agent } = session
  return {
    id,
    userId,
    userName: names.get(userId) ?? '',
    current: id === current,
    createdAt: createdAt.toISOString(),
    seenAt: seenAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    address,
    agent,
  }
}

async function tokensOf({ core, identity }: Call): Promise<TokenRow[]> {
  const all = !(lacks(identity, 'users.read') instanceof Refused)
  const [found, names] = [await core.store.access.tokens(all ? undefined : identity.id), await namesOf(core)]
  return found.map((token) => toTokenRow(token, names))
}

/** Never the hash: whoever has it could look for its token. */
function toTokenRow(
  { id, userId, name, scopes, createdAt, expiresAt, seenAt }: Token,
  names: ReadonlyMap<string, string>,
) {
  return {
    id,
    userId,
    userName: names.get(userId) ?? '',
    name,
    scopes: [...scopes],
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
    seenAt: seenAt?.toISOString() ?? null,
  }
}

async function namesOf({ store }: Call['core']): Promise<ReadonlyMap<string, string>> {
  return new Map((await store.access.users()).map(({ id, name }: User) => [id, name]))
}
