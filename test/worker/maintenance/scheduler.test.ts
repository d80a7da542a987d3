import { afterEach, describe, expect, test } from 'vitest'
import { Scheduling } from '../../../src/client/scheduling.ts'
import { allow } from '../../../src/core/allow.ts'
import { OffstageError } from '../../../src/core/errors.ts'
import type { JobDetail } from '../../../src/core/job.ts'
import { Registry } from '../../../src/core/registry.ts'
import { secret } from '../../../src/core/secret.ts'
import { priorityWeighted } from '../../../src/core/strategies.ts'
import { holdKey } from '../../../src/secrets/current-keyring.ts'
import { openArgs } from '../../../src/secrets/open-args.ts'
import type { Store } from '../../../src/store/store.ts'
import { claimJobs, completed, newLease } from '../../../src/testing/store-suite/jobs.ts'
import { Scheduler } from '../../../src/worker/maintenance/scheduler.ts'
import { openTemporary } from '../../stores/sqlite/temporary.ts'

class Report {
  build(_kind: string, _token?: string) {}
  check() {}
}
class Other {
  run() {}
}

const registry = Registry.from([
  allow(Report, { build: { retries: 1, queue: 'reports' }, check: { policy: priorityWeighted } }),
])
const START = Date.parse('2026-11-29T10:00:30Z')
const MINUTE_MS = 60_000

type Declared = ConstructorParameters<typeof Scheduling>[2]

/** Schedulers on one real file, whose clock is the test's. */
async function setUp() {
  let now = START
  const database = await openTemporary({ clock: () => now, migrated: true })
  const { store } = database
  return {
    store,
    pass(ms: number): void {
      now += ms
    },
    now: () => now,
    /** As a worker with this config has one. */
    worker(declared: Declared = {}, { on = store, from = registry }: { on?: Store; from?: Registry } = {}) {
      const warned: string[] = []
      let woken = 0
      const scheduling = new Scheduling(from, 1_000_000, declared)
      const scheduler = new Scheduler({
        store: on,
        scheduling,
        everyMs: 1_000,
        warn: (message) => warned.push(message),
        wake() {
          woken += 1
        },
      })
      return { run: scheduler.run, scheduling, warned, woken: () => woken }
    },
    async jobs(): Promise<JobDetail[]> {
      const { jobs } = await store.list({ limit: 1_000 })
      return (await store.details(jobs.map(({ id }) => id))).reverse()
    },
    [Symbol.asyncDispose]: () => database.close(),
  }
}

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

  describe('with a secret among the arguments', () => {
    afterEach(() => holdKey(''))

    test('seals it for each job', async () => {
      holdKey('a'.repeat(43))
      await using place = await setUp()
      const worker = place.worker({ sealed: ['* * * * *', Report, 'build', ['pdf', secret('hunter2')]] })
      await worker.run()
      expect(JSON.stringify(await place.store.schedules.terms('sealed'))).not.toContain('hunter2')
      place.pass(MINUTE_MS)
      await worker.run()
      const [job] = await claimJobs(place.store, await newLease(place.store))
      expect(job?.args).not.toContain('hunter2')
      expect(openArgs(String(job?.args), String(job?.id))?.args).toEqual(['pdf', 'hunter2'])
    })

    test('waits for the key, says so once, and keeps no other schedule from its slot', async () => {
      holdKey('a'.repeat(43))
      await using place = await setUp()
      const declared: Declared = {
        a: ['* * * * *', Report, 'build', ['pdf', secret('hunter2')]],
        b: ['* * * * *', Report, 'build', ['plain']],
      }
      await place.worker(declared).run()
      holdKey('b'.repeat(43))
      const worker = place.worker({ b: declared.b as never })
      await worker.scheduling.set(place.store, 'c', '* * * * *', Report, 'check')
      place.pass(MINUTE_MS)
      const again = place.worker(declared)
      holdKey('')
      await again.run()
      await again.run()
      expect((await place.jobs()).map(({ tags }) => tags.at(-1))).toEqual(['schedule:b', 'schedule:c'])
      expect(again.warned).toEqual([
        expect.stringMatching(/^the schedule "a" cannot be enqueued: .*OFFSTAGE_SECRET_KEY/),
      ])
      holdKey('a'.repeat(43))
      await again.run()
      expect(await place.jobs()).toHaveLength(3)
    })
  })

  test('a database that is away is left to the next round', async () => {
    await using place = await setUp()
    let away = true
    const gone = new OffstageError('DATABASE_UNAVAILABLE', 'away', { transient: true })
    const on: Store = {
      ...place.store,
      schedules: {
        ...place.store.schedules,
        fire: async (firing) => (away ? Promise.reject(gone) : await place.store.schedules.fire(firing)),
      },
    }
    const worker = place.worker({ minutely: ['* * * * *', Report, 'build', ['x']] }, { on })
    await worker.run()
    place.pass(MINUTE_MS)
    await expect(worker.run()).rejects.toBe(gone)
    away = false
    await worker.run()
    expect(await place.jobs()).toHaveLength(1)
    expect(worker.warned).toEqual([])
  })

  test('nothing is declared in a database that was moved', async () => {
    await using place = await setUp()
    await place.store.moving.depart({ to: 'there', targetId: 'x' }, 'mover')
    await place.worker({ minutely: ['* * * * *', Report, 'build', ['x']] }).run()
    expect(await place.store.schedules.list()).toEqual([])
  })
})
