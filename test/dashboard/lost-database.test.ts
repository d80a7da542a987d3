import { expect, test, vi } from 'vitest'
import { ROUTES } from '../../src/dashboard/server/routes/routes.ts'
import { temporarySchema, withPostgres } from '../support/postgres.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import { hearUnheard } from '../support/unheard.ts'
import { until } from '../support/until.ts'
import { type Client, ReportJob, type TestApp, testApp } from './app.ts'

vi.setConfig({ testTimeout: 120_000 })

await withPostgres(() => {
  test('the database is lost at any moment while everything is asked: each answer says so, and all is well when it is back', async () => {
    await using schema = temporarySchema()
    await using proxy = await TcpProxy.before(Number(new URL(schema.url()).port))
    await using app = await testApp({ database: proxy.through(schema.url()) })
    const [admin, paths] = [await app.signedIn('admin'), await pathsOf(app)]
    using unheard = hearUnheard()
    for (let messages = 0; messages < 40; messages++) {
      unheard.during = `cut after ${messages}`
      {
        using _cutting = proxy.cutAfter(messages)
        for (const answer of await Promise.all(paths.map((path) => asked(admin, path)))) expect(answer).toBe('told')
      }
      await until('it answers', async () => (await admin.get('/api/queues')).status === 200)
    }
    expect(unheard.told).toEqual([])
    for (const path of paths) expect([path, (await admin.get(path)).status]).toEqual([path, 200])
  })
})

/** Every page's questions, of things that are there; but for the changes, which have no end. */
async function pathsOf(app: TestApp): Promise<string[]> {
  const { runBackgroundJob, start, jobs, workers } = app.offstage
  const done = await runBackgroundJob(ReportJob, 'build', [])
  const failing = await runBackgroundJob(ReportJob, 'build', [{ fail: true }])
  await start()
  for (const { id } of [done, failing]) await jobs.wait(id).catch(() => {})
  const [cause] = await (await app.store()).causes({ since: 0, slices: 1, limit: 1 })
  const [worker] = await workers.list()
  const asking = ROUTES.filter(({ method, path }) => method === 'GET' && path !== '/events')
  return asking.flatMap((route) => {
    const path = `/api${route.path}`
      .replace('/queues/:name', '/queues/default')
      .replace('/workers/:id', `/workers/${worker?.id}`)
      .replace('/causes/:fingerprint', `/causes/${cause?.fingerprint}`)
      .replace('/jobs/:id', `/jobs/${failing.id}`)
    return path.includes(':') ? [] : [path]
  })
}

async function asked(client: Client, path: string): Promise<string> {
  const { status, body, text } = await client.get(path)
  // Anything else would be a page that has failed without saying why.
  const isTold = status === 200 || (status === 503 && typeof body?.error?.message === 'string')
  return isTold ? 'told' : `${path}: ${status} ${text}`
}
