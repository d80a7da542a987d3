import { expect, test, vi } from 'vitest'
import { ROUTES } from '../../src/dashboard/server/routes/routes.ts'
import { temporarySchema, withPostgres } from '../support/postgres.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'
import { type Client, ReportJob, type TestApp, testApp } from './app.ts'

vi.setConfig({ testTimeout: 120_000 })

/** Other answers than these would be a page that has failed without saying why. */
const TOLD = new Set([200, 201, 202, 204, 400, 401, 403, 404, 409, 503])

await withPostgres(() => {
  test('the database is lost at any moment while everything is asked: each answer says so, and all is well when it is back', async () => {
    await using schema = temporarySchema()
    const url = new URL(schema.url())
    await using proxy = await TcpProxy.before(Number(url.port))
    url.port = String(proxy.port)
    await using app = await testApp({ database: url.href })
    const [admin, paths] = [await app.signedIn('admin'), await pathsOf(app)]
    const unheard: string[] = []
    const hear = (error: unknown) => unheard.push(String((error as Error).stack))
    // The test runner's own would end the run without saying what was asked.
    const others = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', hear)
    try {
      for (let messages = 0; messages < 40; messages++) {
        {
          using _cutting = proxy.cutAfter(messages)
          for (const answer of await Promise.all(paths.map((path) => asked(admin, path)))) expect(answer).toBe('told')
        }
        await until('it answers', async () => (await admin.get('/api/queues')).status === 200)
      }
    } finally {
      process.off('unhandledRejection', hear)
      for (const each of others) process.on('unhandledRejection', each)
    }
    expect(unheard).toEqual([])
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
  const isTold = TOLD.has(status) && (status === 200 || typeof body?.error?.message === 'string')
  return isTold ? 'told' : `${path}: ${status} ${text}`
}
