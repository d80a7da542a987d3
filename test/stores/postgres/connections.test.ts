import { spawn } from 'node:child_process'
import { once } from 'node:events'
import pg from 'pg'
import { expect, test, vi } from 'vitest'
import { openStore } from '../../../src/stores/open.ts'
import { claimJobs, claimOne, completed, newJob, newLease } from '../../../src/testing/store-suite/jobs.ts'
import { OwnPostgres } from '../../support/own-postgres.ts'
import { serverUrl, temporarySchema, withPostgres } from '../../support/postgres.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'
import { until } from '../../support/until.ts'
import { cutOffEverywhere } from '../cut-off.ts'

vi.setConfig({ testTimeout: 60_000 })

await withPostgres(() => {
  test('a store opens no more connections than it is told, and one more to listen while somebody does', async () => {
    await using schema = temporarySchema()
    const name = `budget-${schema.name}`
    const store = await openStore(schema.url('connections=3', `application_name=${name}`))
    const open = async () => {
      const rows = await schema.query(`select 1 from pg_stat_activity where application_name = '${name}'`)
      return rows.length
    }
    await store.migrate()
    let most = 0
    let done = false
    const watching = (async () => {
      while (!done) most = Math.max(most, await open())
    })()
    await Promise.all(Array.from({ length: 200 }, () => store.enqueue([newJob()])))
    done = true
    await watching
    expect(most).toBe(3)
    const stop = store.onWake(() => {})
    await until('it listens', async () => (await open()) === 4)
    stop()
    await store.close()
    await until('all are closed', async () => (await open()) === 0)
  })

  test('the number of connections can be given beside the URL', async () => {
    await using schema = temporarySchema()
    const name = `one-${schema.name}`
    const store = await openStore(schema.url('connections=9', `application_name=${name}`), { connections: 1 })
    await store.migrate()
    await Promise.all(Array.from({ length: 20 }, () => store.queues()))
    expect(await schema.query(`select 1 from pg_stat_activity where application_name = '${name}'`)).toHaveLength(1)
    await store.close()
  })

  test('a server that falls silent is given up, and used again when it speaks', async () => {
    await using schema = temporarySchema()
    await using proxy = await TcpProxy.before(Number(new URL(serverUrl()).port))
    const store = await openStore(proxy.through(schema.url('timeout=500ms')))
    await store.migrate()
    await Promise.all(Array.from({ length: 8 }, () => store.queues()))
    proxy.silence()
    const beganAt = performance.now()
    const calls = [store.enqueue([newJob()]), store.queues(), store.heartbeat(1)]
    for (const call of await Promise.allSettled(calls)) {
      expect(call).toMatchObject({ status: 'rejected', reason: { code: 'DATABASE_UNAVAILABLE', transient: true } })
    }
    expect(performance.now() - beganAt).toBeLessThan(30_000)
    proxy.resumeNew()
    await until('it answers', () => store.queues())
    await store.close()
  })

  test('connections that the server ends are made again, and nobody has to know', async () => {
    await using schema = temporarySchema()
    const name = `ended-${schema.name}`
    const store = await openStore(schema.url(`application_name=${name}`))
    await store.migrate()
    const lease = await newLease(store)
    // What is read in one turn goes by one connection, what is written by one each.
    await Promise.all(Array.from({ length: 8 }, () => store.heartbeat(lease)))
    const end = () =>
      schema.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = '${name}'`)
    expect((await end()).length).toBeGreaterThan(1)
    // What was idle is noticed at once; the first call that meets it before may fail, as one that can be repeated.
    await until('it answers', () => store.queues())
    await store.enqueue([newJob()])
    const job = await claimOne(store, lease)
    expect(await store.settle([completed({ lease, job }, Date.now())])).toEqual([])
    await store.close()
  })

  test('a call whose connection is lost at any of its steps fails once, and leaves nothing behind that fails unheard', async () => {
    await using schema = temporarySchema()
    await cutOffEverywhere(schema.url())
  })

  test('an idle store does not keep its process from ending', async () => {
    await using schema = temporarySchema()
    const open = new URL('../../../src/stores/open.ts', import.meta.url).href
    const script = `const { openStore } = await import(${JSON.stringify(open)})
      const store = await openStore(${JSON.stringify(schema.url())})
      await store.migrate(); store.onWake(() => {}); await store.queues()`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' })
    expect(await once(child, 'close')).toEqual([0, null])
  })

  test('behind a pooler nothing is kept in a connection', async () => {
    await using schema = temporarySchema()
    const name = `pooled-${schema.name}`
    const url = schema.url('prepare=false', 'notify=false', 'connections=1', `application_name=${name}`)
    const store = await openStore(url)
    await store.migrate()
    const lease = await newLease(store)
    // Another transaction, another connection: as a pooler does it, all that was set is forgotten in between.
    const forget = () =>
      (
        store as unknown as { database: { pool: { use(work: (session: unknown) => unknown): Promise<void> } } }
      ).database.pool.use((session) =>
        (session as { query(...call: unknown[]): unknown }).query('discard all', [], 5_000),
      )
    for (let i = 0; i < 8; i++) {
      await forget()
      await store.enqueue([newJob()])
      await forget()
      const job = await claimOne(store, lease)
      await forget()
      expect(await store.settle([completed({ lease, job }, Date.now())])).toEqual([])
    }
    await store.close()
  })

  test('no default of the server changes what is stored', async () => {
    await using server = await OwnPostgres.create([
      'array_nulls=off',
      'transform_null_equals=on',
      'default_transaction_isolation=serializable',
      'default_transaction_deferrable=on',
      'timezone=Asia/Kolkata',
      'datestyle=German',
      'extra_float_digits=-15',
      'enable_indexscan=off',
    ])
    const store = await openStore(server.url)
    await store.migrate()
    const lease = await newLease(store)
    const batch = [newJob(), newJob({ tags: ['null', 'a'], due: { at: 1_700_000_000_123 } })]
    await store.enqueue(batch)
    const jobs = await claimJobs(store, lease)
    expect(await store.settle(jobs.map((job) => completed({ lease, job }, 1_700_000_000_456)))).toEqual([])
    await store.close()
    const stored =
      'select tags, expires_at, policy, finished_at, error from offstage.job join offstage.attempt using (seq)'
    const [plain = {}, tagged = {}] = await server.query(`${stored} order by job.id`)
    const nothing = { expires_at: null, policy: null, error: null, finished_at: '1700000000456' }
    expect(plain).toEqual({ ...nothing, tags: null })
    expect(tagged).toEqual({ ...nothing, tags: '["null","a"]' })
  })

  test('the server does not end a connection that rests, which a call might meet at that moment', async () => {
    await using server = await OwnPostgres.create(['idle_session_timeout=500ms'])
    const store = await openStore(`${server.url}?application_name=kept`)
    await store.migrate()
    const pids = (name: string) =>
      server.query<{ pid: number }>(`select pid from pg_stat_activity where application_name = '${name}' order by pid`)
    const kept = await pids('kept')
    const other = new pg.Client({ connectionString: server.url, application_name: 'other' })
    other.on('error', () => {})
    await other.connect()
    await until('another that rests is ended', async () => (await pids('other')).length === 0)
    expect(kept).not.toEqual([])
    expect(await pids('kept')).toEqual(kept)
    await store.close()
  })

  test('behind a pooler, a server that stores the word null for what is not there is refused', async () => {
    await using schema = temporarySchema()
    const url = schema.url('prepare=false', 'notify=false', 'options=-c array_nulls=off')
    await expect(openStore(url)).rejects.toMatchObject({
      code: 'DATABASE_UNSUPPORTED',
      message: expect.stringMatching(/array_nulls = off.*alter role … set array_nulls = on/),
    })
  })
})
