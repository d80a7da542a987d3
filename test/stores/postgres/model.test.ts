import fc from 'fast-check'
import { test } from 'vitest'
import { openPostgres, withPostgres } from '../../support/postgres.ts'
import { actions } from '../model/actions.ts'
import { runBoth } from '../model/run.ts'

await withPostgres(() => {
  test('whatever happens in whatever order, PostgreSQL and the model agree', { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(actions, async (steps) => {
        let close = async () => {}
        await runBoth(async (clock) => {
          const opened = await openPostgres({ clock, migrated: true })
          close = opened.close
          return opened.store
        }, steps)
        await close()
      }),
      { numRuns: 40 },
    )
  })
})
