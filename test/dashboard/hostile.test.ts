import { createConnection } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../src/core/id.ts'
import { SECURITY_HEADERS } from '../../src/dashboard/server/security-headers.ts'
import { type Client, type TestApp, testApp } from './app.ts'

let app: TestApp
let admin: Client
beforeAll(async () => {
  app = await testApp({ dashboard: { basePath: '/admin/jobs' } })
  admin = await app.signedIn('admin')
})
afterAll(() => app[Symbol.asyncDispose]())

const job = { class: 'ReportJob', method: 'echo', args: ['x'] }

/** What a server says to bytes that are sent as they are. */
async function sendRaw(text: string): Promise<string> {
  const { port } = new URL(app.base)
  const socket = createConnection({ port: Number(port), host: '127.0.0.1' })
  socket.end(text)
  let answer = ''
  for await (const chunk of socket.setEncoding('latin1')) answer += chunk
  return answer
}

describe('a body', () => {
  test('of 50 MB is refused without being read', async () => {
    const answer = await admin.post('/api/jobs', JSON.stringify({ ...job, args: ['x'.repeat(50_000_000)] }))
    expect(answer.status).toBe(413)
    expect(answer.body.error).toMatchObject({ code: 'BODY_TOO_LARGE', field: 'body' })
  })

  test('of 50 MB whose length nobody said is refused too', async () => {
    const chunk = new TextEncoder().encode('x'.repeat(100_000))
    let sent = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (sent >= 50_000_000) controller.close()
        else {
          sent += chunk.length
          controller.enqueue(chunk)
        }
      },
    })
    const headers = { cookie: admin.cookie, origin: new URL(app.base).origin, 'content-type': 'application/json' }
    const request = { method: 'POST', headers, body, duplex: 'half' } as RequestInit
    // Node.js may end the connection while the rest is still on its way: that is a refusal as well.
    const response = await fetch(`${app.base}/api/jobs`, request).catch(() => undefined)
    if (response !== undefined) expect(response.status).toBe(413)
    expect(sent).toBeLessThan(40_000_000)
    expect((await admin.get('/api/me')).status).toBe(200)
  })

  test.each([
    ['nothing', '', 'application/json', 400],
    ['no JSON', '{"class":', 'application/json', 400],
    ['a text', '"x"', 'application/json', 400],
    ['a list', '[]', 'application/json', 400],
    ['a form', 'class=ReportJob', 'application/x-www-form-urlencoded', 415],
    ['plain text', JSON.stringify(job), 'text/plain', 415],
    ['JSON by another name', JSON.stringify(job), 'application/json-patch+json', 415],
    ['very deep JSON', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'application/json', 400],
    [
      'deep arguments',
      `{"class":"ReportJob","method":"echo","args":${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
      'application/json',
      400,
    ],
  ])('that is %s is refused', async (_, body, type, status) => {
    const answer = await admin.post('/api/jobs', body, { 'content-type': type })
    expect([answer.status, typeof answer.body.error.message]).toEqual([status, 'string'])
    expect(answer.body.error.field).toBeDefined()
  })

  test.each([
    [{ ...job, args: 'x' }, 'args'],
    [{ ...job, args: {} }, 'args'],
    [{ ...job, class: '' }, 'class'],
    [{ ...job, class: '../../etc/passwd' }, 'class'],
    [{ ...job, class: 'constructor' }, 'class'],
    [{ ...job, method: 'toString' }, 'class'],
    [{ ...job, method: 'constructor' }, 'class'],
    [{ ...job, options: { retries: -1 } }, 'retries'],
    [{ ...job, options: { retries: 1e9 } }, 'retries'],
    [{ ...job, options: { delay: 'soon' } }, 'delay'],
    [{ ...job, options: { delay: '2026-99-99' } }, 'delay'],
    [{ ...job, options: { priority: 'urgent' } }, 'priority'],
    [{ ...job, options: { queue: 'all' } }, 'queue'],
    [{ ...job, options: { queue: 'a,b' } }, 'queue'],
    [{ ...job, options: { tags: [''] } }, 'tags[0]'],
    [{ ...job, options: { id: newId() } }, 'options.id'],
    [{ ...job, options: { policy: 'x' } }, 'options.policy'],
    [{ ...job, secrets: ['9'] }, 'secrets[0]'],
    [{ ...job, args: [{ $secret: 'v1.x.y.z' }] }, 'args'],
    [{ class: 'ReportJob', method: 'mail', args: [{ to: '' }] }, 'args'],
  ])('%j is refused with the field', async (body, field) => {
    const answer = await admin.post('/api/jobs', body)
    expect(answer.status).toBe(400)
    expect(answer.body.error.field).toBe(field)
    expect(answer.body.error.reason.length).toBeGreaterThan(3)
  })

  test('with keys that mean something to JavaScript is data', async () => {
    const args = ['{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'].map((text) =>
      JSON.parse(text),
    )
    const { status, body } = await admin.post('/api/jobs', { class: 'ReportJob', method: 'build', args })
    expect(status).toBe(201)
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    expect((await admin.get(`/api/jobs/${body.id}`)).text).toContain('"__proto__":{"polluted":true}')
  })
})

describe('an address', () => {
  test.each([
    ['/api/jobs/x', 404],
    ['/api/jobs/%2e%2e%2f%2e%2e', 404],
    ['/api/jobs/%00', 404],
    ['/api/jobs/%E0%A4%A', 404],
    [`/api/jobs/${newId()}`, 404],
    [`/api/jobs/${newId().toUpperCase()}`, 404],
    [`/api/jobs/${newId()}/logs`, 404],
    [`/api/jobs/${newId()}/nothing`, 404],
    ['/api/operations/nothing', 404],
    ['/api/users/nothing', 404],
    ['/api/causes/nothing', 404],
    ["/api/causes/'; drop table offstage_job; --", 404],
    ['/api', 404],
    ['/api/', 404],
    ['/api/constructor', 404],
    ['/api/jobs?limit=0', 400],
    ['/api/jobs?limit=1e9', 400],
    ['/api/jobs?limit=10&limit=abc', 400],
    ['/api/jobs?cursor=abc', 400],
    ['/api/jobs?__proto__=1', 400],
    [`/api/jobs?filter=${'x'.repeat(10_000)}`, 400],
    ['/api/jobs?filter=status:failed+status:%00', 400],
    ['/api/jobs?filter=priority:1e99', 400],
    ['/api/logs?before=../../etc/passwd', 400],
    ['/api/logs?file=/etc/passwd', 400],
    ['/api/logs?severity=LOUD', 400],
    ['/api/metrics?since=99999d', 400],
    ['/api/handlers?since=0', 400],
    ['/api/activity?before=abc', 400],
  ])('%s is answered with %d and JSON', async (path, status) => {
    const answer = await admin.get(path)
    expect([answer.status, answer.body?.error?.message?.length > 0]).toEqual([status, true])
  })

  test.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('that is not for %s is not found', async (method) => {
    expect((await admin.send(method, '/api/sign-in')).status).toBe(404)
  })

  test('is the same with HEAD, without what is in it', async () => {
    const answer = await admin.send('HEAD', '/api/me')
    expect([answer.status, answer.text]).toEqual([200, ''])
    expect((await app.client().send('HEAD', '/healthz')).status).toBe(200)
  })

  test('below the base path, with and without a slash at its end, is the page', async () => {
    for (const path of ['', '/', '/jobs', '/jobs/', '/causes/9f3a', '/sign-in']) {
      const answer = await app.client().get(path)
      // Built or not, what comes is the page and not the API's error.
      expect([200, 503]).toContain(answer.status)
      expect(answer.body).toBeUndefined()
    }
    expect((await app.client().get('/assets/missing-1.js')).status).toBe(404)
    expect((await app.client().get('/favicon.ico')).status).toBe(404)
  })

  test('with dots does not lead out of the files', async () => {
    for (const path of [
      '/admin/jobs/../../package.json',
      '/admin/jobs/assets/..%2f..%2fpackage.json',
      '/admin/jobs//etc/passwd',
    ]) {
      const answer = await sendRaw(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`)
      expect(answer).not.toMatch(/"name": "offstage"|root:/)
    }
  })
})

describe('a request', () => {
  test('without a host, or with a strange one, is no reason to fail', async () => {
    const strange = ['evil.example', '127.0.0.1:1', '[::1]', 'a'.repeat(1_000)]
    for (const host of strange) {
      const answer = await sendRaw(`GET /admin/jobs/healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
      expect(answer).toMatch(/^HTTP\/1\.1 (200|400)/)
    }
    expect(await sendRaw('GET /admin/jobs/healthz HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 (200|400)/)
    expect(await sendRaw('NONSENSE\r\n\r\n')).toMatch(/^HTTP\/1\.1 400/)
  })

  test('of another site cannot sign anybody in', async () => {
    const answer = await app
      .client()
      .post('/api/sign-in', { email: 'a@b.c', password: 'x' }, { origin: 'https://evil.example' })
    expect([answer.status, answer.body.error.code]).toEqual([403, 'CROSS_SITE'])
  })

  test('with a cookie that means nothing is nobody', async () => {
    for (const cookie of [
      'offstage-x=1',
      `${admin.cookie}x`,
      'x'.repeat(5_000),
      '=;=;',
      admin.cookie.replace(/=.*/, '='),
    ]) {
      const client = app.client()
      client.cookie = cookie
      expect((await client.get('/api/me')).status).toBe(401)
    }
  })

  test('with a token that means nothing is nobody, whatever cookie is with it', async () => {
    for (const token of ['x', 'offstage_', `offstage_${'x'.repeat(43)}`, 'null', '../..']) {
      const client = app.client(token)
      client.cookie = admin.cookie
      expect((await client.get('/api/me')).status).toBe(401)
    }
  })
})

describe('every answer', () => {
  test.each(['/', '/api/me', '/api/nothing', '/healthz', '/readyz', '/metrics', '/api/openapi.json', '/assets/x.js'])(
    'has the headers that protect it: %s',
    async (path) => {
      for (const client of [admin, app.client()]) {
        const { headers } = await client.get(path)
        for (const [name, value] of Object.entries(SECURITY_HEADERS))
          expect([path, headers.get(name)]).toEqual([path, value])
      }
    },
  )

  test('forbids scripts and styles that are not in a file of its own', () => {
    const policy = SECURITY_HEADERS['content-security-policy'] ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/unsafe|\*|https?:/)
  })

  test('that has a secret to keep is kept by nobody', async () => {
    for (const path of ['/api/me', '/api/jobs', '/api/settings', '/']) {
      expect((await admin.get(path)).headers.get('cache-control')).toBe('no-store')
    }
  })
})

describe('what a job has written', () => {
  test('comes as JSON text and never as a page', async () => {
    const text = `<script>alert(1)</script>\u202e\u0000\u2028${'x'.repeat(1_000_000)}`
    const { body } = await admin.post('/api/jobs', {
      class: 'ReportJob',
      method: 'echo',
      args: [text.slice(0, 1_000_000)],
    })
    const list = await admin.get('/api/jobs?limit=10')
    expect(list.headers.get('content-type')).toBe('application/json')
    expect(list.text.length).toBeLessThan(50_000)
    const [row] = list.body.jobs.filter(({ id }: { id: string }) => id === body.id)
    expect(row.cut).toBe(true)
    expect(row.args[0].startsWith('<script>alert(1)</script>')).toBe(true)
    const view = await admin.get(`/api/jobs/${body.id}`)
    expect(view.body.job.cut).toBe(true)
    expect(view.text.length).toBeLessThan(1_000_000)
  })
})
