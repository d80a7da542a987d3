import { test } from 'vitest'
import { openMysql, withMysql } from '../../support/mysql.ts'
import { raceCommands } from '../race/commands.ts'

await withMysql(() => {
  const open = openMysql()
  test('many are commanded from two sides while workers take and settle them: each is in one place in the end', {
    timeout: 120_000,
  }, async () => {
    await raceCommands(open)
  })
})
