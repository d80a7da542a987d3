import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import express from 'express'
import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import { Links } from '../../src/dashboard/server/auth/links.ts'
import { spawned } from '../support/spawned.ts'
import { until } from '../support/until.ts'
import { addressOf, addUser, Client, listening, testApp } from './app.ts'
import { freePort } from './free-port.ts'
import { checkMounted } from './mounted.ts'

const EXAMPLES = fileURLToPath(new URL('../../examples/dashboard/', import.meta.url))

describe('the example of', () => {
  test.each(['node-http', 'express', 'fastify', 'koa', 'nest', 'hono'])(
    '%s serves the dashboard under a path, beside the app',
    { timeout: 60_000 },
    async (name) => {
      const folder = mkdtempSync(join(tmpdir(), 'offstage-mount-'))
      const database = `sqlite:${join(folder, 'jobs.db')}`
      const port = await freePort()
      const clean = Object.fromEntries(
        Object.entries(process.env).filter(([key]) => !/^(OFFSTAGE|BACKGROUND_JOB|VITEST|NODE_OPTIONS)/.test(key)),
      )
      const logs = { BACKGROUND_JOB_LOG_DIRECTORY: folder, BACKGROUND_JOB_ERROR_LOG_DIRECTORY: folder }
      const child = spawned(
        spawn(process.execPath, [join(EXAMPLES, `${name}.ts`)], {
          env: { ...clean, ...logs, PORT: String(port), OFFSTAGE_DATABASE: database },
          stdio: ['ignore', 'pipe', 'pipe'],
        }),
      )
      try {
        const origin = `http://127.0.0.1:${port}`
        await until(`${name} listens`, async () => {
          if (child.child.exitCode !== null) throw new Error(child.stderr())
          return (await fetch(origin).catch(() => undefined)) !== undefined || undefined
        })
        await checkMounted(origin, '/admin/jobs', database)
        expect(child.stderr()).not.toMatch(/error|warning/i)
      } finally {
        await child.stop('SIGKILL')
        rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
      }
    },
  )
})

const authorize = () => ({ id: '1', name: 'Ada', role: 'admin' as const })

describe('a mount', () => {
  test('in Express finds out where it is, below a router of its own too', async () => {
    await using app = await testApp({ unserved: true, dashboard: { authorize } })
    const router = express.Router()
    router.use('/jobs', app.dashboard.node)
    const web = express()
    web.use(express.json(), express.urlencoded())
    web.use('/admin', router)
    const server = await listening(createServer(web))
    const client = new Client(`${addressOf(server)}/admin/jobs`)
    expect((await client.get('/')).text).toContain('src="/admin/jobs/assets/')
    expect((await client.send('PUT', '/api/settings', { auditDays: 31 })).body.auditDays).toBe(31)
    expect((await client.post('/api/queues/mail/pause')).status).toBe(200)
    const form = await client.post('/api/jobs', 'class=ReportJob', {
      'content-type': 'application/x-www-form-urlencoded',
    })
    expect(form.status).toBe(415)
    server.closeAllConnections()
    server.close()
  })

  test('in Hono works with and without the path taken off', async () => {
    await using app = await testApp({ unserved: true, dashboard: { authorize, basePath: '/admin/jobs' } })
    const off = new Hono().mount('/admin/jobs', app.dashboard.fetch)
    const whole = new Hono().mount('/admin/jobs', app.dashboard.fetch, { replaceRequest: false })
    const plain = new Hono().all('/admin/jobs/*', (context) => app.dashboard.fetch(context.req.raw))
    for (const web of [off, whole, plain]) {
      expect((await web.request('/admin/jobs/api/me')).status).toBe(200)
      expect(await (await web.request('/admin/jobs/')).text()).toContain('src="/admin/jobs/assets/')
    }
  })

  test('at a path with a slash at its end is at that path', async () => {
    await using app = await testApp({ dashboard: { authorize, basePath: '/admin/jobs/' } })
    const client = new Client(app.base.replace(/\/$/, ''))
    expect((await client.get('/api/me')).status).toBe(200)
    expect((await client.get('/')).text).toContain('"basePath":"/admin/jobs"')
  })

  test('leaves to the app what is not below its path', async () => {
    await using app = await testApp({ unserved: true, dashboard: { authorize, basePath: '/admin' } })
    const server = await listening(
      createServer((request, response) => void app.dashboard.node(request, response, () => response.end('own'))),
    )
    const origin = addressOf(server)
    expect(await (await fetch(`${origin}/administrator/api/me`)).text()).toBe('own')
    expect(await (await fetch(`${origin}/`)).text()).toBe('own')
    expect((await fetch(`${origin}/admin/api/me`)).status).toBe(200)
    server.closeAllConnections()
    server.close()
  })

  test('asks the app who it is, and gives on what that answers', async () => {
    const users: Record<string, unknown> = {
      ada: { id: '7', name: 'Ada', role: 'viewer' },
      bob: { id: '8', name: 'Bob', permissions: ['jobs.read', 'queues.pause'] },
    }
    await using app = await testApp({
      dashboard: {
        authorize: (request) => {
          const name = new URL(request.url).searchParams.get('user') ?? request.headers.get('x-user') ?? ''
          if (name === 'lost') return Response.redirect('https://app.example/sign-in')
          return (users[name] ?? null) as ReturnType<typeof authorize> | null
        },
      },
    })
    const as = (name: string) => ({ 'x-user': name })
    const client = app.client()
    expect((await client.get('/api/me', as('ada'))).body).toMatchObject({ id: 'app:7', external: true, role: 'viewer' })
    expect((await client.post('/api/queues/mail/pause', undefined, as('ada'))).status).toBe(403)
    expect((await client.post('/api/queues/mail/pause', undefined, as('bob'))).status).toBe(200)
    const nobody = await client.get('/api/me')
    expect([nobody.status, nobody.body.error.signIn]).toEqual([401, 'external'])
    const lost = await client.get('/api/me', as('lost'))
    expect([lost.status, lost.headers.get('location')]).toEqual([302, 'https://app.example/sign-in'])
    // So does whoever opens a page, which everybody else gets: it says nothing by itself.
    expect((await client.get('/jobs', as('lost'))).status).toBe(302)
    expect((await client.get('/jobs')).status).toBe(200)
    expect((await client.post('/api/sign-in', { email: 'a@b.c', password: 'x' }, as('ada'))).status).toBe(404)
    expect(
      (await client.post('/api/queues/mail/pause', undefined, { ...as('bob'), origin: 'https://evil.example' })).status,
    ).toBe(403)
  })

  test('behind a proxy that speaks TLS is where the browser sees it', async () => {
    await using app = await testApp({ dashboard: { trustProxy: true, basePath: '/admin' } })
    const store = await app.store()
    const { secret } = await new Links(store.access, Date.now).toSignIn(await addUser(store, 'admin'), null)
    const proxied = {
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'jobs.example.org',
      'x-forwarded-for': '203.0.113.7',
      origin: 'https://jobs.example.org',
    }
    const client = app.client()
    const signIn = await client.post('/api/sign-in/link', { link: secret }, proxied)
    expect(signIn.headers.get('set-cookie')).toMatch(/^__Host-.*; Secure/)
    const invited = await client.post('/api/invitations', { email: 'eve@example.org', role: 'viewer' }, proxied)
    expect(invited.body.link).toMatch(/^https:\/\/jobs\.example\.org\/admin\/register#invite=/)
    const { entries } = (await client.get('/api/activity', proxied)).body
    expect(entries[0]).toMatchObject({ action: 'users.invite', address: '203.0.113.7' })
  })

  test('refuses a base path that is none', async () => {
    await using app = await testApp({ unserved: true })
    for (const basePath of ['admin', '/a b', '/a"><x', '/../x', '//x', 'https://x/']) {
      expect(() => app.offstage.dashboard({ basePath }), basePath).toThrow(/basePath/)
    }
    expect(() => app.offstage.dashboard({ nothing: 1 } as never)).toThrow(/nothing/)
  })
})
