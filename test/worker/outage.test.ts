import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { OffstageError } from '../../src/core/errors.ts'
import type { Line } from '../support/far-store.ts'
import { until } from '../support/until.ts'
import { makeRig } from './rig.ts'

const away = () => new OffstageError('DATABASE_UNAVAILABLE', 'connect ECONNREFUSED', { transient: true })
const straight: Line = (_, call) => call()
const refusing: Line = () => Promise.reject(away())
const silent: Line = () => new Promise(() => {})
const JOBS = Array.from({ length: 200 }, (_, index) => String(index))

/** Does what was asked, but the answer gets lost: of the named calls, each `every`-th time. */
function losing(names: readonly string[], every: number): Line {
  const times = new Map<string, number>()
  return async (name, call) => {
    const answer = await call()
    const time = (times.get(name) ?? 0) + 1
    times.set(name, time)
    if (names.includes(name) && time % every === 0) throw away()
    return answer
  }
}

describe.each([1, 4])('a worker whose database takes %i calls at a time', (parallel) => {
  test('keeps what it could not write, says once that the database is away, and goes on when it is back', async () => {
    const runs = new Map<string, number>()
    const work = async (data: string, { log }: { log(text: string): void }) => {
      runs.set(data, (runs.get(data) ?? 0) + 1)
      log('ran')
      await pause(5)
    }
    await using rig = await makeRig({ parallel, work })
    const ids = await rig.enqueue(JOBS)
    rig.far.line = (name, call) => {
      if (name === 'settle') rig.far.line = refusing
      return call()
    }
    await rig.worker.start()
    await until('the outage to be told', () => rig.told.worker.some(({ state }) => state === 'database-away'))
    await pause(300)
    expect(rig.told.completed.length).toBeLessThan(JOBS.length)
    rig.far.line = straight
    await until('all to be done', () => rig.worker.isIdle())
    expect(await rig.store.count({ status: 'completed' })).toBe(JOBS.length)
    expect(rig.told.worker.map(({ state }) => state)).toEqual(['started', 'database-away', 'database-back'])
    expect(runs.size).toBe(JOBS.length)
    expect([...runs.values()].every((times) => times === 1)).toBe(true)
    expect(rig.told.stale).toEqual([])
    for (const id of ids) expect((await rig.store.logs(id)).map(({ text }) => text)).toEqual(['ran'])
  })

  test('runs what a claim took whose answer was lost', async () => {
    const runs = new Map<string, number>()
    const work = (data: string) => void runs.set(data, (runs.get(data) ?? 0) + 1)
    await using rig = await makeRig({ parallel, work })
    const ids = await rig.enqueue(JOBS)
    rig.far.line = losing(['claim'], 3)
    await rig.worker.start()
    await until('all to be done', async () => (await rig.store.count({ status: 'completed' })) === JOBS.length)
    expect(runs.size).toBe(JOBS.length)
    expect([...runs.values()].every((times) => times === 1)).toBe(true)
    for (const id of ids.slice(0, 20)) expect((await rig.store.get(id))?.attempt).toBe(1)
    expect(rig.told.stale).toEqual([])
  })

  test('tells of an outcome once, though the answers to its writing get lost', async () => {
    const work = async (data: string) => {
      await pause(1)
      if (Number(data) % 5 === 0) throw new Error('again')
    }
    await using rig = await makeRig({ parallel, work })
    await rig.enqueue(JOBS)
    rig.far.line = losing(['settle'], 2)
    await rig.worker.start()
    await until('all to be done', async () => (await rig.store.count({ status: ['pending', 'running'] })) === 0)
    rig.far.line = straight
    await rig.worker.stop()
    expect(rig.told.stale).toEqual([])
    expect(new Set(rig.told.completed.map(({ id }) => id)).size).toBe(160)
    expect([rig.told.completed.length, rig.told.retrying.length, rig.told.failed.length]).toEqual([160, 120, 40])
  })

  test('stops within its grace and some seconds while the database says nothing', async () => {
    const { promise: started, resolve: starts } = Promise.withResolvers<void>()
    const work = (_: string, { signal }: { signal: AbortSignal }) => {
      starts()
      return new Promise((resolve) => signal.addEventListener('abort', resolve))
    }
    await using rig = await makeRig({ parallel, work })
    const [id = ''] = await rig.enqueue(['a'])
    await rig.worker.start()
    await started
    rig.far.line = silent
    const beganAt = performance.now()
    await rig.worker.stop({ graceMs: 200 })
    expect(performance.now() - beganAt).toBeLessThan(9_000)
    expect(rig.told.worker.at(-2)).toMatchObject({
      state: 'warning',
      message: 'the last outcomes could not be written: the database does not answer',
    })
    expect((await rig.store.get(id))?.status).toBe('running')
  })

  test('writes its last outcomes when the database comes back just in time', async () => {
    await using rig = await makeRig({ parallel, work: () => pause(20) })
    await rig.enqueue(JOBS.slice(0, 50))
    await rig.worker.start()
    await until('some to have run', () => rig.told.completed.length > 0)
    rig.far.line = refusing
    const stopped = rig.worker.stop()
    await pause(500)
    rig.far.line = straight
    await stopped
    expect(await rig.store.workers()).toEqual([])
    const { completed, pending } = Object.fromEntries(
      await Promise.all(
        (['completed', 'pending'] as const).map(async (status) => [status, await rig.store.count({ status })]),
      ),
    )
    expect(completed + pending).toBe(50)
    expect(rig.told.completed.length).toBe(completed)
  })

  test('an outcome that cannot be stored fails its own job, and holds up no other', async () => {
    await using rig = await makeRig({ parallel, work: (data) => data })
    const ids = await rig.enqueue(JOBS)
    rig.far.line = (name, call, [batch]) => {
      const bad = name === 'settle' && (batch as { result?: string }[]).some(({ result }) => result === '"7"')
      return bad ? Promise.reject(new Error('invalid byte sequence')) : call()
    }
    await rig.worker.start()
    await until('all to be done', () => rig.worker.isIdle())
    expect(await rig.store.count({ status: 'completed' })).toBe(JOBS.length - 1)
    const failed = await rig.store.get(ids[7] as string)
    expect(failed).toMatchObject({
      status: 'failed',
      reason: 'not stored',
      error: { message: 'its outcome could not be stored: invalid byte sequence' },
    })
    expect(rig.told.worker.map(({ state }) => state)).toEqual(['started', 'warning'])
  })

  test('a line that cannot be stored is dropped, and no other', async () => {
    const work = (data: string, { log }: { log(text: string): void }) => log(data)
    await using rig = await makeRig({ parallel, work })
    const ids = await rig.enqueue(JOBS)
    rig.far.line = (name, call, [, records]) => {
      const bad = name === 'record' && (records as { text?: string }[]).some(({ text }) => text === '7')
      return bad ? Promise.reject(new Error('invalid byte sequence')) : call()
    }
    await rig.worker.start()
    await until('all to be done', () => rig.worker.isIdle())
    const lines = await Promise.all(ids.map(async (id) => (await rig.store.logs(id)).length))
    expect(lines.reduce((sum, count) => sum + count)).toBe(JOBS.length - 1)
    expect(lines[7]).toBe(0)
    expect(rig.told.worker).toMatchObject([
      { state: 'started' },
      { message: expect.stringContaining('a log of attempt 1') },
    ])
  })
})

describe('a worker that starts while its database is away', () => {
  test('waits for it, says so, and then works', async () => {
    await using rig = await makeRig()
    await rig.enqueue(['a'])
    rig.far.line = refusing
    const started = rig.worker.start()
    await until('it to be told', () => rig.told.worker.length > 0)
    expect(rig.told.worker[0]).toMatchObject({ state: 'database-away', message: expect.stringMatching(/keeps trying/) })
    rig.far.line = straight
    await started
    await until('the job to be done', () => rig.told.completed.length === 1)
    expect(rig.told.worker.map(({ state }) => state)).toEqual(['database-away', 'database-back', 'started'])
  })

  test('fails at once for what does not heal', async () => {
    await using rig = await makeRig()
    rig.far.line = () => Promise.reject(new OffstageError('DATABASE_DENIED', 'password refused'))
    await expect(rig.worker.start()).rejects.toThrow('password refused')
  })

  test.each([refusing, silent])('can be stopped meanwhile', async (line) => {
    await using rig = await makeRig()
    rig.far.line = line
    const started = rig.worker.start()
    await pause(100)
    const beganAt = performance.now()
    await rig.worker.stop()
    await started
    expect(performance.now() - beganAt).toBeLessThan(5_000)
    expect(rig.told.worker.some(({ state }) => state === 'started')).toBe(false)
    // An answer that comes late does not leave a lease behind that nobody keeps, or that somebody does.
    rig.far.line = straight
    expect(await rig.store.workers()).toEqual([])
  })

  test('gets its lease though the answer to its registration was lost, under the name that it has then', async () => {
    await using rig = await makeRig({ worker: { id: 'the-one' } })
    let lost = false
    rig.far.line = async (name, call) => {
      const answer = await call()
      if (name === 'register' && !lost) {
        lost = true
        throw away()
      }
      return answer
    }
    await rig.worker.start()
    expect(await rig.store.workers()).toMatchObject([{ id: 'the-one', status: 'running' }])
    await expect(rig.enqueue(['a'])).resolves.toHaveLength(1)
    await until('the job to be done', () => rig.told.completed.length === 1)
  })
})
