import { expect } from 'vitest'
import { Links } from '../../src/dashboard/server/auth/links.ts'
import { SECURITY_HEADERS } from '../../src/dashboard/server/security-headers.ts'
import { openStore } from '../../src/stores/open.ts'
import { until } from '../support/until.ts'
import { addUser, Client } from './app.ts'
import { listen } from './sse.ts'

/** Everything that has to work wherever a dashboard is mounted. @param database Of the app, as it is opened by others. */
export async function checkMounted(origin: string, path: string, database: string): Promise<void> {
  const client = new Client(`${origin}${path}`)
  // The app's own page is the app's own.
  const own = await fetch(`${origin}/`)
  expect(await own.text()).toContain("The app's own page.")
  const policy = 'content-security-policy'
  expect((await fetch(`${origin}/administrator`)).headers.get(policy)).not.toBe(SECURITY_HEADERS[policy])

  await checkPages(client, path)
  expect((await client.get('/healthz')).body).toEqual({ status: 'ok' })
  expect((await client.send('HEAD', '/healthz')).status).toBe(200)
  const nobody = await client.get('/api/me')
  expect([nobody.status, nobody.body.error.code]).toEqual([401, 'SIGN_IN_REQUIRED'])

  const secret = await signInSecret(database)
  const foreign = await client.post('/api/sign-in/link', { link: secret }, { origin: 'https://evil.example' })
  expect(foreign.status).toBe(403)
  const signIn = await client.post('/api/sign-in/link', { link: secret })
  expect(signIn.status).toBe(200)
  expect(signIn.headers.get('set-cookie')).toContain(`Path=${path};`)
  const me = await client.get('/api/me')
  expect([me.status, me.body.role]).toEqual([200, 'admin'])

  // What changes something: with a body, without one, and with one that is too large.
  expect((await client.send('PUT', '/api/settings', { auditDays: 30 })).body.auditDays).toBe(30)
  expect((await client.post('/api/queues/mail/pause')).status).toBe(200)
  const { queues } = (await client.get('/api/queues')).body
  expect(queues).toMatchObject([{ name: 'mail', paused: true }])
  expect((await client.get('/api/nothing')).status).toBe(404)
  const bad = await client.send('PUT', '/api/settings', '{"auditDays":')
  // A parser of the app's own may be before us; then what is wrong is told in its words.
  expect(bad.status).toBe(400)

  await using stream = await listen(client)
  await until('the first event', () => stream.events[0])
  expect((await client.post('/api/sign-out')).status).toBe(200)
  await until('the stream has ended', () => stream.ended || undefined)
}

async function checkPages(client: Client, path: string): Promise<void> {
  for (const page of ['', '/', '/jobs/some-job']) {
    // Followed, since Next.js takes a slash at the end away.
    const answer = await fetch(`${client.base}${page}`)
    expect([page, answer.status, answer.headers.get('content-type')]).toEqual([page, 200, 'text/html; charset=utf-8'])
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) expect(answer.headers.get(name)).toBe(value)
    const files = [...(await answer.text()).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file = '']) => file)
    expect(files.length).toBeGreaterThan(1)
    expect(files.filter((file) => !file.startsWith(`${path}/`))).toEqual([])
    for (const file of files) {
      const asset = await fetch(`${new URL(client.base).origin}${file}`)
      expect([file, asset.status]).toEqual([file, 200])
      expect(asset.headers.get('cache-control')).toContain('immutable')
    }
  }
}

/** What stands behind the `#` of a link that signs an admin in. */
async function signInSecret(database: string): Promise<string> {
  const store = await openStore(database)
  try {
    await store.migrate()
    const user = await addUser(store, 'admin')
    return (await new Links(store.access, Date.now).toSignIn(user, null)).secret
  } finally {
    await store.close()
  }
}
