import { LONGEST, ROLES, type Role, type User } from '../../../store/access.ts'
import type { InvitationRow, UserRow } from '../../api.ts'
import { linkUrl } from '../auth/links.ts'
import { LONGEST_PASSWORD } from '../auth/password-rules.ts'
import type { UserPatch } from '../auth/users.ts'
import { notFound } from '../problem.ts'
import { accepted } from '../refuse.ts'
import type { Call, Route } from '../route.ts'
import { boolean, listOf, object, oneOf, orNull, ref, string, text } from '../schemas/schema.ts'
import { nothing } from './schemas.ts'

const role = oneOf(...ROLES)
const email = text(LONGEST.email, 1)
const password = text(LONGEST_PASSWORD * 2)

export const peopleRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/users',
    access: 'users.read',
    summary: 'Who may sign in',
    answer: object<{ users: unknown }>({ users: listOf(ref('UserRow')) }),
    handle: async ({ core }) => ({ json: { users: (await core.store.access.users()).map(toUserRow) } }),
  },
  {
    method: 'PATCH',
    path: '/users/:id',
    access: 'users.manage',
    summary: 'Changes a user',
    body: object<UserPatch>(
      { role, permissions: orNull(listOf(text(60), 100)), disabled: boolean, name: text(200, 1), password },
      ['role', 'permissions', 'disabled', 'name', 'password'],
    ),
    answer: ref('UserRow'),
    handle: async ({ core, params, identity, body, visit }) => {
      const user = accepted(await core.auth.users.change(identity, params.id ?? '', body as UserPatch, visit.address))
      core.events.recheck()
      return { json: toUserRow(user) }
    },
  },
  {
    method: 'DELETE',
    path: '/users/:id',
    access: 'users.manage',
    summary: 'Removes a user, with their sessions and tokens',
    answer: nothing,
    handle: async ({ core, params, identity, visit }) => {
      accepted(await core.auth.users.remove(identity, params.id ?? '', visit.address))
      core.events.recheck()
      return { json: {} }
    },
  },
  {
    method: 'POST',
    path: '/users/:id/link',
    access: 'users.manage',
    summary: 'Makes a link that signs a user in, once',
    answer: object<{ link: unknown }>({ link: string }),
    handle: async (call) => {
      const { core, params, identity, visit } = call
      const link = accepted(await core.auth.users.link(identity, params.id ?? '', visit.address))
      return { json: { link: linkUrl(addressOf(call), link) } }
    },
  },
  {
    method: 'GET',
    path: '/invitations',
    access: 'users.read',
    summary: 'Who has been invited and has not registered yet',
    answer: object<{ invitations: unknown }>({ invitations: listOf(ref('InvitationRow')) }),
    handle: async ({ core }) => ({ json: { invitations: await openInvitations(core) } }),
  },
  {
    method: 'POST',
    path: '/invitations',
    access: 'users.manage',
    summary: 'Makes a link to register with; no mail is sent',
    body: object<{ email: unknown; role: unknown }>({ email, role }),
    answer: object<{ link: unknown }>({ link: string }),
    status: 201,
    handle: async (call) => {
      const { core, identity, body, visit } = call
      const link = accepted(
        await core.auth.users.invite(identity, body as { email: string; role: Role }, visit.address),
      )
      return { status: 201, json: { link: linkUrl(addressOf(call), link) } }
    },
  },
  {
    method: 'DELETE',
    path: '/invitations/:hash',
    access: 'users.manage',
    summary: 'Takes an invitation back',
    answer: nothing,
    handle: async ({ core, params, identity, visit }) => {
      accepted(await core.auth.users.withdraw(identity, params.hash ?? '', visit.address))
      return { json: {} }
    },
  },
  {
    method: 'GET',
    path: '/users/:id',
    access: 'users.read',
    summary: 'One user',
    answer: ref('UserRow'),
    handle: async ({ core, params }) => {
      const user = await core.store.access.userById(params.id ?? '')
      if (user === undefined) throw notFound('there is no such user any more')
      return { json: toUserRow(user) }
    },
  },
]

/** Never the password's hash. */
function toUserRow({
  id,
  email: address,
  name,
  role: of,
  permissions,
  createdAt,
  disabledAt,
  password: hash,
}: User): UserRow {
  return {
    id,
    email: address,
    name,
    role: of,
    permissions: permissions === null ? null : [...permissions],
    createdAt: createdAt.toISOString(),
    disabledAt: disabledAt?.toISOString() ?? null,
    hasPassword: hash !== null,
  }
}

async function openInvitations({ store }: Call['core']): Promise<InvitationRow[]> {
  const now = Date.now()
  return (await store.access.invitations())
    .filter(({ kind, usedAt, expiresAt }) => kind === 'invite' && usedAt === null && expiresAt.getTime() > now)
    .map(({ hash, email: address, role: of, createdAt, expiresAt }) => ({
      hash,
      email: address,
      role: of,
      createdAt: createdAt.toISOString(),
      expiresAt: expiresAt.toISOString(),
    }))
}

/** The dashboard's own address, as the browser that asks sees it. */
function addressOf({ visit, basePath }: Call): string {
  const { host, secure } = visit.place.origin
  return `${secure ? 'https' : 'http'}://${host}${basePath}`
}
