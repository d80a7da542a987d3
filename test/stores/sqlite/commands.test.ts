import { test } from 'vitest'
import { raceCommands } from '../race/commands.ts'
import { openTemporary } from './temporary.ts'

test('many are commanded from two sides while workers take and settle them: each is in one place in the end', {
  timeout: 120_000,
}, async () => {
  await raceCommands(openTemporary)
})
