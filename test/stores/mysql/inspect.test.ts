import { describe, expect, test } from 'vitest'
import { checkServer } from '../../../src/cli/doctor/server.ts'
import { inspectDatabase, openStore } from '../../../src/stores/open.ts'
import { claimJobs, newJob, newLease } from '../../../src/testing/store-suite/jobs.ts'
import { connect, temporaryDatabase, withMysql } from '../../support/mysql.ts'
import { OwnMariadb, withOwnMariadb } from '../../support/own-mariadb.ts'
import { until } from '../../support/until.ts'

await withMysql(() => {
  describe('the inspection of a server', () => {
    test('finds an empty database without changing it', async () => {
      await using database = await temporaryDatabase()
      const found = await inspectDatabase(database.url)
      expect(found).toMatchObject({ exists: true, version: 0, file: undefined, handlers: [], hasSecrets: false })
      expect(found.server?.product).toMatch(/^(MariaDB|MySQL) \d+\.\d+\.\d+$/)
      expect(found.server?.place).toMatch(new RegExp(`^[^@]+/${database.name}$`))
      expect(Math.abs(found.server?.clockAheadMs ?? Infinity)).toBeLessThan(2_000 + (found.server?.roundTripMs ?? 0))
      expect(found.migrations[0]?.statements.length).toBeGreaterThan(15)
      const admin = await connect(database.name)
      expect((await admin.query('show tables'))[0]).toEqual([])
      await admin.end()
    })

    test('tells what is in it, what waits for longest, and what nobody holds any more', async () => {
      await using database = await temporaryDatabase()
      const store = await openStore(database.url)
      await store.migrate()
      await store.setPaused('paused', true)
      const [early, late] = [Date.now() - 50_000, Date.now() - 20_000]
      await store.enqueue([
        newJob({ due: { at: late } }),
        newJob({ due: { at: early }, queue: 'other', priority: -5, args: '[{"$secret":"x"}]' }),
        newJob({ due: { at: early - 1 }, queue: 'paused' }),
      ])
      const inspected = await inspectDatabase(database.url)
      expect(inspected).toMatchObject({
        version: inspected.migrations.at(-1)?.version,
        oldestReadyAt: early,
        handlers: [{ class: 'SampleJob', method: 'process' }],
        hasSecrets: true,
        server: { orphans: 0, indexes: [], readOnly: false, lacking: [] },
      })
      const lease = await newLease(store)
      expect(await claimJobs(store, lease)).toHaveLength(2)
      await store.endLease(lease)
      expect(await inspectDatabase(database.url)).toMatchObject({ oldestReadyAt: undefined, server: { orphans: 2 } })
      await store.close()
    })

    test('names a table and a column that are gone', async () => {
      await using database = await temporaryDatabase()
      const store = await openStore(database.url)
      await store.migrate()
      const admin = await connect(database.name)
      await admin.query('alter table offstage_queue drop column paused; drop table offstage_log')
      await admin.end()
      expect(await inspectDatabase(database.url)).toMatchObject({
        missing: ['the column paused of offstage_queue is missing', 'the table offstage_log is missing'],
        server: { indexes: [] },
      })
      await expect(store.queues()).rejects.toMatchObject({
        code: 'SCHEMA_MISSING',
        message: expect.stringMatching(
          /paused.*: run `offstage migrate`, and where that finds nothing to do, `offstage doctor`/,
        ),
      })
      await store.close()
    })

    test('names an index that is gone, and who has a transaction open', async () => {
      await using database = await temporaryDatabase()
      const store = await openStore(database.url)
      await store.migrate()
      await store.close()
      const admin = await connect(database.name)
      await admin.query('alter table offstage_attempt drop key attempt_finished')
      await admin.query('alter table offstage_delayed drop key delayed_queue')
      await admin.query('start transaction; select count(*) from offstage_job for update')
      const { server } = await inspectDatabase(database.url)
      expect(server?.indexes).toEqual([
        'the index attempt_finished of offstage_attempt is missing',
        'the index delayed_queue of offstage_delayed is missing',
      ])
      expect(server?.longest?.who).toMatch(/\(connection \d+\)$/)
      expect(server?.longest?.ms).toBeGreaterThanOrEqual(0)
      expect(server?.longest?.ms).toBeLessThan(120_000)
      await admin.query('rollback')
      await admin.end()
    })
  })
})

withOwnMariadb('the inspection of a server of its own', () => {
  test('names what weakens durability, a replica, and how full it is', { timeout: 120_000 }, async () => {
    await using server = await OwnMariadb.create([
      'innodb_flush_log_at_trx_commit=2',
      'innodb_doublewrite=OFF',
      'log-bin=binlog',
      'sync_binlog=0',
      'max_connections=12',
      'max_allowed_packet=1M',
    ])
    await server.query(`create user app@'%'`)
    await server.query(`grant all on app.* to app@'%'`)
    const url = `mysql://app@127.0.0.1:${server.port}/app`
    const store = await openStore(url)
    await store.migrate()
    await server.query('set global read_only = on')
    const { server: facts } = await inspectDatabase(url)
    expect(facts?.unsafe.map(({ setting }) => setting)).toEqual([
      'innodb_flush_log_at_trx_commit = 2',
      'sync_binlog = 0',
      'innodb_doublewrite = OFF',
    ])
    expect(facts?.readOnly).toBe(true)
    expect(facts?.connections).toMatchObject({ most: 12 })
    expect(facts?.lacking).toEqual([])
    expect(facts?.hints.map(({ check }) => check)).toEqual(['packets'])
    await server.query('set global read_only = off')
    await server.query(`revoke update, delete on app.* from app@'%'`)
    expect((await inspectDatabase(url)).server?.lacking).toEqual(['update, delete on app.*'])
    // One table, and by a role: only the server knows what grants come to.
    await server.query(`create role clerk`)
    await server.query(`grant update, delete on app.* to clerk`)
    await server.query(`grant clerk to app@'%'`)
    await server.query(`set default role clerk for app@'%'`)
    expect((await inspectDatabase(url)).server?.lacking).toEqual([])
    await server.query(`revoke delete on app.* from clerk`)
    await server.query(`grant delete on app.offstage_ready to clerk`)
    expect((await inspectDatabase(url)).server?.lacking).toEqual([expect.stringMatching(/^delete on .* more$/)])
    // What only an administrator may see is left out.
    expect(facts?.longest).toBeUndefined()
    expect(facts?.dead.filter(({ dead }) => dead > 0)).toEqual([])
    expect(facts?.dead.map(({ table }) => table)).toContain('offstage_ready')
    const findings = checkServer(facts as NonNullable<typeof facts>)
    expect(findings.map(({ check, level }) => [check, level])).toContainEqual(['durability', 'warning'])
    await store.close()
    await until('nobody is connected any more', async () => {
      const rows = await server.query(`select 1 from information_schema.processlist where user = 'app'`)
      return rows.length === 0
    })
  })
})
