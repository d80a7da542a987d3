import pg from 'pg'
import { expect, test, vi } from 'vitest'
import { openStore } from '../../../src/stores/open.ts'
import { newJob } from '../../../src/testing/store-suite/jobs.ts'
import { serverUrl, temporarySchema, withPostgres } from '../../support/postgres.ts'
import { until } from '../../support/until.ts'

vi.setConfig({ testTimeout: 60_000 })

await withPostgres(() => {
  test('an index is added while others write, and one that was broken off is made anew', async () => {
    await using schema = temporarySchema()
    const store = await openStore(schema.url())
    await store.migrate()
    // As it was before: with what an attempt left that was broken off, which no query uses.
    await schema.query(`drop table "${schema.name}".schedule, "${schema.name}".unique_job, "${schema.name}".staged;
      delete from "${schema.name}".migration where version >= 4`)
    await schema.query(`update pg_index set indisvalid = false
      where indexrelid = '"${schema.name}".delayed_queue'::regclass`)
    const writer = new pg.Client(serverUrl())
    await writer.connect()
    await writer.query('begin')
    await writer.query(`insert into "${schema.name}".delayed values (1, 1, 1, 0, 0, 0)`)
    // Whatever limits somebody has set for everybody: this takes as long as it takes.
    const known = await schema.query("select 1 from pg_settings where name = 'transaction_timeout'")
    const limited = known.length > 0 ? ['options=-c transaction_timeout=500ms'] : []
    const another = await openStore(schema.url(...limited))
    let isDone = false
    const migrated = another.migrate().then(() => {
      isDone = true
    })
    const building = `select 1 from pg_stat_activity
      where query like '%index concurrently%${schema.name}%' and wait_event_type = 'Lock'`
    const longer = `${building} and xact_start < clock_timestamp() - interval '1 s'`
    await until('it waits for the writer', async () => (await schema.query(longer)).length > 0)
    // Nobody else waits.
    await store.enqueue([newJob({ due: { inMs: 60_000 } })])
    expect(isDone).toBe(false)
    await writer.query('commit')
    await writer.end()
    await migrated
    const valid = await schema.query(`select indisvalid from pg_index
      where indexrelid = '"${schema.name}".delayed_queue'::regclass`)
    expect(valid).toEqual([{ indisvalid: true }])
    const noted = await schema.query(`select version from "${schema.name}".migration where version = 4`)
    expect(noted).toEqual([{ version: 4 }])
    for (const each of [store, another]) await each.close()
  })
})
