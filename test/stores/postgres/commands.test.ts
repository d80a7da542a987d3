import { test } from 'vitest'
import { openPostgres, openPostgresAhead, withPostgres } from '../../support/postgres.ts'
import { raceCommands } from '../race/commands.ts'

await withPostgres(() => {
  const title = 'many are commanded from two sides while workers take and settle them: each is in one place in the end'
  test(title, { timeout: 120_000 }, () => raceCommands(openPostgres))
  test(`${title}, held ahead or not`, { timeout: 120_000 }, () => raceCommands(openPostgresAhead))
})
