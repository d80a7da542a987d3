import { expect, test } from 'vitest'
import { createPostgresStore } from '../../../src/stores/postgres/store.ts'
import { parsePostgresUrl } from '../../../src/stores/postgres/url.ts'
import { ManualClock } from '../../../src/testing/index.ts'
import { claimJobs, newJob, newLease } from '../../../src/testing/store-suite/jobs.ts'
import { temporarySchema, withPostgres } from '../../support/postgres.ts'

await withPostgres(() => {
  test('a claim that nobody has called for looks first, and takes all the same what has come untold', async () => {
    await using schema = temporarySchema()
    const clock = new ManualClock()
    const open = () => createPostgresStore({ ...parsePostgresUrl(schema.url('notify=false')), clock: clock.now })
    const [store, another] = [await open(), await open()]
    try {
      await store.migrate()
      const lease = await newLease(store)
      const claimed = async () => (await claimJobs(store, lease)).map(({ id }) => id)
      /** What the connections of the store have asked last, of which one is named as a look. */
      const looked = async () =>
        (await schema.query(`select 1 from pg_stat_activity where query like '%"${schema.name}"."ready"%is_ready'`))
          .length > 0

      expect(await claimed()).toEqual([])
      expect(await looked()).toBe(false)
      expect(await claimed()).toEqual([])
      expect(await looked()).toBe(true)

      const [due, later] = [newJob(), newJob({ due: { inMs: 5_000 } })]
      await another.enqueue([due, later])
      expect(await claimed()).toEqual([due.id])
      expect(await claimed()).toEqual([])
      const request = { lease, claim: 99, steps: [{ queues: 'all', limit: 1 }], limit: 1, start: 1 } as const
      expect(await store.claim(request)).toEqual({ jobs: [], now: clock.now(), nextDueInMs: 5_000 })
      expect(await looked()).toBe(true)
      clock.advance(5_000)
      expect(await claimed()).toEqual([later.id])

      // What was stored here is not looked for: somebody has told of it.
      expect(await claimed()).toEqual([])
      const own = newJob()
      await store.enqueue([own])
      expect(await claimed()).toEqual([own.id])
      expect(await looked()).toBe(false)
    } finally {
      await store.close()
      await another.close()
    }
  })
})
