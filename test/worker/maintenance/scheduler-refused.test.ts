import { afterEach, describe, expect, test } from 'vitest'
import { OffstageError } from '../../../src/core/errors.ts'
import { secret } from '../../../src/core/secret.ts'
import { holdKey } from '../../../src/secrets/current-keyring.ts'
import { openArgs } from '../../../src/secrets/open-args.ts'
import type { Store } from '../../../src/store/store.ts'
import { claimJobs, newLease } from '../../../src/testing/store-suite/jobs.ts'
import { type Declared, MINUTE_MS, Report, setUp } from './scheduler-place.ts'

describe('the scheduler, refused', () => {
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
        fire: async (firings) => (away ? Promise.reject(gone) : await place.store.schedules.fire(firings)),
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

  test('one that the database refuses keeps no other from its slot, and is said once', async () => {
    await using place = await setUp()
    const on: Store = {
      ...place.store,
      schedules: {
        ...place.store.schedules,
        async fire(firings) {
          if (firings.some(({ jobs }) => jobs.some(({ queue }) => queue === 'huge'))) throw new Error('too large')
          return await place.store.schedules.fire(firings)
        },
      },
    }
    const each = (queue: string) => ['* * * * *', Report, 'build', ['x'], { queue }]
    const worker = place.worker({ a: each('a'), b: each('huge'), c: each('c') }, { on })
    await worker.run()
    place.pass(MINUTE_MS)
    await worker.run()
    await worker.run()
    expect((await place.jobs()).map(({ queue }) => queue)).toEqual(['a', 'c'])
    expect(worker.warned).toEqual(['the schedule "b" cannot be enqueued: Error: too large'])
  })
})
