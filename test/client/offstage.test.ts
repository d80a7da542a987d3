import { existsSync, mkdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ENGINE } from '../../src/core/engine-symbol.ts'
import { newId } from '../../src/core/id.ts'
import type { Offstage } from '../../src/index.ts'
import { thrownBy } from '../core/thrown-by.ts'
import { define, inFolder, SampleJob } from './sample.ts'

/** Enqueues past the compiler, as JavaScript would. */
const untyped = (offstage: Offstage) =>
  offstage.runBackgroundJob as unknown as (...args: unknown[]) => Promise<{ id: string; status: string }>

describe('defineOffstage', () => {
  test('touches nothing until it is used', async () => {
    const offstage = define()
    await new Promise((resolve) => setImmediate(resolve))
    expect(existsSync(inFolder('jobs.db'))).toBe(false)
    await offstage.queues.list()
    expect(existsSync(inFolder('jobs.db'))).toBe(true)
  })

  test('opens the database once, for many callers, and again after a failure', async () => {
    const offstage = define()
    const stores = await Promise.all([offstage[ENGINE].store(), offstage[ENGINE].store()])
    expect(stores[0]).toBe(stores[1])

    const away = define('no/jobs.db')
    await expect(away.queues.list()).rejects.toMatchObject({ name: 'OffstageError' })
    mkdirSync(inFolder('no'))
    await expect(away.queues.list()).resolves.toEqual([])
  })
})

describe('runBackgroundJob', () => {
  test('stores a job by class and by name; an id that is stored is a duplicate', async () => {
    const offstage = define()
    const id = newId()
    const { runBackgroundJob } = offstage
    expect(await runBackgroundJob(SampleJob, 'process', [{ data: 'x' }], { id, priority: 'high' })).toEqual({
      id,
      status: 'created',
    })
    expect(await runBackgroundJob('SampleJob', 'process', [{ data: 'y' }], { id })).toEqual({ id, status: 'duplicate' })
    expect(await offstage.jobs.get(id)).toMatchObject({
      class: 'SampleJob',
      method: 'process',
      args: [{ data: 'x' }],
      status: 'pending',
      priority: 10,
      maxAttempts: 4,
    })
  })

  test('of unique jobs that are enqueued at once one is stored, and all callers hear of it', async () => {
    const offstage = define()
    const once = () => offstage.runBackgroundJob(SampleJob, 'process', [{ data: 'x' }], { unique: true })
    const told = await Promise.all([...Array.from({ length: 20 }, once), offstage.runBackgroundJob(SampleJob, 'fail')])
    const other = told.pop()
    expect(told.filter(({ status }) => status === 'created')).toHaveLength(1)
    expect(new Set(told.map(({ id }) => id)).size).toBe(1)
    expect(await offstage.jobs.count()).toBe(2)
    await offstage.start()
    await offstage.jobs.wait(told[0]?.id as string)
    await offstage.jobs.wait(other?.id as string)
    expect((await once()).status).toBe('created')
  })

  test('an event that nothing is told by is refused, with the one that may be meant', () => {
    const on = define().on as unknown as (name: unknown, listener: unknown) => void
    const said = (message: RegExp) => ({ code: 'OPTION_INVALID', message: expect.stringMatching(message) })
    expect(thrownBy(() => on('complete', () => {}))).toMatchObject(said(/did you mean completed/))
    expect(thrownBy(() => on('completed', undefined))).toMatchObject(said(/listener.*use a function/))
  })

  test('what is refused stores nothing, and says why', async () => {
    const offstage = define()
    const enqueue = untyped(offstage)
    const refusals = [
      enqueue('SampelJob', 'process', []),
      enqueue(SampleJob, 'proces', []),
      enqueue(class SampleJob {}, 'process', []),
      enqueue('../sample', 'process', []),
      enqueue(SampleJob, 'process', [1n]),
      enqueue(SampleJob, 'process', 'text'),
      enqueue(SampleJob, 'process', ['x'.repeat(2 ** 20)]),
      enqueue(SampleJob, 'process', [], { delay: -1 }),
      enqueue(SampleJob, 'process', [], { retires: 1 }),
    ]
    const codes = (await Promise.allSettled(refusals)).map(
      (result) => result.status === 'rejected' && result.reason.code,
    )
    expect(codes).toEqual([
      'HANDLER_UNKNOWN',
      'HANDLER_UNKNOWN',
      'HANDLER_UNKNOWN',
      'HANDLER_UNKNOWN',
      'ARGS_INVALID',
      'ARGS_INVALID',
      'ARGS_TOO_LARGE',
      'OPTION_INVALID',
      'OPTION_INVALID',
    ])
    expect(await offstage.jobs.count()).toBe(0)
  })

  test('many at once all are stored when they have returned', async () => {
    const offstage = define()
    const dispatched: string[] = []
    offstage.on('dispatched', ({ id }) => void dispatched.push(id))
    const enqueued = await Promise.all(
      Array.from({ length: 500 }, (_, i) => offstage.runBackgroundJob(SampleJob, 'process', [{ data: `${i}` }])),
    )
    expect(new Set(enqueued.map(({ id }) => id)).size).toBe(500)
    expect(dispatched).toEqual(enqueued.map(({ id }) => id))
    const other = define()
    expect(await other.jobs.count()).toBe(500)
  })
})

describe('runBackgroundJobs', () => {
  test('stores all, in order', async () => {
    const offstage = define()
    const enqueued = await offstage.runBackgroundJobs([
      [SampleJob, 'process', [{ data: 'a' }]],
      ['SampleJob', 'fail', [], { delay: '1h' }],
    ])
    const jobs = await Promise.all(enqueued.map(({ id }) => offstage.jobs.get(id)))
    expect(jobs.map((job) => [job?.method, job?.reason])).toEqual([
      ['process', null],
      ['fail', 'delayed'],
    ])
    expect(await offstage.runBackgroundJobs([])).toEqual([])
  })

  test('stores none when one is refused, and names it', async () => {
    const offstage = define()
    const many = offstage.runBackgroundJobs as unknown as (jobs: unknown) => Promise<unknown>
    const good = [SampleJob, 'process', [{ data: 'a' }]]
    await expect(many([good, good, [SampleJob, 'proces']])).rejects.toMatchObject({
      code: 'HANDLER_UNKNOWN',
      message: expect.stringMatching(/^jobs\[2\]: .*did you mean process/),
    })
    await expect(many([good, 'SampleJob'])).rejects.toThrow('jobs[1]: it is "SampleJob": use [class, method')
    await expect(many({})).rejects.toThrow('jobs is an object')
    expect(await offstage.jobs.count()).toBe(0)
  })
})

describe('queues and workers', () => {
  test('a paused queue is shown as such', async () => {
    const offstage = define()
    await offstage.queues.pause('mail')
    expect(await offstage.queues.list()).toMatchObject([{ name: 'mail', paused: true }])
    await offstage.queues.resume('mail')
    expect(await offstage.queues.list()).not.toMatchObject([{ name: 'mail', paused: true }])
    await expect(offstage.queues.pause('a,b')).rejects.toMatchObject({ code: 'OPTION_INVALID' })
  })

  test('a worker that is asked to stop stops', async () => {
    const [near, far] = [define(), define()]
    const worker = await near.start()
    expect(await far.workers.list()).toMatchObject([{ id: worker.id, status: 'running' }])
    expect(await far.workers.list()).not.toMatchObject([{ lease: expect.anything() }])
    expect(await far.workers.stop('nobody')).toBe(false)
    expect(await far.workers.stop(worker.id)).toBe(true)
    await worker.stopped
  })
})

describe('start, stop and close', () => {
  test('one worker at a time', async () => {
    const offstage = define()
    const [first, second] = await Promise.allSettled([offstage.start(), offstage.start()])
    expect(first.status).toBe('fulfilled')
    expect(second).toMatchObject({ reason: { code: 'WORKER_RUNNING' } })
    await offstage.stop()
    await expect(offstage.start()).resolves.toMatchObject({ id: expect.any(String) })
  })

  test('a start that was refused can be repeated', async () => {
    const [near, far] = [define(), define()]
    await near.start({ id: 'only' })
    await expect(far.start({ id: 'only' })).rejects.toMatchObject({ code: 'WORKER_ID_TAKEN' })
    await expect(far.start({ id: 'other' })).resolves.toMatchObject({ id: 'other' })
    await expect(define().start({ lease: 'never' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })

  test('stop gives a running job its grace and puts it back', async () => {
    const offstage = define()
    const { id } = await offstage.runBackgroundJob(SampleJob, 'hold')
    await offstage.start()
    await expect.poll(async () => (await offstage.jobs.get(id))?.status).toBe('running')
    await offstage.stop({ grace: '10ms' })
    expect(await offstage.jobs.get(id)).toMatchObject({ status: 'pending', attempt: 0 })
  })

  test('close stores what was called before, then refuses everything', async () => {
    const offstage = define()
    const before = offstage.runBackgroundJob(SampleJob, 'process', [{ data: 'x' }])
    await offstage.close()
    const { id } = await before
    expect(await define().jobs.get(id)).toMatchObject({ status: 'pending' })

    const calls = [
      offstage.runBackgroundJob(SampleJob, 'fail'),
      offstage.runBackgroundJobs([]),
      offstage.jobs.get(id),
      offstage.jobs.wait(id),
      offstage.queues.list(),
      offstage.workers.list(),
      offstage.start(),
      offstage[ENGINE].store(),
    ]
    for (const result of await Promise.allSettled(calls)) expect(result).toMatchObject({ reason: { code: 'CLOSED' } })
    await offstage.close()
  })

  test('closing what was never used opens nothing', async () => {
    await define().close()
    expect(existsSync(inFolder('jobs.db'))).toBe(false)
  })
})
