import fc from 'fast-check'
import { test } from 'vitest'
import { openStore } from '../../../src/stores/open.ts'
import { temporaryDatabase, withMysql } from '../../support/mysql.ts'
import { actions } from '../model/actions.ts'
import { runBoth } from '../model/run.ts'

await withMysql(() => {
  test('whatever happens in whatever order, MySQL and the model agree', { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(actions, async (steps) => {
        await using database = await temporaryDatabase()
        await runBoth((clock) => openStore(database.url, { clock }), steps)
      }),
      { numRuns: 25 },
    )
  })
})
