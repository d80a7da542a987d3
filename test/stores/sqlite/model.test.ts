import fc from 'fast-check'
import { test } from 'vitest'
import { openStore } from '../../../src/stores/open.ts'
import { actions } from '../model/actions.ts'
import { runBoth } from '../model/run.ts'

const open = (clock: () => number) => openStore('sqlite::memory:', { clock })

test('whatever happens in whatever order, SQLite and the model agree', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(actions, (steps) => runBoth(open, steps)),
    { numRuns: 150 },
  )
})
