import { setTimeout as sleep } from 'node:timers/promises'
import mysql from 'mysql2/promise'
import { expect, test, vi } from 'vitest'
import { newId } from '../../src/core/id.ts'
import type { JobId, JobStatus } from '../../src/core/job.ts'
import { type App, makeApp } from '../support/app.ts'
import { OwnMariadb, withOwnMariadb } from '../support/own-mariadb.ts'
import { InlineJobs } from '../support/promise-jobs.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 60_000 })

/** Enqueues as an app does whose own requests are tried again: the same id, so that nothing is stored twice. */
async function enqueueAll(app: App, count: number): Promise<JobId[]> {
  const ids: JobId[] = []
  for (let i = 0; i < count; i += 50) {
    await Promise.all(
      Array.from({ length: Math.min(50, count - i) }, async () => {
        const id = newId()
        await until('it is stored', () => app.offstage.runBackgroundJob(InlineJobs, 'note', ['notes'], { id }), 60_000)
        ids.push(id)
      }),
    )
  }
  return ids
}

/** Each job ran to its end once, and was recorded so. */
async function eachRanOnce(app: App, ids: readonly JobId[]): Promise<void> {
  await until('all have completed', async () => (await count(app, 'completed')) === ids.length, 120_000)
  const started = Map.groupBy(app.notes('notes'), ({ id }) => id)
  expect(ids.filter((id) => started.get(id)?.length !== 1)).toEqual([])
  expect(await count(app, ['pending', 'running', 'failed', 'cancelled'])).toBe(0)
}

async function count(app: App, status: JobStatus | JobStatus[]): Promise<number> {
  return await app.offstage.jobs.count({ status })
}

/** What p11-outage tests on PostgreSQL, at its core: a fault of MariaDB costs delay, and nothing else. */
withOwnMariadb('a fault of MariaDB', () => {
  test('the server restarts every few seconds while 2,000 jobs run', async () => {
    await using server = await OwnMariadb.create()
    await using app = makeApp({ database: server.url })
    const workers = [await app.worker(), await app.worker()]
    const enqueueing = enqueueAll(app, 2_000)
    let done = false
    const restarts = (async () => {
      for (let i = 0; !done; i++) {
        await sleep(1_500)
        // In good order, and as a machine that loses its power, in turns.
        await server.stop(i % 2 === 0 ? 'SIGTERM' : 'SIGKILL')
        await sleep(300)
        await server.start()
      }
    })()
    const ids = await enqueueing
    done = true
    await restarts
    await eachRanOnce(app, ids)
    for (const worker of workers) expect((await worker.stop()).code).toBe(0)
  })

  test('a network that goes silent: calls give up, connections are made anew, nothing runs twice', async () => {
    await using server = await OwnMariadb.create()
    await using proxy = await TcpProxy.before(server.port)
    await using app = makeApp({ database: server.url })
    const through = `mysql://root@127.0.0.1:${proxy.port}/app?timeout=2s`
    const worker = await app.worker({ env: { OFFSTAGE_DATABASE: through } })
    const ids: JobId[] = []
    for (let round = 0; round < 2; round++) {
      ids.push(...(await enqueueAll(app, 100)))
      await until('most of them have run', () => app.notes('notes').length > ids.length - 50)
      proxy.silence()
      ids.push(...(await enqueueAll(app, 100)))
      await sleep(3_000)
      proxy.cut()
      proxy.resume()
    }
    await eachRanOnce(app, ids)
    expect((await worker.stop()).code).toBe(0)
  })

  test('too many connections: the worker waits its turn', async () => {
    await using server = await OwnMariadb.create(['max_connections=16'])
    await using app = makeApp({ database: `${server.url}?connections=2` })
    const worker = await app.worker()
    const ids = await enqueueAll(app, 50)
    // Nobody gets in any more, and those who are in are thrown out.
    const admin = await mysql.createConnection(server.url)
    const [rows] = await admin.query<mysql.RowDataPacket[]>('select id from information_schema.processlist')
    for (const { id } of rows) await admin.query(`kill ${id}`).catch(() => {})
    admin.destroy()
    const hogs: mysql.Connection[] = []
    for (let full = false; !full; ) {
      await mysql.createConnection(server.url).then(
        (hog) => {
          hog.on('error', () => {})
          hogs.push(hog)
        },
        () => {
          full = true
        },
      )
    }
    expect(hogs.length).toBeGreaterThan(4)
    const stored = enqueueAll(app, 50)
    await sleep(2_000)
    for (const hog of hogs) hog.destroy()
    ids.push(...(await stored))
    await eachRanOnce(app, ids)
    expect((await worker.stop()).code).toBe(0)
  })

  test('deadlocks are tried again', async () => {
    await using server = await OwnMariadb.create()
    await using app = makeApp({ database: server.url })
    const workers = [await app.worker(), await app.worker()]
    const locking = (async () => {
      const client = await mysql.createConnection({ uri: server.url, multipleStatements: true })
      for (let i = 0; i < 30; i++) {
        // Takes what workers take, the other way round.
        await client
          .query(
            `start transaction; select seq from offstage_running order by seq desc for update;
             select seq from offstage_ready for update; select seq from offstage_worker for update; commit`,
          )
          .catch(() => client.query('rollback'))
        await sleep(50)
      }
      await client.end()
    })()
    const ids = await enqueueAll(app, 1_000)
    await locking
    await eachRanOnce(app, ids)
    for (const worker of workers) expect((await worker.stop()).code).toBe(0)
  })
})
