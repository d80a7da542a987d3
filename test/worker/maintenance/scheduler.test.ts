import { describe, expect, test } from 'vitest'
import { allow } from '../../../src/core/allow.ts'
import { Registry } from '../../../src/core/registry.ts'
import { priorityWeighted } from '../../../src/core/strategies.ts'
import { claimJobs, completed, newLease } from '../../../src/testing/store-suite/jobs.ts'
import { type Declared, MINUTE_MS, Other, Report, START, setUp } from './scheduler-place.ts'

describe('the scheduler', () => {
  test('stores what the config declares, and enqueues a job at each slot', async () => {
    await using place = await setUp()
    const worker = place.worker({
      minutely: ['* * * * *', Report, 'build', ['pdf'], { priority: 'high', tags: ['x'] }],
    })
    expect(await worker.run()).toBe(1_000)
    expect(await place.store.schedules.get('minutely')).toMatchObject({
      declared: true,
      nextAt: new Date('2026-11-29T10:01:00Z'),
      options: { priority: 'high', tags: ['x'] },
    })
    expect(await place.jobs()).toEqual([])
    place.pass(29_500)
    expect(await worker.run()).toBe(500)
    place.pass(500)
    await worker.run()
    await worker.run()
    expect(worker.woken()).toBe(1)
    const [job, ...more] = await place.jobs()
    expect(more).toEqual([])
    expect(job).toMatchObject({
      class: 'Report',
      args: ['pdf'],
      queue: 'reports',
      priority: 10,
      maxAttempts: 2,
      tags: ['x', 'schedule:minutely'],
      runAt: new Date('2026-11-29T10:01:00Z'),
    })
    place.pass(MINUTE_MS)
    await worker.run()
    expect((await place.jobs()).map(({ runAt }) => runAt.getTime() - START)).toEqual([30_000, 30_000 + MINUTE_MS])
  })

  test('of several workers, one enqueues a slot', async () => {
    await using place = await setUp()
    const declared: Declared = { minutely: ['* * * * *', Report, 'build', ['pdf']] }
    const workers = [place.worker(declared), place.worker(declared), place.worker(declared)]
    for (let round = 0; round < 5; round++) {
      await Promise.all(workers.map(({ run }) => run()))
      place.pass(MINUTE_MS)
    }
    await Promise.all(workers.map(({ run }) => run()))
    expect(await place.jobs()).toHaveLength(5)
    expect(workers.reduce((sum, { woken }) => sum + woken(), 0)).toBe(5)
  })

  test('what was missed while no worker ran is made up for, by a worker that starts', async () => {
    await using place = await setUp()
    const declared: Declared = {
      all: ['0 * * * *', Report, 'build', ['all'], { missed: 'all' }],
      once: ['0 * * * *', Report, 'build', ['once']],
      skip: ['0 * * * *', Report, 'build', ['skip'], { missed: 'skip' }],
    }
    await place.worker(declared).run()
    place.pass((5 * 60 + 2) * MINUTE_MS)
    await place.worker(declared).run()
    const jobs = await place.jobs()
    expect(jobs.map(({ args, runAt }) => `${String(args)} ${runAt.toISOString().slice(11, 16)}`).sort()).toEqual([
      'all 11:00',
      'all 12:00',
      'all 13:00',
      'all 14:00',
      'all 15:00',
      'once 15:00',
    ])
    expect((await place.store.schedules.get('skip'))?.nextAt).toEqual(new Date('2026-11-29T16:00:00Z'))
  })

  test('a slot is left out while the job of an earlier one has not ended', async () => {
    await using place = await setUp()
    const worker = place.worker({ slow: ['* * * * *', Report, 'build', ['x'], { overlap: 'skip' }] })
    await worker.run()
    for (let i = 0; i < 3; i++) {
      place.pass(MINUTE_MS)
      await worker.run()
    }
    expect(await place.jobs()).toHaveLength(1)
    const lease = await newLease(place.store)
    const [job] = await claimJobs(place.store, lease)
    place.pass(MINUTE_MS)
    await worker.run()
    expect(await place.jobs()).toHaveLength(1)
    await place.store.settle([completed({ lease, job: job as never }, place.now())])
    place.pass(MINUTE_MS)
    await worker.run()
    expect(await place.jobs()).toHaveLength(2)
  })

  test('another version of the app has the last word, and forgets no slot', async () => {
    await using place = await setUp()
    const older = place.worker({ nightly: ['0 3 * * *', Report, 'build', ['old']] })
    await older.run()
    const newer = place.worker({ nightly: ['0 3 * * *', Report, 'build', ['new']] })
    await newer.run()
    place.pass(17 * 60 * MINUTE_MS)
    await older.run()
    expect((await place.jobs()).map(({ args }) => args)).toEqual([['new']])
  })

  test('what the config no longer has is fired by no worker of that config', async () => {
    await using place = await setUp()
    await place.worker({ gone: ['* * * * *', Report, 'build', ['x']] }).run()
    place.pass(MINUTE_MS)
    await place.worker({}).run()
    expect(await place.jobs()).toEqual([])
    expect((await place.store.schedules.list()).map(({ name }) => name)).toEqual(['gone'])
  })

  test('what was set at run time is fired by every worker that allows the method, and by no other', async () => {
    await using place = await setUp()
    const worker = place.worker()
    await worker.scheduling.set(place.store, 'ad hoc', '* * * * *', 'Report', 'build', ['x'])
    place.pass(MINUTE_MS)
    const stranger = place.worker({}, { from: Registry.from([allow(Other, 'run')]) })
    await stranger.run()
    expect(await place.jobs()).toEqual([])
    expect(stranger.warned).toEqual([])
    await worker.run()
    expect(await place.jobs()).toHaveLength(1)
  })

  test('goes on from page to page where more are due than one has', async () => {
    await using place = await setUp()
    const worker = place.worker()
    const names = Array.from({ length: 230 }, (_, n) => `s${n}`)
    for (const name of names) await worker.scheduling.set(place.store, name, '* * * * *', Report, 'build', [name])
    // In the way: nobody here may fire them.
    const stranger = place.worker({}, { from: Registry.from([allow(Other, 'run')]) })
    for (let n = 0; n < 120; n++) await stranger.scheduling.set(place.store, `a${n}`, '* * * * *', Other, 'run')
    place.pass(MINUTE_MS)
    await worker.run()
    expect((await place.jobs()).length).toBe(230)
  })

  test('a policy of the handler counts from the slot', async () => {
    await using place = await setUp()
    const worker = place.worker({ check: ['* * * * *', Report, 'check', [], { priority: 'low' }] })
    await worker.run()
    place.pass(MINUTE_MS)
    await worker.run()
    const [job] = await place.jobs()
    const { delay } = priorityWeighted({ priority: -10, delay: 0, retries: 3 })
    expect(delay).toBeGreaterThan(0)
    expect(job?.runAt.getTime()).toBe(Date.parse('2026-11-29T10:01:00Z') + delay * 1_000)
  })

  test('nothing is declared in a database that was moved', async () => {
    await using place = await setUp()
    await place.store.moving.depart({ to: 'there', targetId: 'x' }, 'mover')
    await place.worker({ minutely: ['* * * * *', Report, 'build', ['x']] }).run()
    expect(await place.store.schedules.list()).toEqual([])
  })
})
