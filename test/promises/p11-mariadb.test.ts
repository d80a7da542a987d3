import mysql from 'mysql2/promise'
import { test, vi } from 'vitest'
import { awayForLong, crowded, cutOff, entangled, failedOver, fillUp, restarted, silenced } from '../support/outage.ts'
import { OwnMariadb, withOwnMariadb } from '../support/own-mariadb.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 60_000 })

/** What p11-outage tests on PostgreSQL: a fault of MariaDB costs delay, and nothing else. */
withOwnMariadb('a fault of MariaDB', () => {
  test('the server restarts every few seconds while 2,000 jobs run', async () => {
    await using server = await OwnMariadb.create()
    // In good order, and as a machine that loses its power, in turns.
    await restarted(server, (crash) => server.stop(crash ? 'SIGKILL' : 'SIGTERM'), 2_000)
  })

  test('the server is away for longer than every lease and retry: the workers go on when it is back', async () => {
    await using server = await OwnMariadb.create()
    await awayForLong(server, () => server.stop('SIGKILL'))
  })

  test('a network that goes silent: calls give up, connections are made anew, nothing runs twice', async () => {
    await using server = await OwnMariadb.create()
    await silenced(server, 2)
  })

  test('too many connections: the worker waits its turn', async () => {
    await using server = await OwnMariadb.create(['max_connections=16'])
    await crowded(server, async () => {
      const admin = await mysql.createConnection(server.url)
      const [rows] = await admin.query<mysql.RowDataPacket[]>('select id from information_schema.processlist')
      for (const { id } of rows) await admin.query(`kill ${id}`).catch(() => {})
      admin.destroy()
      const hogs = await fillUp(async () => {
        const hog = await mysql.createConnection(server.url)
        hog.on('error', () => {})
        return hog
      })
      return {
        async leave() {
          for (const hog of hogs) hog.destroy()
        },
      }
    })
  })

  test('deadlocks are tried again', async () => {
    await using server = await OwnMariadb.create()
    const client = await mysql.createConnection({ uri: server.url, multipleStatements: true })
    const rows = `select seq from offstage_running order by seq desc for update;
      select seq from offstage_ready for update; select seq from offstage_worker for update`
    const lock = () => client.query(`start transaction; ${rows}; commit`).catch(() => client.query('rollback'))
    await entangled(server, { workers: 2, jobs: 1_000, times: 30, lock })
    await client.end()
  })

  test('the primary dies and its semi-synchronous replica takes over: every acknowledged job is there, and runs', async () => {
    await using primary = await OwnMariadb.create(OwnMariadb.PRIMARY)
    await using replica = await primary.replica()
    await failedOver(primary, replica, 1_500, async () => {
      await primary.stop('SIGKILL')
      await replica.promote()
    })
  })

  test('a worker that is cut off ends its jobs before they run elsewhere', async () => {
    await using server = await OwnMariadb.create()
    await cutOff(server)
  })
})
