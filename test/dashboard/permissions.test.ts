import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROLE_PERMISSIONS } from '../../src/dashboard/server/auth/permissions.ts'
import type { Access, Route } from '../../src/dashboard/server/route.ts'
import { ROUTES } from '../../src/dashboard/server/routes/routes.ts'
import { ROLES, type Role } from '../../src/store/access.ts'
import { type Client, type TestApp, testApp } from './app.ts'
import { exampleOf } from './every-route.ts'

let app: TestApp
const clients = new Map<Role, Client>()
beforeAll(async () => {
  app = await testApp()
  for (const role of ROLES) clients.set(role, await app.signedIn(role))
})
afterAll(() => app[Symbol.asyncDispose]())

const name = ({ method, path }: Route) => `${method} ${path}`
const needed = (access: Access): string | undefined => {
  if (typeof access === 'object') return access.by.retry
  return access === 'open' || access === 'signed-in' ? undefined : access
}
const guarded = ROUTES.filter(({ access }) => access !== 'open')

describe('every route', () => {
  test('is in the table once', () => {
    const names = ROUTES.map(name)
    expect(new Set(names).size).toBe(names.length)
  })

  test('is open only where one signs in', () => {
    expect(ROUTES.filter(({ access }) => access === 'open').map(name)).toEqual([
      'POST /sign-in',
      'POST /sign-in/link',
      'POST /register',
    ])
  })

  test.each(guarded.map((route) => [name(route), route] as const))(
    '%s refuses whoever is not signed in',
    async (_, route) => {
      const { path, body } = exampleOf(route)
      const answer = await app.client().send(route.method, path, body)
      expect(answer.status).toBe(401)
      expect(answer.body.error).toMatchObject({ code: 'SIGN_IN_REQUIRED', signIn: 'password' })
    },
  )

  test.each(ROUTES.filter(({ method }) => method !== 'GET').map((route) => [name(route), route] as const))(
    '%s refuses other sites, also with a good cookie',
    async (_, route) => {
      const { path, body } = exampleOf(route)
      const client = clients.get('admin') as Client
      for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
        const answer = await client.send(route.method, path, body, headers)
        expect([answer.status, answer.body.error.code]).toEqual([403, 'CROSS_SITE'])
      }
    },
  )

  for (const role of ROLES) {
    const may: readonly string[] = ROLE_PERMISSIONS[role]
    const forbidden = guarded.filter(({ access }) => {
      const permission = needed(access)
      return permission !== undefined && !may.includes(permission)
    })
    // Of sessions and tokens one may end one's own; whether there are others is told to those only who manage users.
    const except = role === 'admin' ? /sign-out|password|events/ : /sign-out|password|events|(sessions|tokens)\/:id/
    const allowed = guarded.filter((route) => !forbidden.includes(route) && !except.test(route.path))

    test.each(forbidden.map((route) => [name(route), route] as const))(
      `%s refuses a ${role}, and names the permission`,
      async (_, route) => {
        const { path, body } = exampleOf(route)
        const answer = await (clients.get(role) as Client).send(route.method, path, body)
        expect(answer.status).toBe(403)
        expect(answer.body.error).toMatchObject({ code: 'FORBIDDEN', permission: needed(route.access) })
      },
    )

    test.each(allowed.map((route) => [name(route), route] as const))(`%s lets a ${role} in`, async (_, route) => {
      const { path, body } = exampleOf(route)
      const answer = await (clients.get(role) as Client).send(route.method, path, body)
      // There may be nothing of that name; but that is told to those only who may know.
      expect([401, 403, 500]).not.toContain(answer.status)
    })
  }
})

describe('a route whose action is in its body', () => {
  const actions = [
    ['retry', 'jobs.retry'],
    ['run-now', 'jobs.run-now'],
    ['cancel', 'jobs.cancel'],
    ['delete', 'jobs.delete'],
  ] as const

  test.each(actions)('asks for the permission of %s', async (action, permission) => {
    const others = actions.map(([, each]) => each).filter((each) => each !== permission)
    const client = await app.signedIn(['jobs.read', ...others])
    const status = { retry: 'failed', 'run-now': 'pending', cancel: 'running', delete: 'failed' }[action]
    for (const [path, body] of [
      ['/api/jobs/actions', { action, ids: [] }],
      ['/api/operations', { action, filter: `status:${status} class:Nothing` }],
      ['/api/operations/preview', { action, filter: `status:${status} class:Nothing` }],
    ] as const) {
      const answer = await client.post(path, body)
      expect([answer.status, answer.body.error.permission]).toEqual([403, permission])
      const free = await (clients.get('admin') as Client).post(path, body)
      expect(free.status).toBeLessThan(300)
    }
  })
})

describe('an abort', () => {
  test('is for those who may start the operation', async () => {
    const admin = clients.get('admin') as Client
    const started = await admin.post('/api/jobs/clear', { confirm: 'clear' })
    expect(started.status).toBe(202)
    const path = `/api/operations/${started.body.id}/abort`
    const viewer = await (clients.get('viewer') as Client).post(path)
    expect([viewer.status, viewer.body.error.permission]).toEqual([403, 'jobs.clear'])
    const operator = await (clients.get('operator') as Client).post(path)
    expect([operator.status, operator.body.error.permission]).toEqual([403, 'jobs.clear'])
    expect([200, 409]).toContain((await admin.post(path)).status)
  })
})

describe('read-only', () => {
  test('by the config keeps everybody from changing anything', async () => {
    await using closed = await testApp({ config: { readOnly: true } })
    const admin = await closed.signedIn('admin')
    expect((await admin.get('/api/me')).body).toMatchObject({ readOnly: true })
    const answer = await admin.post('/api/queues/mail/pause')
    expect([answer.status, answer.body.error.code]).toEqual([403, 'READ_ONLY'])
    expect((await admin.send('PUT', '/api/settings', { readOnly: false })).status).toBe(403)
    expect((await admin.get('/api/now')).status).toBe(200)
    expect((await admin.post('/api/sign-out')).status).toBe(200)
  })

  test('by a setting can be switched off again by whoever may change settings', async () => {
    await using switched = await testApp()
    const admin = await switched.signedIn('admin')
    expect((await admin.send('PUT', '/api/settings', { readOnly: true })).body.readOnly).toBe(true)
    expect((await admin.post('/api/queues/mail/pause')).body.error.code).toBe('READ_ONLY')
    expect((await admin.send('PUT', '/api/settings', { readOnly: false })).body.readOnly).toBe(false)
    expect((await admin.post('/api/queues/mail/pause')).status).toBe(200)
  })
})
