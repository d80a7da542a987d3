import assert from 'node:assert/strict'
import type { JobFilter } from '../../core/filter.ts'
import { newId } from '../../core/id.ts'
import type { JobStatus } from '../../core/job.ts'
import type { Cases } from './fixture.ts'
import {
  claimJobs,
  completed,
  detail,
  finishedJob,
  ids,
  jobId,
  listAll,
  newJob,
  newJobs,
  newLease,
  runningJob,
} from './jobs.ts'

export const queries: Cases = {
  async 'an unknown id is undefined'({ store }) {
    for (const id of [jobId(1), '', 'x', "'"]) assert.equal(await store.get(id), undefined)
  },

  async 'a job has the documented fields, in their order'(fixture) {
    const { store } = fixture
    const fields =
      'id,class,method,args,status,reason,priority,queue,attempt,maxAttempts,runAt,createdAt,startedAt,finishedAt,progress,result,error,tags'
    const id = await finishedJob(fixture, 'failed')
    assert.equal(Object.keys(await detail(store, id)).join(), `${fields},attempts`)
    const [listed] = (await store.list({ limit: 1 })).jobs
    assert.equal(Object.keys(listed ?? {}).join(), fields)
  },

  async 'a sealed argument is shown to nobody but the worker'({ store }) {
    const args = '["{\\"$secret\\":1}",{"deep":[{"$secret":"v1.a.b.c"}]}]'
    const job = newJob({ args })
    await store.enqueue([job])
    const shown = ['{"$secret":1}', { deep: ['[secret]'] }]
    assert.deepEqual((await detail(store, job.id)).args, shown)
    assert.deepEqual((await store.list({ limit: 1 })).jobs[0]?.args, shown)
    const [claimed] = await claimJobs(store, await newLease(store))
    assert.equal(claimed?.args, args)
  },

  async 'a listed job says what the job itself says'(fixture) {
    const { store } = fixture
    for (const status of ['completed', 'failed', 'cancelled'] as const) await finishedJob(fixture, status)
    await runningJob(fixture, { tags: ['a'] })
    await store.enqueue([newJob({ due: { inMs: 1_000 } }), newJob({ queue: 'q' })])
    const { jobs } = await store.list({ limit: 100 })
    assert.equal(jobs.length, 6)
    for (const job of jobs) {
      const { attempts, ...itself } = await detail(store, job.id)
      assert.deepEqual(job, itself)
    }
  },

  async 'several jobs are told as each of them is, in the order of the ids that are asked for'(fixture) {
    const { store } = fixture
    const failed = await finishedJob(fixture, 'failed')
    const { job: running } = await runningJob(fixture)
    const completed = await finishedJob(fixture, 'completed')
    const told = await store.details([completed, jobId(1), failed, running.id, 'x'])
    assert.deepEqual(told, [
      await detail(store, completed),
      await detail(store, failed),
      await detail(store, running.id),
    ])
    assert.equal(told[2]?.attempts.length, 1)
    assert.deepEqual(await store.details([]), [])
  },

  async 'jobs are listed newest first'({ store, clock }) {
    const batch = newJobs(10)
    for (const job of batch) {
      await store.enqueue([job])
      clock.advance(1)
    }
    assert.deepEqual(ids((await store.list({ limit: 100 })).jobs), ids(batch).toReversed())
    assert.deepEqual(ids((await store.list({ limit: 3 })).jobs), ids(batch).toReversed().slice(0, 3))
  },

  async 'pages of any size show every job once'({ store }) {
    const batch = newJobs(23)
    await store.enqueue(batch)
    for (const size of [1, 5, 22, 23, 24, 1_000]) {
      assert.deepEqual(await listAll(store, {}, size), ids(batch).toReversed(), `pages of ${size}`)
      const first = await store.find({ limit: size })
      assert.deepEqual(first.ids, ids(batch).toReversed().slice(0, size))
      assert.equal(first.cursor, (await store.list({ limit: size })).cursor)
    }
    assert.deepEqual(await store.list({ limit: 10, class: 'Nobody' }), { jobs: [], cursor: undefined })
  },

  async 'pages neither skip nor repeat a job while jobs come, run and go'({ store, clock }) {
    const lease = await newLease(store)
    const batch = newJobs(60)
    await store.enqueue(batch)
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await store.list({ limit: 7, ...(cursor === undefined ? {} : { cursor }) })
      seen.push(...ids(page.jobs))
      cursor = page.cursor
      clock.advance(1)
      await store.enqueue(newJobs(3))
      const jobs = await claimJobs(store, lease, { limit: 5 })
      await store.settle(jobs.map((job) => completed({ lease, job }, clock.now())))
      const [shown] = page.jobs
      if (shown !== undefined) await store.delete([shown.id])
    } while (cursor !== undefined)
    assert.deepEqual(seen, ids(batch).toReversed())
  },

  async 'lists and counts are filtered by status, class, method, queue, tag and ids'(fixture) {
    const { store, clock } = fixture
    const made: { id: string; status: JobStatus; class: string; method: string; queue: string; tag: string }[] = []
    const statuses: JobStatus[] = ['completed', 'failed', 'cancelled', 'running', 'pending', 'pending']
    for (const [index, status] of statuses.entries()) {
      for (const [klass, method, queue, tag] of [
        ['A', 'run', 'q1', 'red'],
        ['A', 'walk', 'q2', 'redder'],
        ['B', 'run', 'q1', 'blue'],
      ] as const) {
        const job = newJob({ class: klass, method, queue, tags: [tag, 'common'] })
        if (status === 'pending') {
          await store.enqueue([{ ...job, due: { inMs: index * 1_000 } }])
          made.push({ id: job.id, status, class: klass, method, queue, tag })
        } else {
          const id =
            status === 'running' ? (await runningJob(fixture, job)).job.id : await finishedJob(fixture, status, job)
          made.push({ id, status, class: klass, method, queue, tag })
        }
      }
    }
    clock.advance(1)
    const filters: [JobFilter, (job: (typeof made)[number]) => boolean][] = [
      [{}, () => true],
      ...(['pending', 'running', 'completed', 'failed', 'cancelled'] as const).map(
        (status): [JobFilter, (job: { status: string }) => boolean] => [{ status }, (job) => job.status === status],
      ),
      [{ status: ['pending', 'failed'] }, (job) => job.status === 'pending' || job.status === 'failed'],
      [{ status: [] }, () => false],
      [{ class: 'A' }, (job) => job.class === 'A'],
      [{ class: 'a' }, () => false],
      [{ method: 'run' }, (job) => job.method === 'run'],
      [{ queue: 'q1' }, (job) => job.queue === 'q1'],
      [{ queue: 'q%' }, () => false],
      [{ tag: 'red' }, (job) => job.tag === 'red'],
      [{ tag: 'RED' }, () => false],
      [{ tag: 'common' }, () => true],
      [{ tag: '%' }, () => false],
      [
        { class: 'A', method: 'run', status: 'failed' },
        (j) => j.class === 'A' && j.method === 'run' && j.status === 'failed',
      ],
      [{ queue: 'q1', tag: 'blue', status: ['running', 'pending'] }, (j) => j.tag === 'blue' && /ing$/.test(j.status)],
      [{ ids: made.slice(3, 6).map(({ id }) => id) }, (job) => made.indexOf(job) >= 3 && made.indexOf(job) < 6],
      [{ ids: [] }, () => false],
      [{ ids: [jobId(1), made[0]?.id ?? ''], status: 'completed' }, (job) => job === made[0]],
    ]
    for (const [filter, matches] of filters) {
      const expected = ids(made.filter(matches)).toSorted()
      assert.deepEqual((await listAll(store, filter, 4)).toSorted(), expected, JSON.stringify(filter))
      assert.equal(await store.count(filter), expected.length, JSON.stringify(filter))
    }
  },

  async 'ids are found by how they begin'({ store }) {
    const batch = [0x10, 0x11, 0x12, 0x20].map((number) => newJob({ id: jobId(number) }))
    await store.enqueue(batch)
    const prefix = jobId(0x10).slice(0, -1)
    assert.deepEqual((await store.idsByPrefix(prefix, 10)).toSorted(), ids(batch.slice(0, 3)))
    assert.equal((await store.idsByPrefix(prefix, 2)).length, 2)
    assert.deepEqual(await store.idsByPrefix(jobId(0x20), 10), [jobId(0x20)])
    assert.equal((await store.idsByPrefix('', 10)).length, 4)
    for (const none of ['ffff', '%', '_', "'", `${jobId(0x20)}0`]) {
      assert.deepEqual(await store.idsByPrefix(none, 10), [], none)
    }
  },

  async 'what came to each queue since a moment is told'({ store }) {
    // By the ids, which are made by the clock of whoever enqueues.
    const come = async (count: number, queue: string) =>
      await store.enqueue(Array.from({ length: count }, () => newJob({ id: newId(), queue })))
    const since = Date.now() - 60_000
    assert.deepEqual(await store.arrivals(since), { since, queues: [] })
    await store.enqueue(newJobs(2, { queue: 'long ago' }))
    await come(3, 'mail')
    await come(1, 'news')
    const few = await store.arrivals(since)
    assert.equal(few.since, since)
    assert.deepEqual(
      few.queues.toSorted((a, b) => b.count - a.count),
      [
        { queue: 'mail', count: 3 },
        { queue: 'news', count: 1 },
      ],
    )
    assert.deepEqual((await store.arrivals(Date.now() + 60_000)).queues, [])
    await come(2_500, 'flood')
    const flood = await store.arrivals(since)
    assert.deepEqual(flood.queues, [{ queue: 'flood', count: 2_000 }])
    assert.ok(flood.since > since)
  },

  async 'queues are counted by what is ready, what waits for its time, and what runs'({ store, clock }) {
    await store.enqueue([
      ...newJobs(4, { queue: 'mixed' }),
      ...newJobs(2, { queue: 'mixed', due: { inMs: 1_000 } }),
      ...newJobs(1, { queue: 'mixed', due: { inMs: 5_000 } }),
      ...newJobs(1, { queue: 'other' }),
    ])
    await store.setPaused('other', true, 'the provider is down')
    await store.setPaused('unused', true)
    const lease = await newLease(store)
    const [done] = await claimJobs(store, lease, { limit: 2 })
    assert.ok(done)
    await store.settle([completed({ lease, job: done }, clock.now())])
    const since = new Date(clock.now())
    const queues = async () => (await store.queues()).toSorted((a, b) => (a.name < b.name ? -1 : 1))
    const none = {
      paused: false,
      pauseReason: null,
      ready: 0,
      delayed: 0,
      running: 0,
      more: false,
      oldestReadyAt: null,
    }
    assert.deepEqual(await queues(), [
      { ...none, name: 'mixed', ready: 2, delayed: 3, running: 1, oldestReadyAt: since },
      { ...none, name: 'other', paused: true, pauseReason: 'the provider is down', ready: 1, oldestReadyAt: since },
      { ...none, name: 'unused', paused: true },
    ])
    clock.advance(1_000)
    assert.deepEqual((await queues())[0], {
      ...none,
      name: 'mixed',
      ready: 4,
      delayed: 1,
      running: 1,
      oldestReadyAt: since,
    })
    // A reason is of one pause.
    await store.setPaused('other', false)
    await store.setPaused('other', true)
    assert.equal((await queues())[1]?.pauseReason, null)
  },

  async 'each queue is counted as far as is asked, whatever waits in the others'({ store, clock }) {
    const many = { queue: 'many', due: { inMs: 1_000 } }
    await store.enqueue([...newJobs(12, many), ...newJobs(3, { queue: 'few', due: { inMs: 2_000 } })])
    const counted = async () => {
      const queues = (await store.queues(10)).toSorted((a, b) => (a.name < b.name ? -1 : 1))
      return queues.map(({ name, ready, delayed, more, oldestReadyAt }) => [name, ready, delayed, more, oldestReadyAt])
    }
    const first = clock.now() + 1_000
    assert.deepEqual(await counted(), [
      ['few', 0, 3, false, null],
      ['many', 0, 10, true, null],
    ])
    // Nobody has looked for what is due since: it stands where it stood.
    clock.advance(5_000)
    assert.deepEqual(await counted(), [
      ['few', 3, 0, false, new Date(first + 1_000)],
      ['many', 10, 0, true, new Date(first)],
    ])
  },

  async 'what one connection wrote every other reads'({ store, another }) {
    const other = await another()
    const job = newJob()
    await store.enqueue([job])
    assert.equal((await detail(other, job.id)).status, 'pending')
    await other.cancel([job.id])
    assert.equal((await detail(store, job.id)).status, 'cancelled')
  },
}
