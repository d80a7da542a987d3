import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { test, vi } from 'vitest'
import { makeApp } from '../support/app.ts'
import {
  awayForLong,
  crowded,
  cutOff,
  enqueueAll,
  entangled,
  failedOver,
  fillUp,
  restarted,
  silenced,
} from '../support/outage.ts'
import { OwnPostgres } from '../support/own-postgres.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 60_000 })

test('the server restarts every few seconds while 5,000 jobs run: delay, and nothing else', async () => {
  await using server = await OwnPostgres.create()
  // A clean restart, and a crash with recovery, in turns.
  await restarted(server, (crash) => server.stop(crash ? 'SIGQUIT' : 'SIGINT'), 5_000)
})

test('the server is away for longer than every lease and retry: the workers go on when it is back', async () => {
  await using server = await OwnPostgres.create()
  await awayForLong(server, () => server.stop('SIGQUIT'))
})

test('a network that goes silent: calls give up, connections are made anew, nothing runs twice', async () => {
  await using server = await OwnPostgres.create()
  await silenced(server, 3)
})

test('a listener whose connection has gone silent misses no more than the poll', async () => {
  await using server = await OwnPostgres.create()
  await using proxy = await TcpProxy.before(server.port)
  await using app = makeApp({ database: server.url })
  await app.worker({ env: { OFFSTAGE_DATABASE: `${proxy.through(server.url)}?timeout=2s` } })
  await enqueueAll(app, 1, 'first')
  await app.noted('first')
  proxy.silence()
  await sleep(500)
  // What was open stays silent; what is opened from now on is forwarded.
  proxy.resumeNew()
  await enqueueAll(app, 1, 'second')
  await app.noted('second')
})

test('too many connections: the worker waits its turn', async () => {
  await using server = await OwnPostgres.create(['max_connections=16', 'superuser_reserved_connections=0'])
  await crowded(server, async () => {
    await server.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where backend_type = 'client backend' and pid <> pg_backend_pid()`)
    const hogs = await fillUp(async () => {
      const hog = new Client({ connectionString: server.url })
      hog.on('error', () => {})
      await hog.connect()
      return hog
    })
    return { leave: async () => void (await Promise.all(hogs.map((hog) => hog.end()))) }
  })
})

test('deadlocks and serialisation failures are tried again', async () => {
  // Each transaction is serialisable, so that workers and a producer fail each other all the time.
  await using server = await OwnPostgres.create(['default_transaction_isolation=serializable', 'deadlock_timeout=50ms'])
  const client = new Client({ connectionString: server.url })
  await client.connect()
  const rows = `select 1 from offstage.running order by seq desc for update; select 1 from offstage.ready for update`
  const lock = () => client.query(`begin; ${rows}; commit`).catch(() => client.query('rollback'))
  await entangled(server, { workers: 3, jobs: 2_000, times: 20, lock })
  await client.end()
})

test('the primary dies and its synchronous standby takes over: every acknowledged job is there, and runs', async () => {
  await using primary = await OwnPostgres.create()
  await using standby = await primary.standby()
  await failedOver(primary, standby, 3_000, async () => {
    await primary.stop('SIGQUIT')
    await standby.promote()
  })
})

test('a worker that is cut off ends its jobs before they run elsewhere', async () => {
  await using server = await OwnPostgres.create()
  await cutOff(server)
})
