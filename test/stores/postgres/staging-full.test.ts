import { expect, test, vi } from 'vitest'
import { temporarySchema, withPostgres } from '../../support/postgres.ts'
import { freshJobs, holding, KEPT, openStaging, staged } from '../../support/staging.ts'
import { until } from '../../support/until.ts'

vi.setConfig({ testTimeout: 60_000 })

const BYTES = 500_000

await withPostgres(() => {
  test('while a transaction that stays open keeps its dead rows, nothing more is staged; then it shrinks', async () => {
    await using schema = temporarySchema()
    await using store = await openStaging(schema.url(), { ...KEPT, mostBytes: BYTES })
    const bytes = async () => {
      const [row] = await schema.query<{ bytes: string }>(`select pg_table_size('"${schema.name}".staged') as bytes`)
      return Number(row?.bytes)
    }
    await using snapshot = await holding(
      schema,
      'set transaction isolation level repeatable read; select from {staged}',
    )
    let jobs = 0
    /** Stores a batch, of which one row is some 7 KB. */
    const isStaged = async () => {
      const batch = freshJobs(100)
      jobs += batch.length
      await store.enqueue(batch)
      return (await staged(schema)) > 0
    }
    while (await isStaged()) {
      expect(await bytes()).toBeLessThan(BYTES * 2)
      // Whoever looks merges, and leaves a dead row behind.
      await store.count({})
    }
    expect(await bytes()).toBeGreaterThan(BYTES)
    expect(await isStaged()).toBe(false)
    expect(await store.count({})).toBe(jobs)

    await snapshot[Symbol.asyncDispose]()
    // Whoever is clearing the table away at that moment is not waited for: then the next one does it.
    await until('it is small again', async () => {
      {
        await using another = await openStaging(schema.url(), { ...KEPT, mostBytes: BYTES })
        await another.enqueue(freshJobs(100))
        await another.count({})
      }
      return (await bytes()) < BYTES / 2 || undefined
    })
  })
})
