import { expect, test, vi } from 'vitest'
import type { Store } from '../../../src/store/store.ts'
import { openStore } from '../../../src/stores/open.ts'
import { newJob, newJobs, newLease, nextClaim } from '../../../src/testing/store-suite/jobs.ts'
import { OwnPostgres } from '../../support/own-postgres.ts'
import { type Schema, serverUrl, temporarySchema, withPostgres } from '../../support/postgres.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'
import { until } from '../../support/until.ts'

vi.setConfig({ testTimeout: 60_000 })

/** Counts how often a store calls. */
function listen(store: Store): { calls: number; stop: () => void } {
  const heard = { calls: 0, stop: () => {} }
  heard.stop = store.onWake(() => {
    heard.calls += 1
  })
  return heard
}

async function listeners({ name, query }: Schema): Promise<number[]> {
  const rows = await query<{ pid: number }>(
    `select pid from pg_stat_activity where application_name = '${name}' and query ilike 'listen %' or
      (application_name = '${name}' and query = 'select 1')`,
  )
  return rows.map(({ pid }) => pid)
}

async function pair(schema: Schema, url = schema.url()): Promise<[listening: Store, writing: Store]> {
  const named = new URL(url)
  named.searchParams.set('application_name', schema.name)
  const stores = [await openStore(named.href), await openStore(schema.url())] as const
  await stores[0].migrate()
  return [...stores]
}

await withPostgres(() => {
  // A request to listen that came while the last one was being ended was lost once in some hundred times.
  test('who stops and begins to listen again and again is told each time', async () => {
    await using schema = temporarySchema()
    const [store, other] = await pair(schema)
    for (let round = 0; round < 150; round++) {
      const heard = listen(store)
      await other.setPaused('default', round % 2 === 0)
      await until('it has called', () => heard.calls > 0, 10_000)
      heard.stop()
      if (round % 3 === 0) await other.setPaused('another', round % 2 === 0)
    }
    await Promise.all([store.close(), other.close()])
  })

  test('a listener whose connection is ended listens again, and looks at what it may have missed', async () => {
    await using schema = temporarySchema()
    const [store, other] = await pair(schema)
    const heard = listen(store)
    await until('it listens', async () => (await listeners(schema)).length === 1)
    for (let round = 0; round < 3; round++) {
      const [pid] = await listeners(schema)
      const before = heard.calls
      await schema.query(`select pg_terminate_backend(${pid})`)
      await other.enqueue([newJob()])
      await until('it has called', () => heard.calls > before)
      await until('it listens', async () => {
        const now = await listeners(schema)
        return now.length === 1 && now[0] !== pid
      })
      const again = heard.calls
      await other.enqueue([newJob()])
      await until('it has called', () => heard.calls > again)
    }
    heard.stop()
    for (const each of [store, other]) await each.close()
  })

  test('what is claimed along with its enqueue wakes nobody else, what is left over does', async () => {
    await using schema = temporarySchema()
    const [store, other] = await pair(schema)
    const heard = listen(store)
    await until('it listens', async () => (await listeners(schema)).length === 1)
    const lease = await newLease(other)
    const along = async (count: number) => {
      const jobs = newJobs(count).map((job) => ({ ...job, fresh: true }))
      const steps = [{ queues: 'all' as const, limit: 2 }]
      const done = await other.enqueueAndClaim?.(jobs, { lease, claim: nextClaim(), steps, limit: 2, start: 2 })
      return (await done?.claim)?.jobs.length
    }
    const before = heard.calls
    expect(await along(2)).toBe(2)
    expect(await along(1)).toBe(1)
    // Notifications come in the order of their commits: an earlier one would be here by now.
    await other.enqueue([newJob()])
    await until('it has called', () => heard.calls > before)
    expect(heard.calls).toBe(before + 1)
    expect(await along(3)).toBe(2)
    await until('it has called again', () => heard.calls > before + 1)
    heard.stop()
    for (const each of [store, other]) await each.close()
  })

  test('a listener whose connection has fallen silent notices by itself', async () => {
    await using schema = temporarySchema()
    await using proxy = await TcpProxy.before(Number(new URL(serverUrl()).port))
    const [store, other] = await pair(schema, proxy.through(schema.url('timeout=1s')))
    const heard = listen(store)
    await until('it listens', async () => (await listeners(schema)).length === 1)
    proxy.silence()
    proxy.resumeNew()
    const before = heard.calls
    await other.enqueue([newJob()])
    await until('it has called', () => heard.calls > before, 30_000)
    heard.stop()
    proxy.cut()
    for (const each of [store, other]) await each.close()
  })

  test('a delayed job that is due soon wakes, one of next week does not', async () => {
    await using schema = temporarySchema()
    const [store, other] = await pair(schema)
    const heard = listen(store)
    await until('it has listened', () => heard.calls > 0)
    const before = heard.calls
    await other.enqueue([newJob({ due: { inMs: 7 * 86_400_000 } })])
    expect(heard.calls).toBe(before)
    await other.enqueue([newJob({ due: { inMs: 1_000 } })])
    await until('it has called', () => heard.calls > before)
    expect(heard.calls).toBe(before + 1)
    heard.stop()
    for (const each of [store, other]) await each.close()
  })

  test('a batch calls once, and what this store has written itself is not told twice', async () => {
    await using schema = temporarySchema()
    const [store, other] = await pair(schema)
    const heard = listen(store)
    await until('it has listened', () => heard.calls > 0)
    const before = heard.calls
    await store.enqueue(Array.from({ length: 50 }, () => newJob()))
    expect(heard.calls).toBe(before + 1)
    await other.enqueue(Array.from({ length: 50 }, () => newJob()))
    await until('it has called', () => heard.calls > before + 1)
    expect(heard.calls).toBe(before + 2)
    heard.stop()
    for (const each of [store, other]) await each.close()
  })

  test('of jobs stored one after the other all are told of: whoever looks when it hears misses none', async () => {
    await using schema = temporarySchema()
    const [store, other] = await pair(schema)
    let looks = 0
    let seen = 0
    const look = async () => {
      looks += 1
      seen = Math.max(seen, await store.count({}))
    }
    const stop = store.onWake(() => void look())
    await until('it listens', async () => (await listeners(schema)).length === 1)
    for (let burst = 1; burst <= 20; burst++) {
      for (let i = 0; i < 10; i++) await other.enqueue([newJob()])
      await until('it has seen all', () => seen === burst * 10)
    }
    expect(looks).toBeLessThanOrEqual(220)
    stop()
    for (const each of [store, other]) await each.close()
  })

  test('a store that is closed has told of all that it stored', async () => {
    await using schema = temporarySchema()
    const [store, other] = await pair(schema)
    let seen = 0
    const stop = store.onWake(async () => {
      seen = Math.max(seen, await store.count({}))
    })
    await until('it listens', async () => (await listeners(schema)).length === 1)
    for (let i = 0; i < 5; i++) await other.enqueue([newJob()])
    await other.close()
    await until('it has seen all', () => seen === 5)
    stop()
    await store.close()
  })

  test('who stores one job after the other waits for nobody who notifies and takes long to commit', async () => {
    await using server = await OwnPostgres.create()
    const store = await openStore(`${server.url}?options=-c%20synchronous_commit=local`)
    await store.migrate()
    await store.enqueue([newJob()])
    await server.query("alter system set synchronous_standby_names = 'nobody'")
    await server.query('select pg_reload_conf()')
    await server.query('set synchronous_commit = local; create table written (at int)')
    const slow = server.query("insert into written values (1); select pg_notify('any', '')").catch(() => {})
    const held = "select pid from pg_stat_activity where wait_event = 'SyncRep'"
    await until('it waits for a standby that never comes', async () => (await server.query(held)).length === 1)
    for (let i = 0; i < 5; i++) await store.enqueue([newJob()])
    expect(await server.query(held)).toHaveLength(1)
    await server.query(`select pg_cancel_backend(pid) from (${held}) held`)
    await slow
    await store.close()
  })

  test('with notify=false nobody listens and nobody is told', async () => {
    await using schema = temporarySchema()
    const [store, other] = await pair(schema, schema.url('notify=false'))
    const heard = listen(store)
    await other.enqueue([newJob()])
    await store.enqueue([newJob()])
    expect(heard.calls).toBe(1)
    expect(await listeners(schema)).toEqual([])
    heard.stop()
    for (const each of [store, other]) await each.close()
  })
})
