import { expect, test } from 'vitest'
import type { Store } from '../../src/store/store.ts'
import { openStore } from '../../src/stores/open.ts'
import { claimJobs, newJob, newLease } from '../../src/testing/store-suite/jobs.ts'
import { connect, temporaryDatabase, withMysql } from '../support/mysql.ts'
import { temporarySchema, withPostgres } from '../support/postgres.ts'
import { until } from '../support/until.ts'

/**
 * What a failover to a standby that was behind comes to: numbers that this process knows were never stored there, and
 * somebody else has them by now.
 */
async function failsOver(store: Store, { swap, end }: { swap(): Promise<void>; end(): Promise<void> }): Promise<void> {
  await store.migrate()
  const lease = await newLease(store)
  await store.enqueue([newJob({ class: 'First', queue: 'one' }), newJob({ class: 'Second', queue: 'two' })])
  expect(await claimJobs(store, lease)).toHaveLength(2)
  await swap()
  await end()
  await until('it answers', () => store.queues())
  await store.enqueue([newJob({ class: 'First', queue: 'one' })])
  expect(await claimJobs(store, lease)).toMatchObject([{ class: 'First', queue: 'one' }])
  const other = newJob({ class: 'First', queue: 'one', due: { inMs: 60_000 } })
  await store.enqueue([other])
  expect(await store.get(other.id)).toMatchObject({ class: 'First', queue: 'one' })
}

await withPostgres(() => {
  test('PostgreSQL: after a connection was lost, the numbers of names are looked at again', async () => {
    await using schema = temporarySchema()
    const name = schema.name
    const store = await openStore(schema.url(`application_name=${name}`, 'notify=false'))
    await failsOver(store, {
      async swap() {
        await schema.query(`update ${name}.handler set class = 'Third' where class = 'First';
          update ${name}.queue set name = 'three' where name = 'one'`)
      },
      async end() {
        await schema.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = '${name}'`)
      },
    })
    await store.close()
  })
})

await withMysql(() => {
  test('MariaDB: after a connection was lost, the numbers of names are looked at again', async () => {
    await using database = await temporaryDatabase()
    const admin = await connect(database.name)
    const store = await openStore(database.url)
    await failsOver(store, {
      async swap() {
        await admin.query(`update offstage_handler set class = 'Third' where class = 'First';
          update offstage_queue set name = 'three' where name = 'one'`)
      },
      async end() {
        const [rows] = await admin.query(`select id from information_schema.processlist
          where db = database() and id <> connection_id()`)
        for (const { id } of rows as { id: number }[]) await admin.query(`kill ${id}`)
      },
    })
    await store.close()
    await admin.end()
  })
})
