import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { setMute } from '../../src/dashboard/server/mutes.ts'
import { until } from '../support/until.ts'
import { type Client, type TestApp, testApp } from './app.ts'

let app: TestApp
let operator: Client
let fingerprint: string
beforeAll(async () => {
  app = await testApp()
  operator = await app.signedIn('operator')
  const { id } = await (app.offstage.runBackgroundJob as (...args: unknown[]) => Promise<{ id: string }>)(
    'ReportJob',
    'build',
    [{ plan: 'free' }],
  )
  await app.offstage.start()
  await app.offstage.jobs.wait(id)
  fingerprint = await until('the cause is known', async () => (await causes())[0]?.fingerprint)
})
afterAll(() => app[Symbol.asyncDispose]())

const causes = async () => (await operator.get('/api/causes')).body.causes
const path = (verb: string) => `/api/causes/${fingerprint}/${verb}`

describe('a muted cause', () => {
  test('is left out of the verdict until it is to speak again', async () => {
    expect((await operator.get('/api/now')).body.tone).toBe('bad')
    expect((await operator.post(path('mute'), { hours: null })).body).toEqual({ fingerprint })
    expect((await causes())[0].muted).toEqual({ until: null, by: 'operator' })
    expect((await operator.get('/api/now')).body).toMatchObject({ problems: [], causes: [{ fingerprint }] })
    expect((await operator.get(`/api/causes/${fingerprint}`)).body.muted).toMatchObject({ by: 'operator' })
    await operator.post(path('unmute'))
    expect((await operator.get('/api/now')).body.tone).toBe('bad')
  })

  test('speaks again when its time is over', async () => {
    const before = Date.now()
    await operator.post(path('mute'), { hours: 2 })
    const { muted } = (await causes())[0]
    expect(Date.parse(muted.until)).toBeGreaterThanOrEqual(before + 2 * 3_600_000)
    await setMute((await app.store()).access, fingerprint, { until: Date.now() - 1, by: 'ada' }, Date.now())
    // The same question within a second may get the same answer.
    await until('it is muted no more', async () => (await causes())[0].muted === null)
  })

  test('leaves rows in the audit log, and takes no nonsense', async () => {
    const { entries } = (await operator.get(`/api/activity?target=${fingerprint}`)).body
    expect(entries.map(({ action }: { action: string }) => action)).toEqual([
      'causes.mute',
      'causes.unmute',
      'causes.mute',
    ])
    const wrong = await operator.post(path('mute'), { hours: 0 })
    expect([wrong.status, wrong.body.error.field]).toEqual([400, 'hours'])
    expect((await operator.post('/api/causes/0123456789ab/mute', { hours: 1 })).status).toBe(404)
    const viewer = await app.signedIn('viewer')
    expect((await viewer.post(path('mute'), { hours: 1 })).body.error.permission).toBe('causes.mute')
  })
})

describe('a queue is paused with a reason', () => {
  test('which stands with it and in the audit log, and may be left out', async () => {
    expect((await operator.post('/api/queues/mail/pause', { reason: '  the provider is down ' })).status).toBe(200)
    const mail = async () =>
      (await operator.get('/api/queues')).body.queues.find(({ name }: { name: string }) => name === 'mail')
    expect(await mail()).toMatchObject({ paused: true, pauseReason: 'the provider is down' })
    const { entries } = (await operator.get('/api/activity?action=queues.pause')).body
    expect(entries[0].detail).toEqual({ reason: 'the provider is down' })
    await operator.post('/api/queues/mail/resume')
    expect((await operator.post('/api/queues/mail/pause')).status).toBe(200)
    expect(await mail()).toMatchObject({ paused: true, pauseReason: null })
    const wrong = await operator.post('/api/queues/mail/pause', { reason: ' ' })
    expect([wrong.status, wrong.body.error.field]).toEqual([400, 'reason'])
  })
})
