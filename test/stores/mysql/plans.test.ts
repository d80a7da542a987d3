import { expect, test } from 'vitest'
import type { MysqlDatabase } from '../../../src/stores/mysql/database.ts'
import { openStore } from '../../../src/stores/open.ts'
import { newJobs } from '../../../src/testing/store-suite/jobs.ts'
import { temporaryDatabase, withMysql } from '../../support/mysql.ts'
import { keyedStatements } from '../sql/keyed.ts'

await withMysql(() => {
  test('rows that are named by their keys are looked up by them, however small the tables are', async () => {
    await using place = await temporaryDatabase()
    const store = await openStore(place.url)
    await store.migrate()
    await store.enqueue(newJobs(3))
    const { database } = store as unknown as { database: MysqlDatabase }
    for (const count of [1, 200]) {
      for (const { text, values } of keyedStatements(database.byKey, count)) {
        const plan = await database.all<{ table: string; type: string }>({
          text: `explain format = traditional ${text}`,
          values,
        })
        const found = plan.map(({ table, type }) => [table, type])
        expect(found, text).toEqual([
          ['k', 'ALL'],
          ['t', expect.stringMatching(/^(eq_)?ref$/)],
        ])
      }
    }
    await store.close()
  })
})
