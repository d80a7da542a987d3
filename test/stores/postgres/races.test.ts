import pg from 'pg'
import { expect, test } from 'vitest'
import { retrying } from '../../../src/store/retry.ts'
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
import { type Schema, temporarySchema, withPostgres } from '../../support/postgres.ts'
import { until } from '../../support/until.ts'

/** A store on a schema of its own, and another program's transaction on the same. */
async function open(): Promise<AsyncDisposable & { store: Store; schema: Schema; other: pg.Client }> {
  const schema = temporarySchema()
  const store = await openStore(schema.url())
  await store.migrate()
  const other = new pg.Client({ connectionString: schema.url().split('?')[0] as string })
  await other.connect()
  await other.query(`set search_path = "${schema.name}"; begin`)
  return {
    store,
    schema,
    other,
    async [Symbol.asyncDispose]() {
      await other.end()
      await store.close()
      await schema[Symbol.asyncDispose]()
    },
  }
}

/** The same with jobs for a claim that locks no rows of its own accord. */
async function openLarge() {
  const opened = await open()
  const lease = await newLease(opened.store)
  const batch = newJobs(150)
  await opened.store.enqueue(batch)
  return { ...opened, lease, batch }
}

/** Waits until a call of the store waits for a row that somebody else holds. */
async function waitsForLock({ query }: Schema): Promise<void> {
  await until('a call waits for a lock', async () => {
    const rows = await query(
      "select 1 from pg_stat_activity where wait_event_type = 'Lock' and application_name = 'offstage'",
    )
    return rows.length > 0
  })
}

await withPostgres(() => {
  test('a cancel that is being written when its job is given back is obeyed', async () => {
    await using opened = await open()
    const { store, schema, other } = opened
    const lease = await newLease(store)
    await store.enqueue(newJobs(2))
    const [back, fails] = await claimJobs(store, lease)
    if (back === undefined || fails === undefined) throw new Error('there was nothing to claim')
    await other.query('update running set cancel_at = 1')
    const settling = store.settle([
      retried({ lease, job: back }, Date.now()),
      failed({ lease, job: fails }, Date.now()),
    ])
    await waitsForLock(schema)
    await other.query('commit')
    expect(await settling).toEqual([])
    expect((await store.get(back.id))?.status).toBe('cancelled')
    expect((await store.get(fails.id))?.status).toBe('failed')
    expect(await schema.query(`select 1 from "${schema.name}".running`)).toEqual([])
  })

  test('progress that is told while a cancel is being written is kept beside it', async () => {
    await using opened = await open()
    const { store, schema, other } = opened
    const lease = await newLease(store)
    await store.enqueue([newJob()])
    const { key, attempt, claim } = await claimOne(store, lease, { start: 0 })
    await other.query('update running set cancel_at = 1')
    const recording = store.record(lease, [
      { kind: 'progress', key, attempt, claim, value: '"half"' },
      { kind: 'start', key, attempt, claim, at: 5 },
    ])
    await waitsForLock(schema)
    await other.query('commit')
    expect(await recording).toEqual([])
    const rows = await schema.query(`select cancel_at, started_at, progress from "${schema.name}".running`)
    expect(rows).toEqual([{ cancel_at: '1', started_at: '5', progress: '"half"' }])
  })

  test('a large claim waits for whoever holds one of its jobs, and when that lasts, goes on without it', async () => {
    await using opened = await openLarge()
    const { store, schema, other, lease, batch } = opened
    const first = ids(batch)[0] as string
    await other.query('select 1 from ready where id = $1 for update', [first])
    const claiming = claimJobs(retrying(store), lease)
    await waitsForLock(schema)
    expect(ids(await claiming).toSorted()).toEqual(ids(batch).slice(1))
    await other.query('rollback')
    expect(ids(await claimJobs(store, lease))).toEqual([first])
  })

  test('what somebody else takes while a large claim waits for it, that claim does not take', async () => {
    await using opened = await openLarge()
    const { store, schema, other, lease, batch } = opened
    const taken = ids(batch)[3] as string
    await other.query('delete from ready where id = $1', [taken])
    const claiming = claimJobs(store, lease)
    await waitsForLock(schema)
    await other.query('commit')
    const claimed = await claiming
    expect(ids(claimed)).toEqual(ids(batch).filter((id) => id !== taken))
    expect(await store.settle(claimed.map((job) => completed({ lease, job }, Date.now())))).toEqual([])
  })

  test.for([
    ['a completion', completed],
    ['a failure', failed],
  ] as const)('%s of what is settled meanwhile is stale, and leaves no trace', async ([, settle]) => {
    await using opened = await open()
    const { store, schema, other } = opened
    const lease = await newLease(store)
    await store.enqueue([newJob()])
    const job = await claimOne(store, lease)
    await other.query('delete from running')
    const settling = store.settle([settle({ lease, job }, Date.now())])
    await waitsForLock(schema)
    await other.query('commit')
    expect(await settling).toEqual([0])
    expect(await schema.query(`select 1 from "${schema.name}".attempt`)).toEqual([])
  })

  test('a claim passes over what others are taking, of one queue and of several', async () => {
    await using opened = await open()
    const { store, other } = opened
    const lease = await newLease(store)
    const queues = ['a', 'b']
    for (const queue of queues) await store.enqueue(newJobs(3, { queue }))
    await other.query(`select 1 from ready where id in (select min(id) from ready group by queue) for update`)
    for (const step of [['a'], ['b', 'a']]) {
      const jobs = await claimJobs(store, lease, { steps: [{ queues: step, limit: 2 }] })
      expect(jobs).toHaveLength(2)
    }
    await other.query('commit')
    expect(await claimJobs(store, lease)).toHaveLength(2)
  })

  test('what waits for a table that somebody has locked is told to try again', { timeout: 60_000 }, async () => {
    await using opened = await open()
    const { store, other } = opened
    await store.enqueue([newJob()])
    await other.query('lock table job in access exclusive mode')
    await expect(store.enqueue([newJob()])).rejects.toMatchObject({ code: 'DATABASE_BUSY', transient: true })
    await other.query('commit')
    await store.enqueue([newJob()])
  })

  test('of two who wait for each other one is told to try again, and has written nothing', async () => {
    await using opened = await open()
    const { store, schema, other } = opened
    const [first, second] = [newJob(), newJob()]
    await store.enqueue([newJob()])
    const insert = `insert into job (id, handler, queue, priority, args, max_attempts, created_at, run_at)
      values ($1, 1, 1, 0, '[]', 1, 1, 1)`
    await other.query(insert, [second.id])
    const enqueueing = store.enqueue([first, second]).catch((error: unknown) => error)
    await waitsForLock(schema)
    const theirs = other.query(insert, [first.id]).then(
      () => 'stored',
      () => 'refused',
    )
    const [ours, their] = await Promise.all([enqueueing, theirs])
    if (their === 'stored') {
      expect(ours).toMatchObject({ code: 'DATABASE_BUSY', transient: true })
      expect(await schema.query(`select 1 from "${schema.name}".job`)).toHaveLength(1)
    } else expect(ours).toHaveLength(2)
    await other.query('rollback')
  })

  test('a clear that waits for a retry removes the job from where the retry has put it', async () => {
    await using opened = await open()
    const { store, schema, other } = opened
    const [job] = newJobs(1)
    if (job === undefined) return
    await store.enqueue([job])
    await store.cancel([job.id])
    // What a retry does, up to its commit.
    await other.query(`select 1 from job for update; delete from attempt;
      insert into ready (queue, "rank", run_at, id, seq, attempt, spared, crashes, handler)
        select queue, 0, run_at, id, seq, 0, 0, 0, handler from job`)
    const clearing = store.clear(10)
    await waitsForLock(schema)
    await other.query('commit')
    expect(await clearing).toBe(1)
    expect(await schema.query(`select seq from "${schema.name}".ready`)).toEqual([])
    expect(await store.count({})).toBe(0)
  })

  test('a command that is refused a row later on still tells what it has done before', async () => {
    await using opened = await open()
    const { store, schema, other } = opened
    // More than one transaction takes.
    const batch = newJobs(300)
    await store.enqueue(batch)
    const [early, late] = [batch[250]?.id, batch[290]?.id]
    await other.query('select 1 from job where id = $1 for update', [late])
    const cancelling = store.cancel(ids(batch))
    await waitsForLock(schema)
    // Now each waits for the other, and this one for as long as it takes.
    await other.query("set local deadlock_timeout = '1min'")
    await other.query('select 1 from job where id = $1 for update', [early])
    await other.query('rollback')
    expect(new Set((await cancelling).map(({ result }) => result))).toEqual(new Set(['done']))
  })
})
