/** What the tests of outages do on each database. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { newId } from '../../src/core/id.ts'
import type { JobId, JobStatus } from '../../src/core/job.ts'
import { type App, makeApp } from './app.ts'
import { InlineJobs, ProcessJobs } from './promise-jobs.ts'
import { TcpProxy } from './tcp-proxy.ts'
import { isRunning, until } from './until.ts'

/** A server of a test's own. */
export interface OwnServer {
  readonly port: number
  readonly url: string
  start(): Promise<void>
}

/** Enqueues as an app does whose own requests are tried again: the same id, so that nothing is stored twice. */
export async function enqueueAll(app: App, count: number, file: string): Promise<JobId[]> {
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

export async function count(app: App, status: JobStatus | JobStatus[]): Promise<number> {
  return await app.offstage.jobs.count({ status })
}

/** Each job ran to its end once, and was recorded so. */
export async function eachRanOnce(app: App, ids: readonly JobId[], file: string): Promise<void> {
  await until('all have completed', async () => (await count(app, 'completed')) === ids.length, 120_000)
  const started = Map.groupBy(app.notes(file), ({ id }) => id)
  const more = ids.filter((id) => started.get(id)?.length !== 1)
  expect(more.map((id) => started.get(id))).toEqual([])
  expect(await count(app, ['pending', 'running', 'failed', 'cancelled'])).toBe(0)
  for (const id of ids.filter((_, i) => i % 97 === 0)) {
    expect(await app.offstage.jobs.get(id)).toMatchObject({ status: 'completed', attempt: 1 })
  }
}

/** Restarts while jobs run: by `stop`, in good order and as a crash in turns. */
export async function restarted(
  server: OwnServer,
  stop: (crash: boolean) => Promise<void>,
  jobs: number,
): Promise<void> {
  await using app = makeApp({ database: server.url })
  const workers = [await app.worker(), await app.worker()]
  const enqueueing = enqueueAll(app, jobs, 'notes')
  let done = false
  const restarts = (async () => {
    for (let i = 0; !done; i++) {
      await sleep(1_500)
      await stop(i % 2 === 1)
      await sleep(300)
      await server.start()
    }
  })()
  const ids = await enqueueing
  done = true
  await restarts
  await eachRanOnce(app, ids, 'notes')
  for (const worker of workers) expect((await worker.stop()).code).toBe(0)
}

/** Away for longer than every lease and retry: the worker loses its lease, ends what ran under it, and goes on. */
export async function awayForLong(server: OwnServer, crash: () => Promise<void>): Promise<void> {
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
  await crash()
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
}

/** Connections fall silent: for good, but new ones work after a while. */
export async function silenced(server: OwnServer, rounds: number): Promise<void> {
  await using proxy = await TcpProxy.before(server.port)
  await using app = makeApp({ database: server.url })
  const worker = await app.worker({ env: { OFFSTAGE_DATABASE: `${proxy.through(server.url)}?timeout=2s` } })
  const ids: JobId[] = []
  for (let round = 0; round < rounds; round++) {
    ids.push(...(await enqueueAll(app, 100, 'notes')))
    await until('most of them have run', () => app.notes('notes').length > ids.length - 50)
    proxy.silence()
    ids.push(...(await enqueueAll(app, 100, 'notes')))
    await sleep(3_000)
    proxy.cut()
    proxy.resume()
  }
  await eachRanOnce(app, ids, 'notes')
  expect((await worker.stop()).code).toBe(0)
}

/** One worker of two is cut off: what it runs has ended before it runs elsewhere, and it works again later. */
export async function cutOff(server: OwnServer): Promise<void> {
  await using proxy = await TcpProxy.before(server.port)
  await using app = makeApp({
    jobs: ['process', 'inline'],
    database: server.url,
    config: { worker: { lease: '4s', heartbeat: '500ms', grace: '1s' } },
  })
  const cut = await app.worker({ env: { OFFSTAGE_DATABASE: proxy.through(server.url) } })
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
}

/** The primary dies and a standby takes its place, which had all that was acknowledged. */
export async function failedOver(
  primary: OwnServer,
  standby: OwnServer,
  jobs: number,
  takeOver: () => Promise<void>,
): Promise<void> {
  await using proxy = await TcpProxy.before(primary.port)
  await using app = makeApp({ database: `${proxy.through(primary.url)}?timeout=2s` })
  const worker = await app.worker()
  let acknowledged: JobId[] = []
  const enqueueing = enqueueAll(app, jobs, 'notes').then((ids) => {
    acknowledged = ids
  })
  await until('a third of them have run', () => app.notes('notes').length > jobs / 3, 60_000)
  await takeOver()
  proxy.redirect(standby.port)
  await enqueueing
  await until('all have ended', async () => (await count(app, ['pending', 'running'])) === 0, 120_000)
  expect(await count(app, 'completed')).toBe(jobs)
  const run = new Set(app.notes('notes').map(({ id }) => id))
  expect(acknowledged.filter((id) => !run.has(id))).toEqual([])
  expect((await worker.stop()).code).toBe(0)
}

/** Nobody gets in any more, and those who are in have been thrown out: workers and producers wait their turn. */
export async function crowded(server: OwnServer, crowd: () => Promise<{ leave(): Promise<void> }>): Promise<void> {
  await using app = makeApp({ database: `${server.url}?connections=2` })
  const worker = await app.worker()
  const ids = await enqueueAll(app, 50, 'notes')
  const others = await crowd()
  const stored = enqueueAll(app, 50, 'notes')
  await sleep(2_000)
  await others.leave()
  ids.push(...(await stored))
  await eachRanOnce(app, ids, 'notes')
  expect((await worker.stop()).code).toBe(0)
}

/** Opens connections until there is room for no more. */
export async function fillUp<Client>(open: () => Promise<Client>): Promise<Client[]> {
  const clients: Client[] = []
  for (;;) {
    const client = await open().catch(() => undefined)
    if (client === undefined) break
    clients.push(client)
  }
  expect(clients.length).toBeGreaterThan(4)
  return clients
}

/** `lock` takes for a moment what workers take, the other way round; it may fail. */
export async function entangled(
  server: OwnServer,
  { workers: size, jobs, times, lock }: { workers: number; jobs: number; times: number; lock: () => Promise<unknown> },
): Promise<void> {
  await using app = makeApp({ database: server.url })
  const workers = await Promise.all(Array.from({ length: size }, () => app.worker()))
  const locking = (async () => {
    for (let i = 0; i < times; i++) {
      await lock()
      await sleep(50)
    }
  })()
  const ids = await enqueueAll(app, jobs, 'notes')
  await locking
  await eachRanOnce(app, ids, 'notes')
  for (const worker of workers) expect((await worker.stop()).code).toBe(0)
}
