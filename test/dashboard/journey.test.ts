import { test } from 'vitest'
import { temporaryFolder } from '../stores/sqlite/temporary.ts'
import { temporaryDatabase, withMysql } from '../support/mysql.ts'
import { temporarySchema, withPostgres } from '../support/postgres.ts'
import { journey } from './journey.ts'

test('on SQLite, an incident is seen, understood and repaired', { timeout: 60_000 }, async () => {
  await using folder = await temporaryFolder()
  await journey(`sqlite:${folder.file('jobs.db')}`)
})

await withPostgres(() => {
  test('on PostgreSQL, an incident is seen, understood and repaired', { timeout: 60_000 }, async () => {
    await using schema = temporarySchema()
    await journey(schema.url())
  })
})

await withMysql(() => {
  test('on MySQL or MariaDB, an incident is seen, understood and repaired', { timeout: 60_000 }, async () => {
    await using database = await temporaryDatabase()
    await journey(database.url)
  })
})
