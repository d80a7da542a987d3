import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { readinessOf } from '../../src/dashboard/server/health.ts'
import type { Store } from '../../src/store/store.ts'
import { until } from '../support/until.ts'
import { testApp } from './app.ts'

describe('/healthz', () => {
  test('says that the process is alive, to anybody', async () => {
    await using app = await testApp()
    const { status, body } = await app.client().get('/healthz')
    expect([status, body]).toEqual([200, { status: 'ok' }])
  })
})

describe('/readyz', () => {
  test('says what is looked at; a worker where there is one', async () => {
    await using app = await testApp()
    const client = app.client()
    expect((await client.get('/readyz')).body).toEqual({ status: 'ready', checks: { database: 'ok', schema: 'ok' } })
    const worker = await app.offstage.start({ id: 'w1' })
    expect((await client.get('/readyz')).body.checks).toEqual({ database: 'ok', schema: 'ok', worker: 'ok' })
    await worker.stop()
    await until('it is gone', async () => {
      return (await client.get('/readyz')).body.checks.worker === undefined || undefined
    })
  })

  test('stays ready on a schema of a newer version, as the process goes on, and says so', async () => {
    await using app = await testApp()
    const client = app.client()
    expect((await client.get('/readyz')).status).toBe(200)
    const raw = new DatabaseSync(app.file('jobs.db'), { timeout: 5_000 })
    raw.exec("insert into offstage_migration (version, name, applied_at) values (999, 'later', 0)")
    raw.close()
    const { status, body } = await client.get('/readyz')
    expect([status, body.status, body.checks.database]).toEqual([200, 'ready', 'ok'])
    expect(body.checks.schema).toContain('upgrade the package')
  })

  test('waits for a database only so long', async () => {
    const silent = { migrate: () => new Promise(() => {}) } as unknown as Store
    const began = performance.now()
    const found = await readinessOf({ store: async () => silent, workerId: () => undefined, limitMs: 50 })
    expect(found).toEqual({ ready: false, checks: { database: 'ok', schema: 'no answer within 50 ms' } })
    expect(performance.now() - began).toBeLessThan(5_000)
    const away = async () => {
      throw new Error('the server is away')
    }
    expect(await readinessOf({ store: away, workerId: () => 'w1' })).toEqual({
      ready: false,
      checks: { database: 'the server is away' },
    })
  })

  test('refuses for a worker that has lost its lease or was asked to stop', async () => {
    await using app = await testApp()
    const store = await app.store()
    const look = async () => (await readinessOf({ store: app.store, workerId: () => 'w9' })).checks.worker
    expect(await look()).toBe('worker w9 holds no lease')
    const facts = { host: 'h', pid: 1, queues: 'all', concurrency: 1, version: '0', leaseMs: 60_000 }
    const lease = await store.register({ id: 'w9', ...facts })
    expect(await look()).toBe('ok')
    await store.ask('w9', 'stop')
    expect(await look()).toBe('worker w9 is stopping')
    await store.endLease(lease)
    expect(await look()).toBe('worker w9 holds no lease')
    await store.register({ id: 'w9', ...facts, leaseMs: 50 })
    await until('its lease has ended', async () => ((await look()) === 'worker w9 holds no lease' ? true : undefined))
    expect((await store.workers()).map(({ id, status }) => [id, status])).toEqual([['w9', 'lost']])
  })
})

describe('/metrics', () => {
  test('is for tokens that may read it', async () => {
    await using app = await testApp()
    const admin = await app.signedIn('admin')
    const token = async (scope: string) => {
      const { body } = await admin.post('/api/tokens', { name: scope, scopes: [scope], expiresInDays: 1 })
      return app.client(body.token)
    }
    expect((await app.client().get('/metrics')).status).toBe(401)
    const other = await (await token('jobs.read')).get('/metrics')
    expect([other.status, other.body.error.permission]).toEqual([403, 'metrics.read'])
    const prometheus = await token('metrics.read')
    const { status, headers, text } = await prometheus.get('/metrics')
    expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
    expect(text).toMatch(/^# HELP offstage_info .*\n# TYPE offstage_info gauge\n/)
    expect((await prometheus.get('/api/jobs')).status).toBe(403)
    expect((await (await app.signedIn('viewer')).get('/metrics')).status).toBe(200)
  })

  test('is for anybody where the config says so', async () => {
    await using app = await testApp({ config: { metrics: 'open' } })
    expect((await app.client().get('/metrics')).status).toBe(200)
    expect((await app.client().get('/api/jobs')).status).toBe(401)
  })

  test('has nothing in it that Prometheus could not read', async () => {
    await using app = await testApp({ config: { metrics: 'open' } })
    await app.offstage.runBackgroundJob('ReportJob', 'build', [], { queue: 'a "quoted" \\ queue' })
    const { text } = await app.client().get('/metrics')
    for (const line of text.trimEnd().split('\n')) {
      expect(line).toMatch(
        /^(# (HELP|TYPE) offstage_\w+ .+|offstage_\w+(\{(\w+="([^"\\\n]|\\["\\n])*",?)*\})? -?[\d.e+-]+)$/,
      )
    }
    expect(text).toContain('queue="a \\"quoted\\" \\\\ queue"')
  })
})
