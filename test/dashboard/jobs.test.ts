import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { type Client, type TestApp, testApp } from './app.ts'

const KEY = Buffer.alloc(32, 7).toString('base64')
let before: string | undefined
let app: TestApp
let operator: Client
beforeAll(async () => {
  before = process.env.OFFSTAGE_SECRET_KEY
  process.env.OFFSTAGE_SECRET_KEY = KEY
  app = await testApp()
  operator = await app.signedIn('operator')
})
afterAll(async () => {
  await app[Symbol.asyncDispose]()
  if (before === undefined) delete process.env.OFFSTAGE_SECRET_KEY
  else process.env.OFFSTAGE_SECRET_KEY = before
})

const view = async (id: string) => (await operator.get(`/api/jobs/${id}`)).body
const build = { class: 'ReportJob', method: 'build', args: [{ plan: 'paid' }] }

describe('enqueueing', () => {
  test('gives a job its options, its handler its defaults', async () => {
    const options = { delay: '1h', retries: 2, priority: 'high', queue: 'mail', tags: ['nightly'] }
    const { status, body } = await operator.post('/api/jobs', { ...build, options })
    expect([status, body.status]).toEqual([201, 'created'])
    const { job, actions, why, cli } = await view(body.id)
    expect(job).toMatchObject({ maxAttempts: 3, priority: 10, queue: 'mail', tags: ['nightly'], reason: 'delayed' })
    expect(actions).toEqual(['run-now', 'cancel', 'delete'])
    expect(why.text).toContain('It was enqueued with a delay')
    expect(cli).toContain('offstage jobs show')
  })

  test('of unique jobs the second is answered with the id of the first', async () => {
    const options = { unique: 'once', delay: '1h' }
    const first = await operator.post('/api/jobs', { ...build, options })
    expect([first.status, first.body.status]).toEqual([201, 'created'])
    const second = await operator.post('/api/jobs', { ...build, options })
    expect([second.status, second.body]).toEqual([201, { id: first.body.id, status: 'duplicate' }])
    const wrong = await operator.post('/api/jobs', { ...build, options: { unique: 5 } })
    expect([wrong.status, wrong.body.error.field]).toEqual([400, 'options.unique'])
  })

  test('takes a moment for a delay', async () => {
    const at = new Date(Date.now() + 3_600_000).toISOString()
    const { body } = await operator.post('/api/jobs', { ...build, options: { delay: at } })
    expect((await view(body.id)).job.runAt).toBe(at)
  })

  test('seals what is named as secret: it is in no answer, no log and no row', async () => {
    const token = 'ghp_16C7e42F292c6912E7710c838347Ae178B4a'
    const mail = { class: 'ReportJob', method: 'mail', args: [{ to: 'ada', token }], secrets: ['0.token'] }
    const { status, body } = await operator.post('/api/jobs', mail)
    expect(status).toBe(201)
    expect((await view(body.id)).job.args).toEqual([{ to: 'ada', token: '[secret]' }])
    const activity = await operator.get('/api/activity')
    expect(activity.text).not.toContain(token)
    expect(activity.body.entries[0].detail).toMatchObject({ class: 'ReportJob', id: body.id })
    expect(JSON.stringify(await app.offstage.jobs.get(body.id))).not.toContain(token)
    const refused = await operator.post('/api/jobs', { ...mail, args: [{ to: '', token }] })
    expect([refused.status, refused.text.includes(token)]).toEqual([400, false])
  })

  test('without a key for secrets says what to do', async () => {
    delete process.env.OFFSTAGE_SECRET_KEY
    try {
      const answer = await operator.post('/api/jobs', { ...build, secrets: ['0.plan'] })
      expect([answer.status, answer.body.error.field]).toEqual([400, 'secrets'])
      expect(answer.body.error.message).toContain('OFFSTAGE_SECRET_KEY')
    } finally {
      process.env.OFFSTAGE_SECRET_KEY = KEY
    }
  })
})

describe('an edited copy', () => {
  test('is another job, linked both ways, and leaves the first as it was', async () => {
    const { id } = (await operator.post('/api/jobs', { ...build, options: { delay: '1h' } })).body
    const edited = { ...build, args: [{ plan: 'gold' }], options: { delay: '2h', tags: ['mine'] } }
    const copy = (await operator.post(`/api/jobs/${id}/copy`, edited)).body
    expect(copy.id).not.toBe(id)
    expect(await view(copy.id)).toMatchObject({
      copyOf: id,
      job: { args: [{ plan: 'gold' }], tags: ['mine', `copy-of:${id}`] },
    })
    expect(await view(id)).toMatchObject({ copies: [copy.id], copyOf: null, job: { args: [{ plan: 'paid' }] } })
  })

  test('of a job with secrets wants them again', async () => {
    const mail = { class: 'ReportJob', method: 'mail', args: [{ to: 'ada', token: 'hunter22' }], secrets: ['0.token'] }
    const { id } = (await operator.post('/api/jobs', mail)).body
    const shown = (await view(id)).job.args
    const refused = await operator.post(`/api/jobs/${id}/copy`, { ...mail, args: shown })
    expect([refused.status, refused.body.error.field]).toEqual([400, 'args'])
    expect(refused.body.error.reason).toContain('args[0].token')
    expect((await operator.post(`/api/jobs/${id}/copy`, mail)).status).toBe(201)
  })
})

describe('an action', () => {
  test('on a job that has moved on is a conflict that says to what', async () => {
    const { id } = (await operator.post('/api/jobs', { ...build, options: { delay: '1h' } })).body
    expect((await operator.post(`/api/jobs/${id}/cancel`)).body).toEqual({ result: 'done' })
    const answer = await operator.post(`/api/jobs/${id}/run-now`)
    expect(answer.status).toBe(409)
    expect(answer.body.error).toMatchObject({ code: 'JOB_STATE', status: 'cancelled' })
    expect((await operator.post(`/api/jobs/${id}/retry`)).body).toEqual({ result: 'done' })
    expect((await operator.post(`/api/jobs/${id}/delete`)).body).toEqual({ result: 'done' })
    expect((await operator.post(`/api/jobs/${id}/delete`)).status).toBe(404)
    const { entries } = (await operator.get(`/api/activity?target=${id}`)).body
    expect(entries.map(({ action, result }: { action: string; result: string }) => `${action} ${result}`)).toEqual([
      'jobs.delete JOB_NOT_FOUND',
      'jobs.delete ok',
      'jobs.retry ok',
      'jobs.run-now JOB_STATE',
      'jobs.cancel ok',
    ])
    expect(entries[0]).toMatchObject({ actorName: 'operator', address: '127.0.0.1' })
  })

  test('that is refused leaves a row as well', async () => {
    const viewer = await app.signedIn('viewer')
    const { id } = (await operator.post('/api/jobs', { ...build, options: { delay: '1h' } })).body
    expect((await viewer.post(`/api/jobs/${id}/delete`)).status).toBe(403)
    const { entries } = (await operator.get(`/api/activity?target=${id}`)).body
    expect(entries).toMatchObject([{ action: 'jobs.delete', actorName: 'viewer', result: 'FORBIDDEN' }])
  })

  test('on several tells of each', async () => {
    const ids: string[] = []
    for (let i = 0; i < 3; i++)
      ids.push((await operator.post('/api/jobs', { ...build, options: { delay: '1h' } })).body.id)
    await operator.post(`/api/jobs/${ids[1]}/delete`)
    const { results } = (await operator.post('/api/jobs/actions', { action: 'cancel', ids: [...ids, 'x', ids[0]] }))
      .body
    expect(results.map(({ result }: { result: string }) => result)).toEqual(['done', 'missing', 'done', 'missing'])
  })
})

describe('a job that runs', () => {
  test('shows what it logs while it does, and its stack once it has failed', async () => {
    const worker = await app.offstage.start({ id: 'w1' })
    try {
      const { id } = (await operator.post('/api/jobs', { ...build, args: [{ plan: 'free' }] })).body
      const failed = await until('it has failed', async () => {
        const found = await view(id)
        return found.job.status === 'failed' ? found : undefined
      })
      expect(failed.actions).toEqual(['retry', 'delete'])
      expect(failed.attempts).toHaveLength(1)
      expect(failed.attempts[0]).toMatchObject({ attempt: 1, outcome: 'failed', workerId: 'w1' })
      expect(failed.attempts[0].frames[0]).toMatchObject({ function: 'ReportJob.build', own: true })
      expect(failed.job.errorLine).toBe('TypeError: no report for free')
      const logs = await until('its log is there', async () => {
        const page = (await operator.get(`/api/jobs/${id}/logs`)).body
        return page.lines.length > 0 ? page : undefined
      })
      expect(logs).toMatchObject({ lines: [{ attempt: 1, text: 'building for free' }], next: 1, live: false })
      expect((await operator.get(`/api/jobs/${id}/logs?after=1`)).body.lines).toEqual([])
      const file = await operator.get(`/api/jobs/${id}/log.txt`)
      expect(file.headers.get('content-disposition')).toBe(`attachment; filename="job-${id}.log"`)
      expect(file.text).toMatch(/^\S+Z INFO attempt 1: building for free\n$/)
    } finally {
      await worker.stop()
    }
  })
})

describe('a job with very many attempts', () => {
  test('shows the last of them, and the stacks of the very last', async () => {
    const { id } = (await operator.post('/api/jobs', { ...build, options: { queue: 'lone' } })).body
    const store = await app.store()
    const facts = { id: 'w9', host: 'h', pid: 1, queues: 'lone', concurrency: 1, version: '0', leaseMs: 600_000 }
    const lease = await store.register(facts)
    const error = { name: 'Error', message: 'again', stack: 'Error: again\n    at f (/app/a.ts:1:1)' }
    for (let claim = 1; claim <= 250; claim++) {
      const { jobs } = await store.claim({ lease, claim, steps: [{ queues: ['lone'], limit: 1 }], limit: 1, start: 1 })
      const [job] = jobs
      if (job === undefined) throw new Error('nothing to claim')
      const next = { status: 'pending', inMs: 0, spared: true, crashed: false } as const
      const now = Date.now()
      await store.settle([{ job, lease, next, outcome: 'failed', startedAt: now, finishedAt: now, error }])
    }
    await store.endLease(lease)
    const { job, attempts } = await view(id)
    expect([job.attempt, attempts.length, attempts[0].attempt]).toEqual([250, 200, 51])
    const stacks = attempts.filter((each: { frames: unknown[] }) => each.frames.length > 0)
    expect(stacks.map((each: { attempt: number }) => each.attempt)).toEqual(
      Array.from({ length: 20 }, (_, i) => 231 + i),
    )
  })
})
