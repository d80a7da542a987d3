import { describe } from 'vitest'
import { temporaryDatabase, withMysql } from './mysql.ts'
import { temporarySchema, withPostgres } from './postgres.ts'

/** Somewhere on a database that is a test's own. */
export type Place = AsyncDisposable & { url: string }

/** Defines what holds on every server, once for each. */
export async function onServers(define: (open: () => Promise<Place>) => void): Promise<void> {
  await withPostgres(() => {
    describe('PostgreSQL', () => {
      define(async () => {
        const schema = temporarySchema()
        return { url: schema.url(), [Symbol.asyncDispose]: () => schema[Symbol.asyncDispose]() }
      })
    })
  })
  await withMysql(() => {
    describe('MariaDB', () => define(temporaryDatabase))
  })
}
