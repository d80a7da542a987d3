import { describe, expect, test, vi } from 'vitest'
import type { NewJob } from '../../../src/store/store.ts'
import { storeSuite } from '../../../src/testing/index.ts'
import { claimJobs, newLease } from '../../../src/testing/store-suite/jobs.ts'
import { openPostgresStaging, serverUrl, temporarySchema, withPostgres } from '../../support/postgres.ts'
import { freshJobs, holding, idsOf, KEPT, lockOf, openStaging, staged, waiting } from '../../support/staging.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'
import { until } from '../../support/until.ts'

vi.setConfig({ testTimeout: 120_000 })

await withPostgres(() => {
  storeSuite({
    name: 'PostgreSQL, all that can be staged is',
    open: openPostgresStaging,
    describe,
    test,
  })

  describe('what is staged', () => {
    test('is found by every process, and run, whatever became of the one that stored it', async () => {
      await using schema = temporarySchema()
      // It never merges by itself, as one that has been killed right after its answer.
      await using gone = await openStaging(schema.url())
      const jobs = freshJobs(50)
      expect(new Set((await gone.enqueue(jobs.slice(0, 30))).map(({ status }) => status))).toEqual(new Set(['created']))
      await gone.enqueue(jobs.slice(30))
      expect(await staged(schema)).toBe(2)

      await using reader = await openStaging(schema.url())
      expect(await reader.get(jobs[49]?.id as string)).toMatchObject({ id: jobs[49]?.id, status: 'pending' })
      expect(await staged(schema)).toBe(0)
      const more = freshJobs(20)
      await gone.enqueue(more)

      await using worker = await openStaging(schema.url())
      const lease = await newLease(worker)
      expect(idsOf(await claimJobs(worker, lease, { limit: 100 }))).toEqual(idsOf(jobs))
      let heard = 0
      worker.onWake(() => (heard += 1))
      // A worker's maintenance asks for this, every few seconds.
      await worker.orphans(10)
      expect(heard).toBeGreaterThan(0)
      expect(idsOf(await claimJobs(worker, lease, { limit: 100 }))).toEqual(idsOf(more))
    })

    test('is merged a moment later, and those who wait for it in other processes are told', async () => {
      await using schema = temporarySchema()
      await using worker = await openStaging(schema.url())
      let heard = 0
      worker.onWake(() => (heard += 1))
      const before = await until('it listens', async () => heard || undefined)
      await using store = await openStaging(schema.url(), { jobs: 1, crowdMs: 0 })
      const jobs = freshJobs(40)
      await store.enqueue(jobs)
      await until('it is told', async () => heard > before || undefined)
      expect(idsOf(await claimJobs(worker, await newLease(worker), { limit: 100 }))).toEqual(idsOf(jobs))
    })

    test('is merged when its process closes the store', async () => {
      await using schema = temporarySchema()
      {
        await using store = await openStaging(schema.url())
        await store.enqueue(freshJobs(20))
        expect(await staged(schema)).toBe(1)
      }
      expect(await staged(schema)).toBe(0)
      expect(await schema.query(`select id from "${schema.name}".ready`)).toHaveLength(20)
    })

    test('is not overtaken by what the same process stores behind it', async () => {
      await using schema = temporarySchema()
      await using store = await openStaging(schema.url())
      await using worker = await openStaging(schema.url())
      const lease = await newLease(worker)
      const ways: ((jobs: NewJob[]) => Promise<unknown>)[] = [
        (jobs) => store.enqueue(jobs.map((job) => ({ ...job, tags: ['one'] }))),
        (jobs) => store.enqueue(jobs.map((job) => ({ ...job, fresh: false }))),
        (jobs) => store.enqueue(jobs.map((job) => ({ ...job, unique: { hash: job.id, forMs: undefined } }))),
      ]
      for (const way of ways) {
        const [first, second] = [freshJobs(10), freshJobs(1)]
        await store.enqueue(first)
        expect(await staged(schema)).toBe(1)
        await way(second)
        expect(idsOf(await claimJobs(worker, lease, { limit: 11 }))).toEqual(idsOf([...first, ...second]))
      }
    })

    test('is only what a crowd stores where nobody waits for news', async () => {
      await using schema = temporarySchema()
      await using store = await openStaging(schema.url(), { ...KEPT, crowdMs: 0, jobs: 8 })
      const isStaged = async (jobs: NewJob[]) => {
        await store.enqueue(jobs)
        const was = (await staged(schema)) > 0
        await store.count({})
        return was
      }
      expect(await isStaged(freshJobs(7))).toBe(false)
      expect(await isStaged(freshJobs(8))).toBe(true)
      expect(await isStaged(freshJobs(1_000))).toBe(false)
      expect(await isStaged(freshJobs(8, { due: { inMs: 60_000 } }))).toBe(false)
      expect(await isStaged(freshJobs(8, { args: `["${'x'.repeat(50_000)}"]` }))).toBe(false)
      const unlisten = store.onWake(() => {})
      expect(await isStaged(freshJobs(8))).toBe(false)
      unlisten()
      expect(await isStaged(freshJobs(8))).toBe(true)
      await using keyed = await openStaging(schema.url('ctid=false'), { ...KEPT, crowdMs: 0 })
      await keyed.enqueue(freshJobs(8))
      expect(await staged(schema)).toBe(0)

      await using patient = await openStaging(schema.url(), { ...KEPT, crowdMs: 600_000 })
      await patient.enqueue(freshJobs(8))
      await patient.enqueue(freshJobs(8))
      expect(await staged(schema)).toBe(0)
    })

    test('is there once, wherever the connection is cut while it is stored and merged, and the call made again', async () => {
      await using schema = temporarySchema()
      await using proxy = await TcpProxy.before(Number(new URL(serverUrl()).port))
      await using store = await openStaging(proxy.through(schema.url('connections=1')), { ...KEPT, restMs: 0 })
      const stored: string[] = []
      const isStored = async (jobs: NewJob[]) =>
        await store.enqueue(jobs).then(
          () => true,
          () => undefined,
        )
      for (let messages = 0, isCut = true; isCut; messages++) {
        const batches = Array.from({ length: 4 }, () => freshJobs(10))
        const lost: NewJob[][] = []
        {
          using cutting = proxy.cutAfter(messages)
          for (const jobs of batches) if (!(await isStored(jobs))) lost.push(jobs)
          isCut = cutting.done
        }
        for (const jobs of lost) await until('it is stored', () => isStored(jobs))
        stored.push(...idsOf(batches.flat()))
      }
      expect(stored.length).toBeGreaterThan(100)
      await using worker = await openStaging(schema.url())
      expect(await worker.count({})).toBe(stored.length)
      const claimed = await claimJobs(worker, await newLease(worker), { limit: 1_000 })
      expect(idsOf(claimed)).toEqual(stored.toSorted())
      expect(await schema.query(`select seq from "${schema.name}".ready`)).toEqual([])
    })

    test('is waited for, where its call was cut off and made again while the server is still at it', async () => {
      await using schema = temporarySchema()
      await using proxy = await TcpProxy.before(Number(new URL(serverUrl()).port))
      await using store = await openStaging(proxy.through(schema.url()))
      await using other = await openStaging(schema.url())
      const jobs = freshJobs(10)
      const ids = idsOf(jobs)
      await store.enqueue(freshJobs(10))
      await using holder = await holding(schema, `insert into {staged} select '${ids[0]}', 0, '', '', '', '', '', ''`)
      const lost = store.enqueue(jobs).catch(() => 'lost')
      await until('it waits', () => waiting(schema, 1))
      proxy.cut()
      expect(await lost).toBe('lost')
      const again = store.enqueue(jobs)
      await Promise.race([again, until('it waits too', () => waiting(schema, 2))])
      await holder[Symbol.asyncDispose]()
      await again
      await until('nobody waits', () => waiting(schema, 0))
      // As jobs that were run meanwhile, and not kept.
      const these = `where id in (${ids.map((id) => `'${id}'`)})`
      for (const table of ['ready', 'job']) await schema.query(`delete from "${schema.name}".${table} ${these}`)
      expect(await other.count({})).toBe(10)
    })

    test('is taken once, where some of it was stored otherwise meanwhile', async () => {
      await using schema = temporarySchema()
      await using store = await openStaging(schema.url())
      await using other = await openStaging(schema.url())
      const jobs = freshJobs(10)
      await store.enqueue(jobs)
      // As a call that was made again without looking: the reader's own merge is what meets it.
      const { name } = schema
      await schema.query(`insert into "${name}".staged select id || '-', at, ids, handlers, queues, priorities, args, max_attempts
        from "${name}".staged`)
      expect(await other.count({})).toBe(10)
      expect(await staged(schema)).toBe(0)
      expect(idsOf(await claimJobs(other, await newLease(other), { limit: 100 }))).toEqual(idsOf(jobs))
    })

    test('is merged once by many who look at the same time', async () => {
      await using schema = temporarySchema()
      await using first = await openStaging(schema.url(), { ...KEPT, restMs: 0 })
      await using second = await openStaging(schema.url(), { ...KEPT, restMs: 0 })
      let stored = 0
      for (let round = 0; round < 30; round++) {
        const calls = [first, second].flatMap((store) => [
          ...Array.from({ length: 3 }, () => store.enqueue(freshJobs(20))),
          ...Array.from({ length: 3 }, () => store.count({})),
        ])
        await Promise.all(calls)
        stored += 120
      }
      expect(await first.count({})).toBe(stored)
      expect(await schema.query(`select seq from "${schema.name}".ready`)).toHaveLength(stored)
      expect(await staged(schema)).toBe(0)
    })

    test('stays where it cannot be merged, and is merged when it can be', async () => {
      await using schema = temporarySchema()
      await using store = await openStaging(schema.url(), { ...KEPT, restMs: 0 })
      await using worker = await openStaging(schema.url())
      const renamed = (from: string, to: string) => schema.query(`alter table "${schema.name}".${from} rename to ${to}`)
      await renamed('ready', 'away')
      const jobs = freshJobs(20)
      await store.enqueue(jobs)
      const [other] = freshJobs(1, { tags: ['one'] })
      await expect(store.enqueue([other as NewJob])).rejects.toThrow()
      expect(await staged(schema)).toBe(1)
      await renamed('away', 'ready')
      // A merge that was begun before may still be about to fail.
      await until('it is stored', () => store.enqueue([other as NewJob]))
      expect(idsOf(await claimJobs(worker, await newLease(worker), { limit: 100 }))).toEqual(
        idsOf([...jobs, other as NewJob]),
      )
    })

    test('is found or the call fails, where the connection of who looks for it is lost', async () => {
      await using schema = temporarySchema()
      await using store = await openStaging(schema.url())
      await using reader = await openStaging(schema.url())
      const jobs = freshJobs(10)
      await store.enqueue(jobs)
      await using holder = await holding(schema, lockOf(jobs))
      const found = reader.details(idsOf(jobs)).catch((error: unknown) => error)
      const [pid] = await until('it waits', () => waiting(schema, 1))
      await schema.query(`select pg_terminate_backend(${pid})`)
      expect(await found).toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
      await holder[Symbol.asyncDispose]()
      expect(await reader.details(idsOf(jobs))).toHaveLength(10)
    })

    test('is locked in one order by all who merge it, whatever the order of the rows', async () => {
      await using schema = temporarySchema()
      // Behind a pooler nothing keeps the server from reading the rows as they lie.
      await using store = await openStaging(schema.url('prepare=false'))
      await using reader = await openStaging(schema.url('prepare=false'))
      const [first, second] = [freshJobs(10), freshJobs(10)]
      await store.enqueue(second)
      await store.enqueue(first)
      await using holder = await holding(schema, lockOf(first))
      const counted = reader.count({})
      await until('the reader waits', () => waiting(schema, 1))
      const stored = store.enqueue(freshJobs(1, { tags: ['one'] }))
      await until('the one that stored them waits', () => waiting(schema, 2))
      await holder[Symbol.asyncDispose]()
      expect((await Promise.allSettled([counted, stored])).map(({ status }) => status)).toEqual([
        'fulfilled',
        'fulfilled',
      ])
      expect(await reader.count({})).toBe(21)
    })

    test('is nothing for a user who has no right to it: what it stores is stored as ever', async () => {
      await using schema = temporarySchema()
      await using owner = await openStaging(schema.url())
      const [role, { name }] = [`role_${schema.name}`, schema]
      await schema.query(`create role "${role}" login; grant usage on schema "${name}" to "${role}";
        grant select, insert, update, delete on all tables in schema "${name}" to "${role}";
        grant usage on all sequences in schema "${name}" to "${role}"; revoke all on "${name}".staged from "${role}"`)
      try {
        const url = new URL(schema.url())
        url.username = role
        await using store = await openStaging(url.href)
        const jobs = freshJobs(20)
        expect(await store.enqueue(jobs)).toHaveLength(20)
        expect(await store.enqueue(freshJobs(20))).toHaveLength(20)
        expect(await store.count({})).toBe(40)
        expect(await store.orphans(10)).toEqual([])
        await owner.enqueue(freshJobs(10))
        expect(await owner.count({})).toBe(50)
      } finally {
        await schema.query(`drop owned by "${role}"; drop role "${role}"`)
      }
    })

    test('costs no connection where nothing can be written, as on a standby', async () => {
      await using schema = temporarySchema()
      await using store = await openStaging(schema.url())
      await using reader = await openStaging(schema.url('connections=1', 'options=-c default_transaction_read_only=on'))
      const pid = () => reader.database.pool.use(async (session) => session.pid)
      const before = await pid()
      await store.enqueue(freshJobs(10))
      expect(await reader.count({})).toBe(0)
      expect(await pid()).toBe(before)
      expect(await store.count({})).toBe(10)
      expect(await reader.count({})).toBe(10)
    })
  })
})
