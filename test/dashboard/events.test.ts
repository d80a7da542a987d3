import { describe, expect, test } from 'vitest'
import { defineOffstage } from '../../src/index.ts'
import { until } from '../support/until.ts'
import { testApp } from './app.ts'
import { queryProcesses } from './processes.ts'
import { listen, type SentEvent } from './sse.ts'

const told = (events: readonly SentEvent[], topic: string) => events.find(({ data }) => data?.changed?.includes(topic))

describe('/api/events', () => {
  test('begins with how many jobs there are, and tells of changes by any process', async () => {
    await using app = await testApp()
    const viewer = await app.signedIn('viewer')
    await using stream = await listen(viewer)
    expect(stream.status).toBe(200)
    expect(stream.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(stream.headers.get('cache-control')).toBe('no-store')
    const first = await until('the first event', () => stream.events[0])
    expect(first).toMatchObject({
      event: 'change',
      data: { changed: [], counts: { pending: { count: 0, more: false } } },
    })
    // As another process would: with a connection of its own.
    const other = defineOffstage({ database: `sqlite:${app.file('jobs.db')}`, jobs: [], logs: false })
    await app.offstage.runBackgroundJob('ReportJob', 'build', [])
    const change = await until('a change of jobs', () => told(stream.events, 'jobs'))
    expect(change.data.counts.pending).toEqual({ count: 1, more: false })
    expect(change.data.changed).toContain('queues')
    stream.events.length = 0
    await other.queues.pause('mail')
    await until('a change of queues', () => told(stream.events, 'queues'))
    await other.close()
  })

  test('tells each of many pages the same, at most once a second, by one look at the database', async () => {
    await using app = await testApp()
    const viewer = await app.signedIn('viewer')
    const streams = await Promise.all(Array.from({ length: 10 }, () => listen(viewer)))
    const began = performance.now()
    // A change every few milliseconds, for a while.
    while (performance.now() - began < 2_500) {
      await app.offstage.runBackgroundJob('ReportJob', 'build', [])
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    const seconds = (performance.now() - began) / 1_000
    const changes = streams.map(({ events }) => events.filter(({ data }) => data.changed.length > 0))
    await until('a change', () => told(streams[0]?.events ?? [], 'jobs'))
    expect(changes[0]?.length).toBeLessThanOrEqual(Math.ceil(seconds) + 1)
    const [ids] = changes.map((events) => events.map(({ id }) => id).join())
    for (const events of changes) expect(events.map(({ id }) => id).join()).toBe(ids)
    for (const stream of streams) await stream[Symbol.asyncDispose]()
  })

  test('says what to look at again after a lost connection: everything', async () => {
    await using app = await testApp()
    await using stream = await listen(await app.signedIn('viewer'), { 'last-event-id': '7' })
    const first = await until('the first event', () => stream.events[0])
    expect(first.data.changed).toEqual(expect.arrayContaining(['jobs', 'queues', 'workers', 'operations', 'logs']))
  })

  test('ends when the session does', async () => {
    await using app = await testApp()
    const viewer = await app.signedIn('viewer')
    const admin = await app.signedIn('admin')
    await using stream = await listen(viewer)
    await using kept = await listen(admin)
    const { sessions } = (await admin.get('/api/sessions')).body
    const own = (await viewer.get('/api/me')).body.id
    const { id } = sessions.find(({ userId }: { userId: string }) => userId === own)
    await admin.send('DELETE', `/api/sessions/${id}`)
    await until('the end', () => stream.ended || undefined)
    expect(stream.events.at(-1)).toMatchObject({ event: 'end' })
    // The others hear that all is well.
    await until('a comment', () => kept.comments.length > 0 || undefined)
    expect(kept.ended).toBe(false)
    expect((await viewer.get('/api/events')).status).toBe(401)
  })

  test('ends for a user who may no longer see jobs', async () => {
    await using app = await testApp()
    const viewer = await app.signedIn('viewer')
    const admin = await app.signedIn('admin')
    await using stream = await listen(viewer)
    const { id } = (await viewer.get('/api/me')).body
    await admin.send('PATCH', `/api/users/${id}`, { permissions: ['logs.read'] })
    await until('the end', () => stream.ended || undefined)
  })

  test('ends with the server', async () => {
    await using app = await testApp()
    await using stream = await listen(await app.signedIn('viewer'))
    await app.dashboard.close()
    await until('the end', () => stream.ended || undefined)
  })

  test('goes on when the process for queries was killed', async () => {
    await using app = await testApp()
    const viewer = await app.signedIn('viewer')
    await using stream = await listen(viewer)
    await until('the first event', () => stream.events[0])
    if (process.platform === 'linux') for (const { pid } of queryProcesses()) process.kill(pid, 'SIGKILL')
    await until('a change', async () => {
      await app.offstage.runBackgroundJob('ReportJob', 'build', [])
      return told(stream.events, 'jobs')
    })
  })

  test('is there again after everybody has left', async () => {
    await using app = await testApp()
    const viewer = await app.signedIn('viewer')
    const stream = await listen(viewer)
    await until('the first event', () => stream.events[0])
    await stream[Symbol.asyncDispose]()
    // The next one to come is served again, at once.
    await using again = await listen(viewer)
    await until('the first event', () => again.events[0])
  })
})
