import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { expect, test, vi } from 'vitest'
import { newId } from '../../src/core/id.ts'
import type { JobId, JobStatus } from '../../src/core/job.ts'
import { type App, makeApp } from '../support/app.ts'
import { OwnPostgres } from '../support/own-postgres.ts'
import { InlineJobs, ProcessJobs } from '../support/promise-jobs.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import { isRunning, until } from '../support/until.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 60_000 })

const through = ({ port }: TcpProxy) => `postgres://postgres@127.0.0.1:${port}/postgres`

/** Enqueues as an app does whose own requests are tried again: the same id, so that nothing is stored twice. */
async function enqueueAll(app: App, count: number, file: string): Promise<JobId[]> {
  const ids: JobId[] = []
  for (let i = 0; i < count; i += 50) {
    await Promise.all(
      Array.from({ length: Math.min(50, count - i) }, async () => {
        const id = newId()
        await until('it is stored', () => app.offstage.runBackgroundJob(InlineJobs, 'note', [file], { id }), 60_000)
        ids.push(id)
      }),
    )
  }
  return ids
}

/** Each job ran to its end once, and was recorded so. */
async function eachRanOnce(app: App, ids: readonly JobId[], file: string): Promise<void> {
  await until('all have completed', async () => (await count(app, 'completed')) === ids.length, 120_000)
  const started = Map.groupBy(app.notes(file), ({ id }) => id)
  const more = ids.filter((id) => started.get(id)?.length !== 1)
  expect(more.map((id) => started.get(id))).toEqual([])
  expect(await count(app, ['pending', 'running', 'failed', 'cancelled'])).toBe(0)
  for (const id of ids.filter((_, i) => i % 97 === 0)) {
    expect(await app.offstage.jobs.get(id)).toMatchObject({ status: 'completed', attempt: 1 })
  }
}

async function count(app: App, status: JobStatus | JobStatus[]): Promise<number> {
  return await app.offstage.jobs.count({ status })
}

test('the server restarts every few seconds while 5,000 jobs run: delay, and nothing else', async () => {
  await using server = await OwnPostgres.create()
  await using app = makeApp({ database: server.url })
  const workers = [await app.worker(), await app.worker()]
  const enqueueing = enqueueAll(app, 5_000, 'notes')
  let done = false
  const restarts = (async () => {
    for (let i = 0; !done; i++) {
      await sleep(1_500)
      // A clean restart, and a crash with recovery, in turns.
      await server.stop(i % 2 === 0 ? 'SIGINT' : 'SIGQUIT')
      await sleep(300)
      await server.start()
    }
  })()
  const ids = await enqueueing
  done = true
  await restarts
  await eachRanOnce(app, ids, 'notes')
  for (const worker of workers) expect((await worker.stop()).code).toBe(0)
})

test('the server is away for longer than every lease and retry: the workers go on when it is back', async () => {
  await using server = await OwnPostgres.create()
  await using app = makeApp({
    jobs: ['inline', 'process'],
    database: server.url,
    config: { worker: { lease: '3s', heartbeat: '500ms' } },
  })
  const worker = await app.worker()
  const ids = await enqueueAll(app, 200, 'notes')
  // One that is running when the server goes: its worker loses the lease and ends it. Nobody else has taken it over by
  // the time that the server is back, so it is given back, and that spends no attempt.
  const long = await app.offstage.runBackgroundJob(ProcessJobs, 'take', ['long', 60_000])
  const { pid } = await app.noted('long')
  await server.stop('SIGQUIT')
  await worker.event(({ state }) => state === 'lost')
  await until('what ran under the lease has ended', () => !isRunning(pid))
  await sleep(6_000)
  await server.start()
  // It was ended in good order and given back, so its attempt is not spent.
  await until('it runs once more', () => app.notes('long').length === 2)
  const [last] = await enqueueAll(app, 1, 'notes')
  await until('the last one has completed', async () => (await count(app, 'completed')) === ids.length + 1, 60_000)
  expect(app.notes('notes').filter(({ id }) => id === last)).toHaveLength(1)
  await app.offstage.jobs.cancel(long.id)
  expect((await app.offstage.jobs.wait(long.id)).status).toBe('cancelled')
  expect((await worker.stop()).code).toBe(0)
})

test('a network that goes silent: calls give up, connections are made anew, nothing runs twice', async () => {
  await using server = await OwnPostgres.create()
  await using proxy = await TcpProxy.before(server.port)
  await using app = makeApp({ database: server.url })
  const worker = await app.worker({ env: { OFFSTAGE_DATABASE: `${through(proxy)}?timeout=2s` } })
  const ids: JobId[] = []
  for (let round = 0; round < 3; round++) {
    ids.push(...(await enqueueAll(app, 100, 'notes')))
    await until('most of them have run', () => app.notes('notes').length > ids.length - 50)
    // Everything that is open now stays silent for good; new connections work again after a while.
    proxy.silence()
    ids.push(...(await enqueueAll(app, 100, 'notes')))
    await sleep(3_000)
    proxy.cut()
    proxy.resume()
  }
  await eachRanOnce(app, ids, 'notes')
  expect((await worker.stop()).code).toBe(0)
})

test('a listener whose connection has gone silent misses no more than the poll', async () => {
  await using server = await OwnPostgres.create()
  await using proxy = await TcpProxy.before(server.port)
  await using app = makeApp({ database: server.url })
  await app.worker({ env: { OFFSTAGE_DATABASE: `${through(proxy)}?timeout=2s` } })
  await enqueueAll(app, 1, 'first')
  await app.noted('first')
  proxy.silence()
  await sleep(500)
  // What was open stays silent; what is opened from now on is forwarded.
  proxy.resumeNew()
  await enqueueAll(app, 1, 'second')
  await app.noted('second')
})

test('too many connections: the worker waits its turn', async () => {
  await using server = await OwnPostgres.create(['max_connections=16', 'superuser_reserved_connections=0'])
  await using app = makeApp({ database: `${server.url}?connections=2` })
  const worker = await app.worker()
  const ids = await enqueueAll(app, 50, 'notes')
  const hogs: Client[] = []
  // Nobody gets in any more, and those who are in are thrown out.
  await server.query(`select pg_terminate_backend(pid) from pg_stat_activity
    where backend_type = 'client backend' and pid <> pg_backend_pid()`)
  for (let full = false; !full; ) {
    const hog = new Client({ connectionString: server.url })
    hog.on('error', () => {})
    await hog.connect().then(
      () => hogs.push(hog),
      () => {
        full = true
      },
    )
  }
  expect(hogs.length).toBeGreaterThan(4)
  const stored = enqueueAll(app, 50, 'notes')
  await sleep(2_000)
  for (const hog of hogs) await hog.end()
  ids.push(...(await stored))
  await eachRanOnce(app, ids, 'notes')
  expect((await worker.stop()).code).toBe(0)
})

test('deadlocks and serialisation failures are tried again', async () => {
  // Each transaction is serialisable, so that two workers and a producer fail each other all the time.
  await using server = await OwnPostgres.create(['default_transaction_isolation=serializable', 'deadlock_timeout=50ms'])
  await using app = makeApp({ database: server.url })
  const workers = [await app.worker(), await app.worker(), await app.worker()]
  const locking = (async () => {
    const client = new Client({ connectionString: server.url })
    await client.connect()
    for (let i = 0; i < 20; i++) {
      // Takes what workers take, the other way round.
      await client
        .query(
          'begin; select 1 from offstage.running order by seq desc for update; select 1 from offstage.ready for update; commit',
        )
        .catch(() => client.query('rollback'))
      await sleep(50)
    }
    await client.end()
  })()
  const ids = await enqueueAll(app, 2_000, 'notes')
  await locking
  await eachRanOnce(app, ids, 'notes')
  for (const worker of workers) expect((await worker.stop()).code).toBe(0)
})

test('the primary dies and its synchronous standby takes over: every acknowledged job is there, and runs', async () => {
  await using primary = await OwnPostgres.create()
  await using standby = await primary.standby()
  await using proxy = await TcpProxy.before(primary.port)
  await using app = makeApp({ database: `${through(proxy)}?timeout=2s` })
  const worker = await app.worker()
  let acknowledged: JobId[] = []
  const enqueueing = enqueueAll(app, 3_000, 'notes').then((ids) => {
    acknowledged = ids
  })
  await until('half of them have run', () => app.notes('notes').length > 1_000)
  await primary.stop('SIGQUIT')
  await standby.promote()
  proxy.redirect(standby.port)
  await enqueueing
  await until('all have ended', async () => (await count(app, ['pending', 'running'])) === 0, 120_000)
  expect(await count(app, 'completed')).toBe(3_000)
  const run = new Set(app.notes('notes').map(({ id }) => id))
  expect(acknowledged.filter((id) => !run.has(id))).toEqual([])
  expect((await worker.stop()).code).toBe(0)
})

test('a worker that is cut off ends its jobs before they run elsewhere', async () => {
  await using server = await OwnPostgres.create()
  await using proxy = await TcpProxy.before(server.port)
  await using app = makeApp({
    jobs: ['process', 'inline'],
    database: server.url,
    config: { worker: { lease: '4s', heartbeat: '500ms', grace: '1s' } },
  })
  const cut = await app.worker({ env: { OFFSTAGE_DATABASE: through(proxy) } })
  const { id } = await app.offstage.runBackgroundJob(ProcessJobs, 'ignore', ['notes', 600_000])
  const first = await app.noted('notes')
  const other = await app.worker()
  proxy.silence()
  const second = await app.noted('notes', { attempt: 2 })
  expect(isRunning(first.pid)).toBe(false)
  expect(second.pid).not.toBe(first.pid)
  await cut.event(({ state }) => state === 'lost')
  expect(await app.offstage.jobs.wait(id)).toMatchObject({ status: 'completed', attempt: 2 })
  // And it works again when it is back, under another lease.
  const since = cut.events.length
  proxy.cut()
  proxy.resume()
  await other.stop()
  await app.offstage.runBackgroundJob(ProcessJobs, 'take', ['again', 10])
  await app.noted('again')
  expect(cut.events.slice(since).some(({ event }) => event === 'running')).toBe(true)
})
