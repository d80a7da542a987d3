import pg from 'pg'
import { expect, test } from 'vitest'
import { checkServer } from '../../../src/cli/doctor/server.ts'
import { inspectDatabase, openStore } from '../../../src/stores/open.ts'
import { claimOne, newJob, newLease } from '../../../src/testing/store-suite/jobs.ts'
import { serverUrl, temporarySchema, withPostgres } from '../../support/postgres.ts'

/** What the doctor has to say of a check. */
async function finding(url: string, check: string): Promise<{ level: string; message: string }> {
  const { server } = await inspectDatabase(url)
  if (server === undefined) throw new Error('it is no server')
  const [found] = checkServer(server).filter((each) => each.check === check)
  if (found === undefined) throw new Error(`${check} was not looked at`)
  if (found.level !== 'ok') expect(found.remedy).toMatch(/\w/)
  return found
}

await withPostgres(() => {
  test('a database without our tables is looked at, and left as it is', async () => {
    await using schema = temporarySchema()
    const found = await inspectDatabase(schema.url())
    expect(found).toMatchObject({ exists: true, version: 0, file: undefined, handlers: [], hasSecrets: false })
    expect(found.server).toMatchObject({
      product: expect.stringMatching(/^PostgreSQL \d+/),
      readOnly: false,
      orphans: 0,
    })
    expect(await schema.query(`select 1 from pg_namespace where nspname = '${schema.name}'`)).toEqual([])
  })

  test('the SQL of its migrations makes the schema when somebody else runs it', async () => {
    await using schema = temporarySchema()
    const { migrations } = await inspectDatabase(schema.url())
    const client = new pg.Client({ connectionString: serverUrl() })
    await client.connect()
    for (const text of migrations.flatMap(({ statements }) => statements)) await client.query(text)
    await client.end()
    const store = await openStore(schema.url())
    await store.migrate()
    await store.enqueue([newJob()])
    await store.close()
    expect((await inspectDatabase(schema.url())).version).toBe(migrations.at(-1)?.version)
  })

  test('what waits, what is named and what is sealed is found', async () => {
    await using schema = temporarySchema()
    const store = await openStore(schema.url())
    await store.migrate()
    await store.enqueue([
      newJob({ due: { at: 2_000 }, priority: 5 }),
      newJob({ due: { at: 1_000 }, class: 'Other' }),
      newJob({ due: { at: 500 }, queue: 'paused' }),
    ])
    await store.setPaused('paused', true)
    const before = await inspectDatabase(schema.url())
    expect(before).toMatchObject({ oldestReadyAt: 1_000, hasSecrets: false })
    expect(before.handlers).toContainEqual({ class: 'Other', method: 'process' })
    await store.enqueue([newJob({ args: '[{"$secret":"x"}]', due: { inMs: 60_000 } })])
    expect((await inspectDatabase(schema.url())).hasSecrets).toBe(true)
    await store.close()
  })

  test('a sound server is found sound', async () => {
    await using schema = temporarySchema()
    const store = await openStore(schema.url())
    await store.migrate()
    for (const check of ['database', 'clock', 'tables', 'leases']) {
      expect(await finding(schema.url(), check)).toMatchObject({ level: 'ok' })
    }
    await store.close()
  })

  test('jobs that nobody holds any more are counted', async () => {
    await using schema = temporarySchema()
    const store = await openStore(schema.url())
    await store.migrate()
    await store.enqueue([newJob()])
    const lease = await newLease(store)
    await claimOne(store, lease)
    expect(await finding(schema.url(), 'leases')).toMatchObject({ level: 'ok' })
    await store.endLease(lease)
    expect(await finding(schema.url(), 'leases')).toMatchObject({
      level: 'warning',
      message: expect.stringContaining('1 job'),
    })
    await store.close()
  })

  test('an index that is missing is named', async () => {
    await using schema = temporarySchema()
    const store = await openStore(schema.url())
    await store.migrate()
    await schema.query(`drop index "${schema.name}".attempt_finished`)
    expect(await finding(schema.url(), 'tables')).toMatchObject({
      level: 'unhealthy',
      message: expect.stringContaining('attempt_finished'),
    })
    await store.close()
  })

  test('a table, a column or a primary key that is missing, and an index that was not built to its end are named', async () => {
    await using schema = temporarySchema()
    const store = await openStore(schema.url())
    await store.migrate()
    await store.close()
    await schema.query(`drop table "${schema.name}".expiry; alter table "${schema.name}".queue drop column paused`)
    await schema.query(`alter table "${schema.name}".ready drop constraint ready_pkey`)
    await schema.query(`update pg_index set indisvalid = false
      where indexrelid = '"${schema.name}".worker_id'::regclass`)
    const { missing, server } = await inspectDatabase(schema.url())
    expect(missing).toEqual(['the column paused of queue is missing', 'the table expiry is missing'])
    expect(server?.indexes).toEqual([
      'the index worker_id was not built to its end',
      'the table ready has no primary key',
    ])
  })

  test('what a user would have to be granted is named, before there are tables and after', async () => {
    await using schema = temporarySchema()
    const role = `${schema.name}_user`
    await schema.query(`create role "${role}" login`)
    const url = new URL(schema.url())
    url.username = role
    const lacking = async () => (await inspectDatabase(url.href)).server?.lacking
    try {
      const [database] = await schema.query<{ name: string }>('select current_database() as name')
      expect(await lacking()).toEqual([`create on database ${database?.name}`])
      const store = await openStore(schema.url())
      await store.migrate()
      await store.close()
      // Without the right to look into the schema, whether there is one of a version it cannot see.
      await expect(lacking()).rejects.toMatchObject({ code: 'DATABASE_DENIED' })
      await schema.query(`grant usage on schema "${schema.name}" to "${role}"`)
      await schema.query(`grant select on all tables in schema "${schema.name}" to "${role}"`)
      expect(await lacking()).toEqual([`insert, update, delete on all tables in schema ${schema.name}`])
      await schema.query(`grant insert, update, delete on all tables in schema "${schema.name}" to "${role}"`)
      expect(await lacking()).toEqual([])
      await schema.query(`revoke delete on "${schema.name}".ready, "${schema.name}".job from "${role}"`)
      expect(await lacking()).toEqual([`delete on ${schema.name}.job, ${schema.name}.ready`])
    } finally {
      await schema.query(`drop owned by "${role}"; drop role "${role}"`)
    }
  })

  test('a transaction that holds on to an old state is named', async () => {
    await using schema = temporarySchema()
    const client = new pg.Client({ connectionString: serverUrl(), application_name: 'a_long_report' })
    await client.connect()
    await client.query('begin isolation level repeatable read; select 1')
    const { server } = await inspectDatabase(schema.url())
    await client.end()
    expect(server?.oldest).toMatchObject({ transactions: expect.any(Number), who: expect.any(String) })
    expect(server?.longest?.ms).toBeGreaterThanOrEqual(0)
  })

  test('a setting that loses answered writes is named', async () => {
    await using schema = temporarySchema()
    const url = schema.url('options=-c synchronous_commit=off')
    expect(await finding(url, 'durability')).toMatchObject({
      level: 'warning',
      message: expect.stringContaining('synchronous_commit = off'),
    })
  })

  test('a server that takes no writes is no server for jobs', async () => {
    await using schema = temporarySchema()
    const url = schema.url('options=-c default_transaction_read_only=on')
    expect(await finding(url, 'database')).toMatchObject({
      level: 'unhealthy',
      message: expect.stringContaining('read-only'),
    })
  })

  test('a transaction that stays open, a far server and a wrong clock are found', async () => {
    const { server } = await inspectDatabase(serverUrl())
    if (server === undefined) throw new Error('it is no server')
    const levels = (facts: Partial<typeof server>) =>
      checkServer({
        ...server,
        unsafe: [],
        hints: [],
        oldest: undefined,
        connections: undefined,
        longest: undefined,
        ...facts,
      })
        .filter(({ level }) => level !== 'ok')
        .map(({ check }) => check)
    expect(levels({})).toEqual([])
    expect(levels({ longest: { ms: 3_600_000, who: 'psql' } })).toEqual(['transactions'])
    expect(levels({ oldest: { transactions: 2_000_000, who: 'the replication slot s' } })).toEqual(['transactions'])
    expect(levels({ roundTripMs: 80 })).toEqual(['database'])
    expect(levels({ clockAheadMs: -300_000 })).toEqual(['clock'])
    expect(levels({ connections: { open: 99, most: 100 } })).toEqual(['connections'])
    expect(levels({ dead: [{ table: 'ready', dead: 5_000_000, live: 10 }] })).toEqual(['tables'])
    expect(levels({ dead: [{ table: 'ready', dead: 0, live: 10, bytes: 2 ** 30 }] })).toEqual(['tables'])
    expect(levels({ dead: [{ table: 'ready', dead: 0, live: 10_000_000, bytes: 2 ** 30 }] })).toEqual([])
    expect(levels({ lacking: ['usage on schema offstage'] })).toEqual(['rights'])
    expect(levels({ hints: [{ check: 'pooler', message: 'one', remedy: 'two' }] })).toEqual(['pooler'])
  })
})
