import { test } from 'vitest'
import { openPostgres, withPostgres } from '../../support/postgres.ts'
import { raceCommands } from '../race/commands.ts'

await withPostgres(() => {
  test('many are commanded from two sides while workers take and settle them: each is in one place in the end', {
    timeout: 120_000,
  }, async () => {
    await raceCommands(openPostgres)
  })
})
