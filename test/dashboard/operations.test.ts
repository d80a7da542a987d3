import { describe, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { type Client, type TestApp, testApp } from './app.ts'

async function enqueue(app: TestApp, count: number, options: object = {}): Promise<void> {
  const many = app.offstage.runBackgroundJobs as (jobs: unknown[]) => Promise<unknown>
  await many(Array.from({ length: count }, (_, i) => ['ReportJob', 'build', [{ plan: 'free', n: i }], options]))
}

async function ended(client: Client, id: string) {
  return await until('the operation has ended', async () => {
    const { body } = await client.get(`/api/operations/${id}`)
    return body.state === 'running' ? undefined : body
  })
}

describe('a bulk action', () => {
  test('is previewed without changing anything, and meets only those that it is possible for', async () => {
    await using app = await testApp()
    const operator = await app.signedIn('operator')
    await enqueue(app, 5, { delay: '1h' })
    const filter = 'class:ReportJob'
    const preview = await operator.post('/api/operations/preview', { action: 'cancel', filter })
    expect(preview.body).toMatchObject({ matching: { count: 5, more: false }, cli: `offstage jobs cancel ${filter}` })
    expect(preview.body.sample).toHaveLength(5)
    expect((await operator.get('/api/jobs/counts')).body.pending.count).toBe(5)
    const retry = await operator.post('/api/operations/preview', { action: 'retry', filter })
    expect(retry.body.matching).toEqual({ count: 0, more: false })
    const wrong = await operator.post('/api/operations/preview', { action: 'retry', filter: 'status:completed' })
    expect([wrong.status, wrong.body.error.field]).toEqual([400, 'filter'])
    const all = await operator.post('/api/operations/preview', { action: 'cancel', filter: ' ' })
    expect([all.status, all.body.error.field]).toEqual([400, 'filter'])
  })

  test('does it to all that match, tells how far it is, and leaves its rows in the audit log', async () => {
    await using app = await testApp()
    const operator = await app.signedIn('operator')
    await enqueue(app, 2_500, { delay: '1h' })
    await enqueue(app, 3, { delay: '1h', queue: 'mail' })
    const started = await operator.post('/api/operations', { action: 'cancel', filter: 'queue:default' })
    expect([started.status, started.body.state, started.body.total]).toEqual([202, 'running', 2_500])
    expect(await ended(operator, started.body.id)).toMatchObject({
      action: 'cancel',
      filter: 'queue:default',
      done: 2_500,
      skipped: 0,
      state: 'done',
      actorName: 'operator',
      error: null,
    })
    const { pending, cancelled } = (await operator.get('/api/jobs/counts')).body
    expect([pending.count, cancelled.count]).toEqual([3, 2_500])
    const { entries } = (await operator.get('/api/activity')).body
    expect(entries[0]).toMatchObject({ action: 'operations.cancel', target: 'queue:default', result: 'ok' })
    expect(entries[0].detail).toMatchObject({ id: started.body.id })
  })

  test('goes no faster than asked, and stops when somebody else aborts it', async () => {
    await using app = await testApp()
    const operator = await app.signedIn('operator')
    const admin = await app.signedIn('admin')
    await enqueue(app, 200, { delay: '1h' })
    const began = performance.now()
    const { id } = (await operator.post('/api/operations', { action: 'cancel', filter: 'status:pending', pace: 20 }))
      .body
    const at = await until('some are done', async () => {
      const { done } = (await admin.get(`/api/operations/${id}`)).body
      return done >= 20 ? { done, seconds: (performance.now() - began) / 1_000 } : undefined
    })
    // The first turn is at once; from then on it is held back.
    expect(at.done).toBeLessThanOrEqual(20 * at.seconds + 20)
    const aborted = await admin.post(`/api/operations/${id}/abort`)
    expect(aborted.body).toMatchObject({ state: 'aborted' })
    const { done } = await ended(admin, id)
    const again = await admin.post(`/api/operations/${id}/abort`)
    expect([again.status, again.body.error.code]).toEqual([409, 'OPERATION_ENDED'])
    // A turn that was under way may have been counted still; then nothing more is.
    await until('it has come to rest', async () => {
      const before = (await admin.get('/api/jobs/counts')).body.cancelled.count
      await new Promise((resolve) => setTimeout(resolve, 600))
      return (await admin.get('/api/jobs/counts')).body.cancelled.count === before || undefined
    })
    expect((await admin.get('/api/jobs/counts')).body.cancelled.count).toBeLessThanOrEqual(done + 20)
  })

  test('counts those that had moved on meanwhile, and goes on', async () => {
    await using app = await testApp()
    const operator = await app.signedIn('operator')
    await enqueue(app, 30, { delay: '1h' })
    const { id } = (await operator.post('/api/operations', { action: 'run-now', filter: 'status:pending', pace: 10 }))
      .body
    await until('it has begun', async () => (await operator.get(`/api/operations/${id}`)).body.done > 0)
    const { jobs } = await app.offstage.jobs.list({ status: 'pending', limit: 100 })
    const isLater = ({ runAt }: { runAt: Date }) => runAt.getTime() > Date.now() + 60_000
    // It goes from one end to the other: the five that it would come to last.
    const last = jobs.slice(-1).every(isLater) ? jobs.slice(-5) : jobs.slice(0, 5)
    expect(last.filter(isLater)).toHaveLength(5)
    await app.offstage.jobs.cancel(last.map((job) => job.id))
    const { done, skipped, state } = await ended(operator, id)
    expect([done + skipped, skipped, state]).toEqual([30, 5, 'done'])
  })

  test('ends as aborted when its server is stopped, and one of a dead server is found', async () => {
    await using app = await testApp()
    const operator = await app.signedIn('operator')
    await enqueue(app, 100, { delay: '1h' })
    const { id } = (await operator.post('/api/operations', { action: 'cancel', filter: 'status:pending', pace: 1 }))
      .body
    await app.dashboard.close()
    const store = await app.store()
    expect(await store.access.operation(id)).toMatchObject({
      state: 'aborted',
      error: expect.stringContaining('stopped'),
    })
    const long = new Date(Date.now() - 120_000)
    const left = { filter: 'status:pending', pace: null, total: 1, done: 0, skipped: 0, state: 'running' as const }
    const actor = { actor: 'x', actorName: 'x', startedAt: long, updatedAt: long, finishedAt: null, error: null }
    await store.access.addOperation({ id: 'left-behind', action: 'cancel', ...left, ...actor })
    const other = app.offstage.dashboard({ authorize: () => ({ id: '1', name: 'Ada', role: 'viewer' }) })
    const response = await other.fetch(new Request('http://localhost/api/operations'))
    const { operations } = (await response.json()) as { operations: { id: string; state: string; error: string }[] }
    expect(operations.find((each) => each.id === 'left-behind')).toMatchObject({ state: 'aborted' })
  })

  test('that clears removes all but what runs', async () => {
    await using app = await testApp()
    const admin = await app.signedIn('admin')
    await enqueue(app, 1_200, { delay: '1h' })
    expect((await admin.post('/api/jobs/clear', { confirm: 'yes' })).status).toBe(400)
    expect((await admin.post('/api/jobs/clear', {})).status).toBe(400)
    const { id } = (await admin.post('/api/jobs/clear', { confirm: 'clear' })).body
    expect(await ended(admin, id)).toMatchObject({ action: 'clear', done: 1_200, state: 'done' })
    expect((await admin.get('/api/jobs')).body.jobs).toEqual([])
  })
})
