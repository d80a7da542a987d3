import { expect } from 'vitest'
import { until } from '../support/until.ts'
import { testApp } from './app.ts'
import { listen } from './sse.ts'

/** What people do with a dashboard, from the first failure to its repair, on whatever database. */
export async function journey(database: string): Promise<void> {
  await using app = await testApp({ database })
  const operator = await app.signedIn('operator')
  const admin = await app.signedIn('admin')
  expect((await operator.get('/api/now')).body).toMatchObject({ tone: 'idle', verdict: 'No jobs yet.' })

  await using stream = await listen(operator)
  const many = app.offstage.runBackgroundJobs as (jobs: unknown[]) => Promise<{ id: string }[]>
  const jobs = Array.from({ length: 60 }, (_, i) => [
    'ReportJob',
    'build',
    [{ plan: i % 3 === 0 ? 'free' : 'paid', n: i }],
  ])
  const [first] = await many(jobs)
  // An answer is given again for up to a second.
  await until('somebody to miss a worker', async () => {
    const { problems } = (await operator.get('/api/now')).body
    return problems[0]?.kind === 'no-worker' || undefined
  })
  expect((await operator.get(`/api/jobs/${first?.id}`)).body.why.text).toContain('no worker is running')

  const worker = await app.offstage.start({ id: 'w1' })
  const counts = await until('all jobs have ended', async () => {
    const { body } = await operator.get('/api/jobs/counts')
    return body.completed.count + body.failed.count === 60 ? body : undefined
  })
  expect(counts).toMatchObject({ completed: { count: 40 }, failed: { count: 20 }, pending: { count: 0 } })
  await until('an event of it', () => stream.events.find(({ data }) => data.changed.includes('jobs')))

  // The cause, what its failures share, and all of them tried again in one go.
  const now = await until('the verdict', async () => {
    const { body } = await operator.get('/api/now')
    return body.tone === 'bad' ? body : undefined
  })
  expect(now.verdict).toContain('1 cause, 20 jobs')
  const { fingerprint } = now.causes[0]
  const cause = (await operator.get(`/api/causes/${fingerprint}`)).body
  expect(cause).toMatchObject({
    name: 'TypeError',
    message: 'no report for free',
    retryable: { count: 20, more: false },
  })
  expect(cause.traits).toContainEqual({ field: 'args.plan', value: 'free', failed: 1, succeeded: 0 })
  expect(cause.frames[0]).toMatchObject({ own: true, function: 'ReportJob.build' })
  const found = await operator.get(`/api/jobs?filter=error:${fingerprint.slice(0, 6)}+args.plan:free&limit=100`)
  expect(found.body.jobs).toHaveLength(20)
  const { id } = (await operator.post('/api/operations', { action: 'retry', filter: cause.retryFilter })).body
  await until('the operation is done', async () => {
    return (await operator.get(`/api/operations/${id}`)).body.state === 'done' || undefined
  })
  expect((await operator.get(`/api/operations/${id}`)).body).toMatchObject({ done: 20, skipped: 0, total: 20 })
  await until('they have failed again', async () => {
    const { body } = await operator.get('/api/jobs/counts?filter=status:failed')
    return body.failed.count === 20 && body.pending.count + body.running.count === 0 ? true : undefined
  })

  // Rates are written every few seconds; the rest is there at once.
  await until('rates', async () => {
    const { handlers } = (await operator.get('/api/handlers?since=1h')).body
    const build = handlers.find(({ method }: { method: string }) => method === 'build')
    return build.completed === 40 && build.failed === 40 && build.run.p95Ms !== null ? build : undefined
  })
  const metrics = await admin.get('/metrics')
  expect(metrics.text).toMatch(
    /offstage_attempts_total\{class="ReportJob",method="build",queue="default",outcome="failed"\} 40\n/,
  )
  expect(metrics.text).toMatch(/offstage_jobs\{status="failed"\} 20\n/)
  expect((await admin.get('/readyz')).body).toMatchObject({ status: 'ready', checks: { worker: 'ok' } })

  await operator.post('/api/queues/default/pause')
  expect((await operator.get('/api/queues')).body.queues).toMatchObject([{ name: 'default', paused: true, workers: 1 }])
  await operator.post('/api/workers/w1/quiet')
  await until('the worker is quiet', async () => {
    return (await operator.get('/api/workers')).body.workers[0].status === 'quiet' || undefined
  })
  await worker.stop()
  const cleared = (await admin.post('/api/jobs/clear', { confirm: 'clear' })).body
  await until('all is cleared', async () => {
    return (await admin.get(`/api/operations/${cleared.id}`)).body.state === 'done' || undefined
  })
  expect((await admin.get('/api/jobs')).body.jobs).toEqual([])
  const { entries } = (await admin.get('/api/activity')).body
  expect(entries.map(({ action }: { action: string }) => action)).toEqual(
    expect.arrayContaining(['operations.clear', 'workers.quiet', 'queues.pause', 'operations.retry', 'sign-in']),
  )
}
