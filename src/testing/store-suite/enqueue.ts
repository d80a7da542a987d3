import assert from 'node:assert/strict'
import type { NewJob } from '../../store/store.ts'
import type { Cases } from './fixture.ts'
import { claimJobs, claimOne, detail, ids, jobId, newJob, newJobs, newLease } from './jobs.ts'

export const enqueue: Cases = {
  async 'a stored job reads back as it was given'({ store, clock }) {
    const job = newJob({
      class: 'ReportJob',
      method: 'build',
      args: '[1,"two",null,{"b":1,"a":[true]}]',
      queue: 'reports',
      priority: 7,
      maxAttempts: 6,
      tags: ['z', 'a'],
    })
    assert.deepEqual(await store.enqueue([job]), [{ id: job.id, status: 'created' }])
    const now = new Date(clock.now())
    assert.deepEqual(await store.get(job.id), {
      id: job.id,
      class: 'ReportJob',
      method: 'build',
      args: [1, 'two', null, { b: 1, a: [true] }],
      status: 'pending',
      reason: null,
      priority: 7,
      queue: 'reports',
      attempt: 0,
      maxAttempts: 6,
      runAt: now,
      createdAt: now,
      startedAt: null,
      finishedAt: null,
      progress: null,
      result: null,
      error: null,
      tags: ['z', 'a'],
      attempts: [],
    })
  },

  async 'a claimed job carries what was stored, to the letter'({ store, clock }) {
    const policy = '{"backoff":{"type":"fixed","delay":"5s"}}'
    const job = newJob({ args: '[{"b":1,"a":2,"10":3,"9":4}]', priority: -3, queue: 'slow', policy })
    await store.enqueue([job])
    const { key, ...claimed } = await claimOne(store, await newLease(store), { claim: 7 })
    assert.ok(typeof key === 'number' || typeof key === 'string')
    assert.deepEqual(claimed, {
      id: job.id,
      class: job.class,
      method: job.method,
      args: job.args,
      queue: 'slow',
      priority: -3,
      attempt: 1,
      claim: 7,
      maxAttempts: 4,
      crashes: 0,
      spared: 0,
      policy,
      expired: false,
      createdAt: clock.now(),
      runAt: clock.now(),
    })
  },

  async 'an empty batch stores nothing'({ store }) {
    assert.deepEqual(await store.enqueue([]), [])
    assert.equal(await store.count({}), 0)
  },

  async 'the answers are in the order of the batch, whatever its jobs differ in'({ store }) {
    const batch = Array.from({ length: 60 }, (_, index) =>
      newJob({
        id: jobId((index * 37) % 60),
        method: index % 2 === 0 ? 'process' : 'other',
        queue: `q${index % 3}`,
        priority: index % 5,
        due: index % 7 === 0 ? { inMs: 1_000 } : { inMs: 0 },
      }),
    )
    const answers = await store.enqueue(batch)
    assert.deepEqual(
      answers,
      batch.map(({ id }) => ({ id, status: 'created' })),
    )
    assert.equal(await store.count({}), 60)
  },

  async 'an id that is stored already is a duplicate, and the stored job stands'({ store }) {
    const job = newJob({ args: '["first"]' })
    await store.enqueue([job])
    const again = { ...job, args: '["second"]', priority: 10, queue: 'elsewhere' }
    assert.deepEqual(await store.enqueue([again]), [{ id: job.id, status: 'duplicate' }])
    const stored = await detail(store, job.id)
    assert.deepEqual([stored.args, stored.priority, stored.queue], [['first'], 0, 'default'])
    const claimed = await claimJobs(store, await newLease(store))
    assert.deepEqual(ids(claimed), [job.id])
  },

  async 'duplicates among many are told apart from what is new'({ store }) {
    const batch = newJobs(30)
    const known = batch.filter((_, index) => index % 3 === 0)
    await store.enqueue(known)
    const answers = await store.enqueue(batch)
    assert.deepEqual(
      answers.map(({ status }) => status),
      batch.map((_, index) => (index % 3 === 0 ? 'duplicate' : 'created')),
    )
    assert.equal(await store.count({}), 30)
  },

  async 'fresh jobs that are given again, since their answer was lost, are stored once'({ store }) {
    for (const count of [1, 30, 2_500]) {
      const batch = newJobs(count).map((job) => ({ ...job, fresh: true }))
      const more = newJobs(2).map((job) => ({ ...job, fresh: true }))
      const statuses = async (jobs: typeof batch) => new Set((await store.enqueue(jobs)).map(({ status }) => status))
      assert.deepEqual(await statuses(batch), new Set(['created']))
      assert.deepEqual(await statuses(batch), new Set(['duplicate']))
      const answers = await store.enqueue([...more, ...batch])
      assert.deepEqual(
        answers.filter(({ status }) => status === 'created').map(({ id }) => id),
        more.map(({ id }) => id),
      )
    }
    assert.equal(await store.count({}), 1 + 30 + 2_500 + 3 * 2)
  },

  async 'fresh jobs are stored as others are, whatever they say'({ store, clock }) {
    const kinds: Partial<NewJob>[] = [
      {},
      { priority: -4, queue: 'mail', maxAttempts: 1, args: '[1]' },
      { due: { inMs: 500 } },
      { due: { at: clock.now() - 500 } },
      { expiresInMs: 900 },
      { policy: '{"timeoutMs":5}' },
      { tags: ['a'] },
    ]
    const others = kinds.map((kind) => newJob(kind))
    const fresh = kinds.map((kind) => newJob({ ...kind, fresh: true }))
    await store.enqueue(others)
    await store.enqueue(fresh)
    const alone = kinds.map((kind) => newJob({ ...kind, fresh: true }))
    for (const job of alone) await store.enqueue([job])
    const stored = async (jobs: readonly NewJob[]) =>
      await Promise.all(jobs.map(async ({ id }) => ({ ...(await detail(store, id)), id: '' })))
    assert.deepEqual(await stored(fresh), await stored(others))
    assert.deepEqual(await stored(alone), await stored(others))
    clock.advance(1_000)
    const claimed = await claimJobs(store, await newLease(store))
    const told = (jobs: readonly NewJob[]) =>
      jobs.map((job) => {
        const { policy, expired, runAt, createdAt } = claimed.find(({ id }) => id === job.id) ?? {}
        return { policy, expired, runAt, createdAt }
      })
    assert.deepEqual(told(fresh), told(others))
    assert.deepEqual(told(alone), told(others))
    assert.deepEqual(
      told(others).map(({ expired }) => expired),
      kinds.map(({ expiresInMs }) => expiresInMs !== undefined),
    )
  },

  async 'of one id twice in a small batch the first is stored'({ store }) {
    const job = newJob({ args: '["first"]' })
    const answers = await store.enqueue([job, { ...job, args: '["second"]' }])
    assert.deepEqual(
      answers.map(({ status }) => status),
      ['created', 'duplicate'],
    )
    assert.deepEqual((await detail(store, job.id)).args, ['first'])
    assert.equal((await claimJobs(store, await newLease(store))).length, 1)
  },

  async 'of one id twice in a large batch the first is stored, whatever the two differ in'({ store }) {
    const [head, ...rest] = newJobs(20)
    assert.ok(head)
    const first = newJob({ args: '["first"]', priority: 5 })
    const second = { ...first, args: '["second"]', priority: 0 }
    const answers = await store.enqueue([head, first, ...rest, second])
    assert.deepEqual(
      answers.map(({ status }) => status),
      [...Array.from({ length: 21 }, () => 'created'), 'duplicate'],
    )
    const stored = await detail(store, first.id)
    assert.deepEqual([stored.args, stored.priority], [['first'], 5])
    assert.equal((await claimJobs(store, await newLease(store))).length, 21)
  },

  async 'a finished job is still a duplicate of itself'(fixture) {
    const { store } = fixture
    const job = newJob()
    await store.enqueue([job])
    await store.cancel([job.id])
    assert.deepEqual(await store.enqueue([job]), [{ id: job.id, status: 'duplicate' }])
    assert.equal((await detail(store, job.id)).status, 'cancelled')
  },

  async '10,000 jobs are stored by one call and run in order'({ store }) {
    const batch = Array.from({ length: 10_000 }, (_, index) => newJob({ args: `[${index}]` }))
    const answers = await store.enqueue(batch)
    assert.deepEqual(ids(answers), ids(batch))
    assert.ok(answers.every(({ status }) => status === 'created'))
    const claimed = await claimJobs(store, await newLease(store), { limit: 20_000 })
    assert.deepEqual(ids(claimed), ids(batch))
    assert.deepEqual(
      claimed.map(({ args }) => args),
      batch.map(({ args }) => args),
    )
  },

  async 'arguments of any text survive, alone and in a batch'({ store }) {
    const texts = [
      'NUL \u0000 inside',
      '\u0001\u001f\u007f\u0085\u2028\u2029',
      'ĐžÝ – 日本語 – 🧨👩‍👩‍👧',
      'lone \ud800 surrogate',
      `quotes ' " \` \\ and ?1 :a @b $c %s %%`,
      `'); drop table offstage_job; --`,
      '',
      '[]',
      '\u{10ffff}',
    ]
    const batch = texts.map((text) => newJob({ args: JSON.stringify([text, { [text]: text }]) }))
    await store.enqueue(batch)
    const alone = texts.map((text) => newJob({ args: JSON.stringify([text]) }))
    for (const job of alone) await store.enqueue([job])
    const claimed = await claimJobs(store, await newLease(store))
    assert.deepEqual(
      claimed.map(({ args }) => args),
      [...batch, ...alone].map(({ args }) => args),
    )
    for (const [index, job] of alone.entries()) {
      assert.deepEqual((await detail(store, job.id)).args, [texts[index]])
    }
  },

  async 'arguments of a megabyte survive'({ store }) {
    const job = newJob({ args: JSON.stringify(['é'.repeat(512 * 1_024)]) })
    await store.enqueue([job, ...newJobs(10)])
    const claimed = await claimOne(store, await newLease(store))
    assert.ok(claimed.args === job.args)
  },

  async 'no arguments are an empty list'({ store }) {
    const job = newJob({ args: '[]' })
    await store.enqueue([job])
    assert.deepEqual((await detail(store, job.id)).args, [])
  },

  async 'names are stored as they are, whatever they look like'({ store }) {
    const names = ["O'Brien", '"; drop table x', 'a.b', 'naïve – 名前', '%', '_', ' ']
    const batch = names.flatMap((name) => [newJob({ class: name, method: name, queue: name })])
    await store.enqueue(batch)
    const claimed = await claimJobs(store, await newLease(store))
    assert.deepEqual(
      claimed.map((job) => [job.class, job.method, job.queue]),
      names.map((name) => [name, name, name]),
    )
    for (const name of names) assert.equal(await store.count({ class: name, method: name, queue: name }), 1, name)
  },

  async 'a delay counts from the moment of the write, on the clock of the database'({ store, clock }) {
    clock.advance(12_345)
    const job = newJob({ due: { inMs: 10_000 } })
    await store.enqueue([job])
    const stored = await detail(store, job.id)
    assert.equal(stored.createdAt.getTime(), clock.now())
    assert.equal(stored.runAt.getTime(), clock.now() + 10_000)
  },

  async 'a moment in the future is kept to the millisecond'({ store, clock }) {
    const at = clock.now() + 86_400_001
    const job = newJob({ due: { at } })
    await store.enqueue([job])
    assert.equal((await detail(store, job.id)).runAt.getTime(), at)
    assert.deepEqual(await claimJobs(store, await newLease(store)), [])
  },

  async 'a moment in the past is due at once, and before what came due later'({ store, clock }) {
    const recent = newJob()
    const past = newJob({ due: { at: clock.now() - 5_000 } })
    await store.enqueue([recent, past])
    assert.equal((await detail(store, past.id)).runAt.getTime(), clock.now() - 5_000)
    assert.deepEqual(ids(await claimJobs(store, await newLease(store))), [past.id, recent.id])
  },

  async 'tags keep their order and their spelling'({ store }) {
    const tags = ['b', 'a', 'Ünï 🧨', "it's", '%', '"quoted"', 'a,b']
    const job = newJob({ tags })
    await store.enqueue([job, newJob({ tags: [] }), newJob()])
    assert.deepEqual((await detail(store, job.id)).tags, tags)
    for (const tag of tags) assert.equal(await store.count({ tag }), 1, tag)
  },
}
