import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROUTES } from '../../src/dashboard/server/routes/routes.ts'
import { until } from '../support/until.ts'
import { type Answer, type Client, type TestApp, testApp } from './app.ts'

interface Operation {
  responses: Record<string, { content?: Record<string, { schema: object }> }>
  requestBody?: unknown
  parameters: { name: string; in: string }[]
}
interface Document {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, object> }
}

let app: TestApp
let admin: Client
let document: Document
const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false })
const checked = new Set<string>()

beforeAll(async () => {
  app = await testApp()
  admin = await app.signedIn('admin')
  document = (await admin.get('/api/openapi.json')).body
})
afterAll(() => app[Symbol.asyncDispose]())

/** A schema of the document, with what it refers to beside it. */
function validatorOf(schema: object): ValidateFunction {
  return ajv.compile({ ...schema, components: document.components })
}

/** Asks, and holds the answer to what the document says of it. */
async function ask(method: string, path: string, url: string, body?: unknown, client: Client = admin): Promise<Answer> {
  const answer = await client.send(method, `/api${url}`, body)
  const described = document.paths[`/api${path.replaceAll(/:(\w+)/g, '{$1}')}`]?.[method.toLowerCase()]
  expect(described, `${method} ${path}`).toBeDefined()
  const { responses } = described as Operation
  const response = responses[String(answer.status)] ?? (answer.status >= 400 ? responses.default : undefined)
  expect(response, `${method} ${url} gave ${answer.status}: ${answer.text}`).toBeDefined()
  const [[type, media] = ['', undefined]] = Object.entries(response?.content ?? {})
  expect(answer.headers.get('content-type')).toContain(type)
  if (type === 'application/json') {
    const validate = validatorOf(media?.schema ?? {})
    expect(validate(answer.body) || validate.errors, `${method} ${url}: ${answer.text.slice(0, 500)}`).toBe(true)
  }
  if (answer.status < 300) checked.add(`${method} ${path}`)
  return answer
}

describe('/api/openapi.json', () => {
  test('names every route and nothing else', () => {
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    const routes = ROUTES.map(({ method, path }) => `${method} /api${path.replaceAll(/:(\w+)/g, '{$1}')}`)
    expect(described.sort()).toEqual(routes.sort())
    expect(document.openapi).toBe('3.1.0')
  })

  test('has no schema that is named and missing, and none that nobody uses', () => {
    const text = JSON.stringify(document)
    const named = new Set([...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name))
    expect([...named].sort()).toEqual(
      Object.keys(document.components.schemas)
        .filter((name) => named.has(name))
        .sort(),
    )
    expect(Object.keys(document.components.schemas).filter((name) => !named.has(name))).toEqual([])
  })

  test('finds what is wrong with an answer', () => {
    const validate = validatorOf({ $ref: '#/components/schemas/Count' })
    expect(validate({ count: 1, more: false })).toBe(true)
    expect(validate({ count: 1, more: false, extra: 1 })).toBe(false)
    expect(validate({ count: '1', more: false })).toBe(false)
  })
})

describe('what the server answers', () => {
  test('is what the document says, for every route', async () => {
    const { runBackgroundJob } = app.offstage
    const enqueue = runBackgroundJob as (...args: unknown[]) => Promise<{ id: string }>
    const done = await enqueue('ReportJob', 'build', [{ plan: 'paid' }])
    const failed = await enqueue('ReportJob', 'build', [{ plan: 'free' }], { tags: ['nightly'] })
    const held = await enqueue('ReportJob', 'hold', [])
    const later = await enqueue('ReportJob', 'build', [], { delay: '1h', queue: 'mail' })
    const worker = await app.offstage.start({ id: 'w1' })
    await app.offstage.jobs.wait(done.id)
    await app.offstage.jobs.wait(failed.id)
    await until('the worker holds a job', async () => (await app.offstage.jobs.get(held.id))?.status === 'running')

    await ask('GET', '/me', '/me')
    await ask('GET', '/now', '/now')
    const { causes } = (await ask('GET', '/causes', '/causes?since=2h')).body
    expect(causes).toHaveLength(1)
    await ask('GET', '/causes/:fingerprint', `/causes/${causes[0].fingerprint}`)
    await ask('POST', '/causes/:fingerprint/mute', `/causes/${causes[0].fingerprint}/mute`, { hours: 1 })
    await ask('GET', '/causes', '/causes?since=2h')
    await ask('POST', '/causes/:fingerprint/unmute', `/causes/${causes[0].fingerprint}/unmute`)
    const { jobs } = (await ask('GET', '/jobs', '/jobs?limit=2')).body
    expect(jobs).toHaveLength(2)
    await ask('GET', '/jobs', '/jobs?filter=status:running')
    await ask('GET', '/jobs/counts', '/jobs/counts?filter=class:ReportJob')
    for (const { id } of [done, failed, held, later]) await ask('GET', '/jobs/:id', `/jobs/${id}`)
    await ask('GET', '/jobs/:id/logs', `/jobs/${done.id}/logs?attempt=1`)
    await ask('GET', '/jobs/:id/log.txt', `/jobs/${done.id}/log.txt`)
    await ask('GET', '/queues', '/queues')
    const setSchedule = app.offstage.schedules.set as (...call: unknown[]) => Promise<unknown>
    await setSchedule('nightly report', '0 3 * * *', 'ReportJob', 'build')
    await ask('GET', '/schedules', '/schedules')
    const { id: ran } = (await ask('POST', '/schedules/:name/run', '/schedules/nightly%20report/run')).body
    await ask('GET', '/schedules/:name', '/schedules/nightly%20report')
    expect((await ask('GET', '/jobs/:id', `/jobs/${ran}`)).body.schedule).toBe('nightly report')
    await ask('POST', '/schedules/:name/pause', '/schedules/nightly%20report/pause', { reason: 'a move' })
    await ask('GET', '/schedules', '/schedules')
    await ask('POST', '/schedules/:name/resume', '/schedules/nightly%20report/resume')
    await ask('DELETE', '/schedules/:name', '/schedules/nightly%20report')
    await ask('GET', '/workers', '/workers')
    await ask('GET', '/handlers', '/handlers?since=1h')
    await ask('GET', '/metrics', '/metrics?since=1h&class=ReportJob')
    await ask('GET', '/logs', '/logs?severity=ERROR')

    const job = { class: 'ReportJob', method: 'build', args: [{ plan: 'gold' }], options: { priority: 'high' } }
    await ask('POST', '/jobs', '/jobs', job)
    const copy = (await ask('POST', '/jobs/:id/copy', `/jobs/${failed.id}/copy`, job)).body
    expect((await ask('GET', '/jobs/:id', `/jobs/${copy.id}`)).body.copyOf).toBe(failed.id)
    expect((await ask('GET', '/jobs/:id', `/jobs/${failed.id}`)).body.copies).toEqual([copy.id])
    await ask('POST', '/jobs/:id/run-now', `/jobs/${later.id}/run-now`)
    await app.offstage.jobs.wait(later.id)
    await ask('POST', '/jobs/:id/retry', `/jobs/${failed.id}/retry`)
    await ask('POST', '/jobs/:id/cancel', `/jobs/${held.id}/cancel`)
    await app.offstage.jobs.wait(held.id)
    await ask('POST', '/jobs/:id/delete', `/jobs/${done.id}/delete`)
    await ask('POST', '/jobs/actions', '/jobs/actions', { action: 'retry', ids: [failed.id, done.id] })

    await app.offstage.jobs.wait(failed.id)
    await ask('POST', '/operations/preview', '/operations/preview', { action: 'retry', filter: 'status:failed' })
    const { id } = (await ask('POST', '/operations', '/operations', { action: 'retry', filter: 'status:failed' })).body
    await ask('GET', '/operations/:id', `/operations/${id}`)
    await ask('GET', '/operations', '/operations')

    await ask('POST', '/queues/:name/pause', '/queues/mail/pause')
    await ask('POST', '/queues/:name/resume', '/queues/mail/resume')
    for (const what of ['quiet', 'resume', 'stop']) await ask('POST', `/workers/:id/${what}`, `/workers/w1/${what}`)
    await worker.stopped
    const clear = (await ask('POST', '/jobs/clear', '/jobs/clear', { confirm: 'clear' })).body
    await until('all is cleared', async () => {
      return (await admin.get(`/api/operations/${clear.id}`)).body.state === 'done' || undefined
    })
    // Nobody works any more, so that it can be aborted while it waits for its pace.
    for (let i = 0; i < 20; i++) await enqueue('ReportJob', 'build', [], { delay: '1h' })
    const slow = { action: 'cancel', filter: 'status:pending', pace: 1 }
    const operation = (await ask('POST', '/operations', '/operations', slow)).body
    await ask('POST', '/operations/:id/abort', `/operations/${operation.id}/abort`)
    await ask('GET', '/activity', '/activity?action=jobs.retry')
  })

  test('is what the document says of users, sessions, tokens and settings', async () => {
    const { id } = (await ask('GET', '/me', '/me')).body
    const { link } = (await ask('POST', '/invitations', '/invitations', { email: 'eve@example.org', role: 'viewer' }))
      .body
    const guest = app.client()
    const password = 'correct horse battery'
    const invite = link.split('#invite=')[1]
    const eve = (await ask('POST', '/register', '/register', { invite, name: 'Eve', password }, guest)).body
    await ask('POST', '/sign-in', '/sign-in', { email: 'eve@example.org', password }, guest)
    await ask('PUT', '/me/password', '/me/password', { current: password, password: `${password} 2` }, guest)
    await ask('GET', '/users', '/users')
    await ask('GET', '/users/:id', `/users/${eve.id}`)
    await ask('PATCH', '/users/:id', `/users/${eve.id}`, { role: 'operator', permissions: ['jobs.read'] })
    const signIn = (await ask('POST', '/users/:id/link', `/users/${eve.id}/link`)).body.link
    await ask('POST', '/sign-in/link', '/sign-in/link', { link: signIn.split('#link=')[1] }, guest)
    const token = { name: 'ci', scopes: ['jobs.read'], expiresInDays: null }
    const made = (await ask('POST', '/tokens', '/tokens', token)).body
    expect((await app.client(made.token).get('/api/jobs')).status).toBe(200)
    await ask('GET', '/tokens', '/tokens')
    await ask('DELETE', '/tokens/:id', `/tokens/${made.id}`)
    const { sessions } = (await ask('GET', '/sessions', '/sessions')).body
    expect(sessions.filter(({ current }: { current: boolean }) => current)).toHaveLength(1)
    const other = sessions.find(({ userId }: { userId: string }) => userId === eve.id)
    await ask('DELETE', '/sessions/:id', `/sessions/${other.id}`)
    await ask('DELETE', '/users/:id', `/users/${eve.id}`)
    await ask('POST', '/invitations', '/invitations', { email: 'dan@example.org', role: 'viewer' })
    const { invitations } = (await ask('GET', '/invitations', '/invitations')).body
    await ask('DELETE', '/invitations/:hash', `/invitations/${invitations[0].hash}`)
    await ask('GET', '/settings', '/settings')
    await ask('PUT', '/settings', '/settings', { auditDays: 30 })
    await ask('POST', '/sign-out', '/sign-out', undefined, await app.signedIn('viewer'))
    expect((await ask('GET', '/users/:id', `/users/${id}`)).status).toBe(200)
  })

  test('is of the one form of errors, whatever is wrong', async () => {
    for (const [method, path, url, body, status] of [
      ['GET', '/jobs', '/jobs?filter=stat:x', undefined, 400],
      ['GET', '/jobs', '/jobs?limit=1000000', undefined, 400],
      ['GET', '/causes', '/causes?since=never', undefined, 400],
      ['POST', '/jobs', '/jobs', { class: 'ReportJob' }, 400],
      ['POST', '/jobs', '/jobs', { class: 'ReportJob', method: 'nothing', args: [] }, 400],
      ['POST', '/jobs', '/jobs', { class: 'ReportJob', method: 'mail', args: [{}] }, 400],
      ['GET', '/jobs/:id', '/jobs/nothing', undefined, 404],
      ['POST', '/jobs/:id/retry', '/jobs/01900000-0000-7000-8000-000000000000/retry', undefined, 404],
      ['POST', '/queues/:name/resume', '/queues/nowhere/resume', undefined, 404],
      ['GET', '/schedules/:name', '/schedules/a%00b', undefined, 404],
      ['POST', '/schedules/:name/run', '/schedules/nowhere/run', undefined, 404],
      ['POST', '/workers/:id/stop', '/workers/nobody/stop', undefined, 404],
    ] as const) {
      expect((await ask(method, path, url, body)).status, `${method} ${url}`).toBe(status)
    }
  })

  test('was held to it for every route but the stream', () => {
    const all = ROUTES.map(({ method, path }) => `${method} ${path}`).filter((name) => name !== 'GET /events')
    expect([...checked].sort()).toEqual(all.sort())
  })
})
