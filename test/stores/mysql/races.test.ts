import { setTimeout as pause } from 'node:timers/promises'
import type { Connection, RowDataPacket } from 'mysql2/promise'
import { expect, test, vi } from 'vitest'
import type { Store } from '../../../src/store/store.ts'
import { openStore } from '../../../src/stores/open.ts'
import {
  claimJobs,
  claimOne,
  completed,
  failed,
  ids,
  newJob,
  newJobs,
  newLease,
  retried,
} from '../../../src/testing/store-suite/jobs.ts'
import { connect, temporaryDatabase, withMysql } from '../../support/mysql.ts'
import { until } from '../../support/until.ts'

vi.setConfig({ testTimeout: 60_000 })

interface Opened extends AsyncDisposable {
  store: Store
  /** Another program's transaction on the same database. */
  other: Connection
  rows(text: string): Promise<RowDataPacket[]>
}

async function open(): Promise<Opened> {
  const database = await temporaryDatabase()
  const store = await openStore(database.url)
  await store.migrate()
  const [other, looking] = [await connect(database.name), await connect(database.name)]
  await other.query('set session transaction isolation level read committed; start transaction')
  return {
    store,
    other,
    rows: async (text) => (await looking.query<RowDataPacket[]>(text))[0],
    async [Symbol.asyncDispose]() {
      await other.end()
      await looking.end()
      await store.close()
      await database[Symbol.asyncDispose]()
    },
  }
}

/** Waits until a call of the store waits for a row that somebody else holds. */
async function waitsForLock({ rows }: Opened): Promise<void> {
  await until('a call waits for a lock', async () => {
    // Looked at more often than every 100 ms, the server shows what it has shown before.
    await pause(120)
    const waiting = await rows(`select 1 from information_schema.innodb_trx t
      join information_schema.processlist p on p.id = t.trx_mysql_thread_id
      where p.db = database() and t.trx_state = 'LOCK WAIT'`)
    return waiting.length > 0
  })
}

await withMysql(() => {
  test('a cancel that is being written when its job is given back is obeyed', async () => {
    await using opened = await open()
    const { store, other, rows } = opened
    const lease = await newLease(store)
    await store.enqueue(newJobs(2))
    const [back, fails] = await claimJobs(store, lease)
    if (back === undefined || fails === undefined) throw new Error('there was nothing to claim')
    await other.query('update offstage_running set cancel_at = 1')
    const settling = store.settle([
      retried({ lease, job: back }, Date.now()),
      failed({ lease, job: fails }, Date.now()),
    ])
    await waitsForLock(opened)
    await other.query('commit')
    expect(await settling).toEqual([])
    expect((await store.get(back.id))?.status).toBe('cancelled')
    expect((await store.get(fails.id))?.status).toBe('failed')
    expect(await rows('select 1 from offstage_running')).toEqual([])
  })

  test('a completion of what is settled meanwhile is stale, and leaves no trace', async () => {
    await using opened = await open()
    const { store, other, rows } = opened
    const lease = await newLease(store)
    await store.enqueue([newJob()])
    const job = await claimOne(store, lease)
    await other.query('delete from offstage_running')
    const settling = store.settle([completed({ lease, job }, Date.now())])
    await waitsForLock(opened)
    await other.query('commit')
    expect(await settling).toEqual([0])
    expect(await rows('select 1 from offstage_attempt')).toEqual([])
  })

  test('a claim passes over what others are taking, of one queue and of several', async () => {
    await using opened = await open()
    const { store, other } = opened
    const lease = await newLease(store)
    for (const queue of ['a', 'b']) await store.enqueue(newJobs(4, { queue }))
    await other.query(`select * from offstage_ready where queue = 1 order by \`rank\`, run_at, id limit 2 for update;
      select * from offstage_ready where queue = 2 order by \`rank\`, run_at, id limit 2 for update`)
    for (const step of [['a'], ['b', 'a']]) {
      const jobs = await claimJobs(store, lease, { steps: [{ queues: step, limit: 2 }], limit: 2 })
      expect(jobs.map(({ queue }) => queue)).toEqual(step.length === 1 ? ['a', 'a'] : ['b', 'b'])
    }
    await other.query('commit')
    expect(await claimJobs(store, lease)).toHaveLength(4)
  })

  test('a claim takes no row of the others by chance, however small the tables are', async () => {
    await using opened = await open()
    const { store, other, rows } = opened
    const lease = await newLease(store)
    await store.enqueue(newJobs(30, { queue: 'a' }))
    await store.enqueue(newJobs(30, { queue: 'b' }))
    // Held until the end: whoever looked for its own rows in the whole table would wait for these.
    await other.query('select * from offstage_ready where queue = 2 for update')
    const jobs = await claimJobs(store, lease, { steps: [{ queues: ['a'], limit: 20 }], limit: 20 })
    expect(jobs).toHaveLength(20)
    await other.query('commit; start transaction')
    await other.query(`select * from offstage_running where seq = ${Number(jobs[0]?.key)} for update`)
    expect(await store.settle(jobs.slice(1).map((job) => completed({ lease, job }, Date.now())))).toEqual([])
    await other.query('commit')
    expect(await rows('select 1 from offstage_running')).toHaveLength(1)
  })

  test('a cancel waits for a claim that has the job already, and asks its worker', async () => {
    await using opened = await open()
    const { store, other } = opened
    const lease = await newLease(store)
    const job = newJob()
    await store.enqueue([job])
    // What a claim does, up to its commit.
    await other.query(`select * from offstage_ready for update;
      insert into offstage_running (seq, attempt, lease, claim, spared, crashes, started_at)
        select seq, 1, ${lease}, 1, 0, 0, 1 from offstage_ready;
      delete from offstage_ready`)
    const cancelling = store.cancel([job.id])
    await waitsForLock(opened)
    await other.query('commit')
    expect(await cancelling).toEqual([{ id: job.id, result: 'requested' }])
    expect((await store.heartbeat(lease)).cancel.map(({ id }) => id)).toEqual([job.id])
  })

  test('of two commands on one job the second sees what the first has done', async () => {
    await using opened = await open()
    const { store, rows } = opened
    const batch = newJobs(20)
    await store.enqueue(batch)
    await store.cancel(ids(batch))
    const retries = await Promise.all([store.retry(ids(batch)), store.retry(ids(batch).toReversed())])
    const done = retries.flat().filter(({ result }) => result === 'done')
    expect(done.map(({ id }) => id).toSorted()).toEqual(ids(batch))
    expect(await rows('select 1 from offstage_ready')).toHaveLength(20)
  })

  test('a retry and a clean-up of one job: either it runs again, or it is gone', async () => {
    await using opened = await open()
    const { store, rows } = opened
    const batch = newJobs(40)
    await store.enqueue(batch)
    await store.cancel(ids(batch))
    const nothingKept = { completed: 0, failed: 0, cancelled: -1_000 }
    const [retries] = await Promise.all([store.retry(ids(batch)), store.prune(nothingKept, 1_000)])
    const again = retries.filter(({ result }) => result === 'done').map(({ id }) => id)
    expect(await store.count({})).toBe(again.length)
    expect(await rows('select 1 from offstage_ready')).toHaveLength(again.length)
    expect(ids(await claimJobs(store, await newLease(store))).toSorted()).toEqual(again.toSorted())
  })

  test('what waits for too long for a row is told to try again', async () => {
    await using opened = await open()
    const { store, other } = opened
    const lease = await newLease(store)
    await store.enqueue([newJob()])
    const job = await claimOne(store, lease)
    await other.query('select * from offstage_running for update')
    const error = await store.settle([completed({ lease, job }, Date.now())]).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'DATABASE_BUSY', transient: true })
    await other.query('commit')
    expect(await store.settle([completed({ lease, job }, Date.now())])).toEqual([])
  })

  test('of two who wait for each other one is told to try again, and has written nothing', async () => {
    await using opened = await open()
    const { store, other, rows } = opened
    const [first, second] = [newJob(), newJob()]
    await store.enqueue([newJob()])
    const insert = `insert into offstage_job (id, handler, queue, priority, args, max_attempts, created_at, run_at)
      values (?, 1, 1, 0, '[]', 1, 1, 1)`
    await other.query(insert, [second.id])
    const enqueueing = store.enqueue([first, second]).catch((error: unknown) => error)
    await waitsForLock(opened)
    const theirs = other.query(insert, [first.id]).then(
      () => 'stored',
      () => 'refused',
    )
    const [ours, their] = await Promise.all([enqueueing, theirs])
    if (their === 'stored') {
      expect(ours).toMatchObject({ code: 'DATABASE_BUSY', transient: true })
      expect(await rows('select 1 from offstage_job')).toHaveLength(1)
    } else expect(ours).toHaveLength(2)
    await other.query('rollback')
  })

  test('a duplicate that is being written is waited for, and told apart whatever becomes of it', async () => {
    await using opened = await open()
    const { store, other } = opened
    const [taken, free, fresh] = [newJob(), newJob(), newJob()]
    await store.enqueue([newJob()])
    const insert = `insert into offstage_job (id, handler, queue, priority, args, max_attempts, created_at, run_at)
      values (?, 1, 1, 0, '[]', 1, 1, 1)`
    await other.query(insert, [taken.id])
    const enqueueing = store.enqueue([fresh, taken])
    await waitsForLock(opened)
    await other.query('commit; start transaction')
    expect((await enqueueing).map(({ status }) => status)).toEqual(['created', 'duplicate'])
    await other.query(insert, [free.id])
    const again = store.enqueue([free])
    await waitsForLock(opened)
    await other.query('rollback')
    expect((await again).map(({ status }) => status)).toEqual(['created'])
  })
})
