import { shownDatabase } from '../../../core/shown-database.ts'
import { LONGEST } from '../../../store/access.ts'
import type { Me } from '../../api.ts'
import { LONGEST_PASSWORD } from '../auth/password-rules.ts'
import type { SignedIn } from '../auth/sign-in.ts'
import { notFound } from '../problem.ts'
import { accepted } from '../refuse.ts'
import type { Call, Reply, Route } from '../route.ts'
import { object, ref, string, text } from '../schemas/schema.ts'
import { nothing } from './schemas.ts'

const email = text(LONGEST.email * 2)
// Longer than is allowed, so that it is refused as a password and not as a mistake of the page.
const password = text(LONGEST_PASSWORD * 2)
const secret = text(200)
const signedIn = object<{ id: unknown; name: unknown }>({ id: string, name: string })

export const meRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/me',
    access: 'signed-in',
    summary: 'Who one is here, and what one may do',
    answer: ref('Me'),
    handle: async ({ core, identity }) => ({ json: await meOf(core, identity) }),
  },
  {
    method: 'POST',
    path: '/sign-in',
    access: 'open',
    summary: 'Signs in with email and password; sets a cookie',
    body: object<{ email: unknown; password: unknown }>({ email, password }),
    answer: signedIn,
    handle: async (call) => {
      const given = call.body as { email: string; password: string }
      return welcome(accepted(await signInHere(call).withPassword(call.visit, given)))
    },
  },
  {
    method: 'POST',
    path: '/sign-in/link',
    access: 'open',
    summary: 'Signs in with what stands behind the `#` of a link; sets a cookie',
    body: object<{ link: unknown }>({ link: secret }),
    answer: signedIn,
    handle: async (call) => {
      const { link } = call.body as { link: string }
      return welcome(accepted(await signInHere(call).withLink(call.visit, link)))
    },
  },
  {
    method: 'POST',
    path: '/register',
    access: 'open',
    summary: 'Makes the user that an invitation is for; sets a cookie',
    body: object<{ invite: unknown; name: unknown; password: unknown }>({ invite: secret, name: text(200), password }),
    answer: signedIn,
    handle: async (call) => {
      const given = call.body as { invite: string; name: string; password: string }
      return welcome(accepted(await signInHere(call).register(call.visit, given)))
    },
  },
  {
    method: 'POST',
    path: '/sign-out',
    access: 'signed-in',
    summary: "Ends this browser's session",
    answer: nothing,
    handle: async (call) => {
      const cookie = await signInHere(call).out(call.visit, call.identity)
      call.core.events.recheck()
      return { json: {}, headers: { 'set-cookie': cookie } }
    },
  },
  {
    method: 'PUT',
    path: '/me/password',
    access: 'signed-in',
    summary: "Changes one's password; ends one's other sessions",
    body: object<{ current?: unknown; password: unknown }>({ current: password, password }, ['current']),
    answer: nothing,
    handle: async (call) => {
      const given = { current: undefined, ...(call.body as { password: string }) }
      accepted(await signInHere(call).changePassword(call.visit, call.identity, given))
      call.core.events.recheck()
      return { json: {} }
    },
  },
]

function signInHere({ core }: Call): Call['core']['auth']['signIn'] {
  if (core.auth.external) throw notFound('nobody signs in here: the app that this dashboard is part of does that')
  return core.auth.signIn
}

function welcome({ user, setCookie }: SignedIn): Reply {
  return { json: { id: user.id, name: user.name }, headers: { 'set-cookie': setCookie } }
}

async function meOf({ settings, auth, version, store }: Call['core'], identity: Call['identity']): Promise<Me> {
  const { kind, id, name, email: address, role, permissions, readOnly } = identity
  const user = kind === 'user' ? await store.access.userById(id) : undefined
  return {
    id,
    name,
    email: address,
    role,
    permissions: [...permissions],
    readOnly: readOnly !== false,
    external: auth.external,
    hasPassword: user === undefined ? null : user.password !== null,
    version,
    database: shownDatabase(settings.database),
    features: { logs: settings.logs !== false, users: !auth.external, enqueue: settings.jobs.length > 0 },
  }
}
