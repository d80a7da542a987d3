import fc from 'fast-check'
import { test } from 'vitest'
import { openPostgres, openPostgresAhead, withPostgres } from '../../support/postgres.ts'
import { actions } from '../model/actions.ts'
import { runBoth } from '../model/run.ts'

await withPostgres(() => {
  const ways = { 'as it is': openPostgres, 'with all claims held ahead': openPostgresAhead }
  test.for(Object.entries(ways))(
    'whatever happens in whatever order, PostgreSQL and the model agree: %s',
    { timeout: 300_000 },
    async ([, open]) => {
      await fc.assert(
        fc.asyncProperty(actions, async (steps) => {
          let close = async () => {}
          await runBoth(async (clock) => {
            const opened = await open({ clock, migrated: true })
            close = opened.close
            return opened.store
          }, steps)
          await close()
        }),
        { numRuns: 40 },
      )
    },
  )
})
