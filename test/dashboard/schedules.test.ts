import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ScheduleRow } from '../../src/dashboard/api.ts'
import { until } from '../support/until.ts'
import { type Client, type TestApp, testApp } from './app.ts'

const MINUTE_MS = 60_000
const terms = (change: object) => ({
  name: 'x',
  class: 'ReportJob',
  method: 'build',
  args: '[]',
  options: '{}',
  cron: '0 3 * * *',
  timezone: 'UTC',
  missed: 'once' as const,
  overlap: 'allow' as const,
  declared: false,
  ...change,
})

let app: TestApp
let operator: Client
beforeAll(async () => {
  app = await testApp({
    schedules: {
      nightly: ['0 3 * * *', 'ReportJob', 'build', [{ plan: 'gold' }], { timezone: 'Europe/Berlin', priority: 'high' }],
      failing: ['* * * * * *', 'ReportJob', 'build', [{ plan: 'free' }], { overlap: 'skip' }],
    },
  })
  operator = await app.signedIn('operator')
})
afterAll(() => app[Symbol.asyncDispose]())

const rows = async (of = operator): Promise<ScheduleRow[]> => (await of.get('/api/schedules')).body.schedules
const row = async (name: string, of = operator) => (await rows(of)).find((each) => each.name === name)
const path = (name: string, verb: string) => `/api/schedules/${encodeURIComponent(name)}/${verb}`
const set = (name: string) =>
  (app.offstage.schedules.set as (...call: unknown[]) => Promise<unknown>)(name, '*/5 * * * *', 'ReportJob', 'echo', [
    'hello',
  ])

describe('schedules', () => {
  test('are none until one is set, or a worker starts that has some', async () => {
    expect(await rows()).toEqual([])
  })

  test('say what they run, when next, and that no worker would enqueue their jobs', async () => {
    await set('greet')
    // The same question within a second may get the same answer.
    const greet = await until('it is listed', () => row('greet'))
    expect(greet).toMatchObject({
      class: 'ReportJob',
      method: 'echo',
      cron: '*/5 * * * *',
      timezone: 'UTC',
      source: 'set',
      state: 'no-worker',
      problem: { text: 'No worker runs', remedy: 'Start a worker with `npx offstage work`.' },
      lastJob: null,
      runnable: true,
    })
    expect(greet.next).toHaveLength(3)
    expect(greet.next[0]).toBe(greet.nextAt)
    const { body } = await operator.get('/api/schedules/greet')
    expect(body).toMatchObject({ name: 'greet', args: ['hello'], cut: false, options: {}, jobs: [] })
    expect(body.next).toHaveLength(5)
    const steps = body.next.slice(1).map((at: string, i: number) => Date.parse(at) - Date.parse(body.next[i]))
    expect(steps).toEqual([1, 1, 1, 1].map((five) => five * 5 * MINUTE_MS))
  })

  test('of the config are told from others, with their last job and how it ended', async () => {
    await app.offstage.start({ id: 'w1' })
    const failing = await until('its job has failed', async () => {
      const found = await row('failing')
      return found?.lastJob?.status === 'failed' ? found : undefined
    })
    expect(failing).toMatchObject({ source: 'config', state: 'waiting', problem: null, overlap: 'skip' })
    expect(failing.lastJob?.errorLine).toBe('TypeError: no report for free')
    expect(await row('nightly')).toMatchObject({ source: 'config', timezone: 'Europe/Berlin', lastAt: null })
    const { body } = await operator.get('/api/schedules/failing')
    expect(body.jobs.length).toBeGreaterThan(0)
    const { body: nightly } = await operator.get('/api/schedules/nightly')
    expect(nightly).toMatchObject({ args: [{ plan: 'gold' }], options: { priority: 'high' } })
    await operator.post(path('failing', 'pause'))
  })

  test('whose slot passed are overdue, and say why, each for itself', async () => {
    const store = await app.store()
    const due = (await store.schedules.now()) - 12 * MINUTE_MS - 5_000
    // As they are left behind by what has been deployed meanwhile.
    await store.schedules.set(terms({ name: 'removed', class: 'GoneJob', declared: true }), due)
    await store.schedules.set(terms({ name: 'unknown', class: 'GoneJob' }), due + 2 * MINUTE_MS)
    const removed = await until('it is listed', () => row('removed'))
    const unknown = await until('it is listed too', () => row('unknown'))
    expect(removed).toMatchObject({ state: 'overdue', source: 'other-config', runnable: false })
    expect(removed.problem?.text).toBe('Due for 12m, but the worker that runs does not enqueue it')
    expect(removed.problem?.remedy).toContain('remove it')
    expect(removed.overdueMs).toBeGreaterThanOrEqual(12 * MINUTE_MS)
    expect(Date.parse(removed.next[0] ?? '')).toBeGreaterThan(Date.now())
    expect(unknown.problem?.remedy).toContain('does not allow `GoneJob.build`')
    const { body: now } = await operator.get('/api/now')
    expect(now.problems).toContainEqual({
      kind: 'schedule',
      text: '2 schedules are overdue by 12m, removed the longest: the worker that runs does not enqueue it',
      href: '/schedules',
    })
    expect((await operator.get('/metrics')).text).toContain('\noffstage_schedules_overdue 2\n')
    expect((await operator.post(path('unknown', 'run'))).body.error.code).toBe('HANDLER_UNKNOWN')
    for (const name of ['removed', 'unknown']) {
      expect((await operator.send('DELETE', `/api/schedules/${name}`)).body).toEqual({ name })
    }
    expect((await rows()).map(({ name }) => name)).toEqual(['failing', 'greet', 'nightly'])
  })
})

describe('what is done to a schedule', () => {
  test('run: one more job of it, which knows its schedule', async () => {
    const answer = await operator.post(path('greet', 'run'))
    expect([answer.status, answer.body.status]).toEqual([201, 'created'])
    expect(await app.offstage.jobs.wait(answer.body.id)).toMatchObject({ status: 'completed', result: 'hello' })
    const { body } = await operator.get(`/api/jobs/${answer.body.id}`)
    expect([body.job.tags, body.schedule]).toEqual([['schedule:greet'], 'greet'])
    const { body: greet } = await operator.get('/api/schedules/greet')
    expect(greet.jobs.map(({ id }: { id: string }) => id)).toContain(answer.body.id)
  })

  test('pause, with a reason or without, and resume', async () => {
    const paused = await operator.post(path('greet', 'pause'), { reason: '  a move ' })
    expect([paused.status, paused.body]).toEqual([200, { name: 'greet' }])
    expect(await row('greet')).toMatchObject({ state: 'paused', pauseReason: 'a move', nextAt: null, problem: null })
    expect((await row('greet'))?.next).toHaveLength(3)
    expect((await operator.post(path('greet', 'run'))).status).toBe(201)
    await operator.post(path('greet', 'resume'))
    expect(await row('greet')).toMatchObject({ state: 'waiting', pauseReason: null })
    const wrong = await operator.post(path('greet', 'pause'), { reason: ' ' })
    expect([wrong.status, wrong.body.error.field]).toEqual([400, 'reason'])
    const unknown = await operator.post(path('greet', 'pause'), { until: 'tomorrow' })
    expect([unknown.status, unknown.body.error.field]).toEqual([400, 'until'])
  })

  test('remove: not while the config has it', async () => {
    const refused = await operator.send('DELETE', '/api/schedules/nightly')
    expect([refused.status, refused.body.error.code]).toEqual([409, 'SCHEDULE_DECLARED'])
    await set('twice')
    expect((await operator.send('DELETE', '/api/schedules/twice')).status).toBe(200)
    const again = await operator.send('DELETE', '/api/schedules/twice')
    expect([again.status, again.body.error.code]).toEqual([404, 'SCHEDULE_NOT_FOUND'])
  })

  test('is written down, also what was refused', async () => {
    const { entries } = (await operator.get('/api/activity?target=greet')).body
    const told = entries.map(({ action, result }: { action: string; result: string }) => `${action} ${result}`)
    expect(told).toEqual(['schedules.resume ok', 'schedules.run ok', 'schedules.pause ok', 'schedules.run ok'])
    expect(entries[2].detail).toEqual({ reason: 'a move' })
    const { entries: removals } = (await operator.get('/api/activity?action=schedules.remove')).body
    expect(removals.map(({ result }: { result: string }) => result)).toContain('SCHEDULE_DECLARED')
  })

  test('needs its permission, and is of no schedule that cannot be', async () => {
    const viewer = await app.signedIn('viewer')
    expect((await rows(viewer)).length).toBeGreaterThan(0)
    for (const verb of ['run', 'pause', 'resume']) {
      expect((await viewer.post(path('greet', verb))).body.error.permission).toBe('schedules.manage')
    }
    for (const name of ['nowhere', 'a\u0000b', 'a,b', 'x'.repeat(500)]) {
      expect((await operator.post(path(name, 'resume'))).body.error.code).toBe('SCHEDULE_NOT_FOUND')
      expect((await operator.get(`/api/schedules/${encodeURIComponent(name)}`)).status).toBe(404)
    }
  })
})
