import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JobFilter } from '../../../src/core/filter.ts'
import { createSqliteStore } from '../../../src/stores/sqlite/store.ts'
import { ids, newJob, newJobs } from '../../../src/testing/store-suite/jobs.ts'
import { temporaryFolder } from './temporary.ts'

/** Past the numbers at which the search goes another way: the suite that all stores pass stays below them. */
const DELAYED = 41_000
const READY = 101_000

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let store: ReturnType<typeof createSqliteStore>
const rare = { delayed: '', ready: '' }

beforeAll(async () => {
  folder = await temporaryFolder()
  store = createSqliteStore({ path: folder.file('jobs.db') })
  await store.migrate()
  const add = async (count: number, differs: Parameters<typeof newJobs>[1]) => {
    for (let left = count; left > 0; left -= 5_000) await store.enqueue(newJobs(Math.min(left, 5_000), differs))
  }
  const due = { inMs: 3_600_000 }
  await add(100, { due })
  const delayed = newJob({ class: 'Rare', due, args: '[{"n":7}]', queue: 'other' })
  const ready = newJob({ class: 'Rare', args: '[{"n":7}]', queue: 'other', priority: 9 })
  rare.delayed = delayed.id
  rare.ready = ready.id
  await store.enqueue([delayed, ready])
  await add(DELAYED - 100, { due })
  await add(READY, {})
})
afterAll(async () => {
  await store?.close()
  await folder?.[Symbol.asyncDispose]()
})

test.each<[JobFilter, ('delayed' | 'ready')[]]>([
  [{ class: 'Rare' }, ['ready', 'delayed']],
  [{ class: 'Rare', status: 'pending' }, ['ready', 'delayed']],
  [{ queue: 'other', status: 'pending' }, ['ready', 'delayed']],
  [{ priority: 9, status: 'pending' }, ['ready']],
  [{ args: [{ path: 'n', value: '7' }], status: ['pending', 'running'] }, ['ready', 'delayed']],
  [{ class: 'Rare', status: 'running' }, []],
])('what is rare among very many is found and counted: %j', async (filter, expected) => {
  const found = expected.map((which) => rare[which])
  expect((await store.find({ ...filter, limit: 10 })).ids).toEqual(found)
  expect(await store.count(filter)).toBe(found.length)
  const first = await store.find({ ...filter, limit: 1 })
  expect(first.ids).toEqual(found.slice(0, 1))
  if (first.cursor !== undefined) {
    expect((await store.find({ ...filter, limit: 10, cursor: first.cursor })).ids).toEqual(found.slice(1))
  }
})

test('pages of very many that wait are the newest first, without a gap', async () => {
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const page = await store.find({ status: 'pending', limit: 40_000, cursor })
    seen.push(...page.ids)
    cursor = page.cursor
  } while (cursor !== undefined)
  expect(seen).toHaveLength(DELAYED + READY + 2)
  expect(seen).toEqual(seen.toSorted().toReversed())
})

test('pending jobs behind very many that have ended are found too', async () => {
  const old = (await store.find({ status: 'pending', limit: 3 })).ids
  end('failed', 60_000)
  expect(ids((await store.list({ status: 'pending', limit: 3 })).jobs)).toEqual(old)
  expect((await store.find({ status: 'pending', class: 'Rare', limit: 3 })).ids).toEqual([rare.ready, rare.delayed])
})

test('queues are counted so far, and say when there are more', async () => {
  const [first, other] = await store.queues()
  expect(first).toMatchObject({ name: 'default', ready: 10_000, delayed: 10_000, more: true })
  expect(other).toMatchObject({ name: 'other', ready: 1, delayed: 1, more: false })
  expect((await store.queues(200_000))[0]).toMatchObject({ ready: READY, delayed: DELAYED, more: false })
})

test('the oldest of very many that wait is told, whatever its priority', async () => {
  const [job] = newJobs(1, { priority: -5, due: { at: 1_000 } })
  await store.enqueue(job === undefined ? [] : [job])
  expect((await store.queues())[0]?.oldestReadyAt).toEqual(new Date(1_000))
})

test('causes with more failures than are counted keep their trend', async () => {
  end('failed', 30_000)
  const [cause] = await store.causes({ since: 1_000_000, until: 1_010_000, slices: 10, limit: 5 })
  expect(cause).toMatchObject({ attempts: 10_000, jobs: 10_000, trend: Array.from({ length: 10 }, () => 2_000) })
})

let ended = 0

/** Adds jobs that have ended, as far as the tables say: at ten moments, of one cause. */
function end(status: string, count: number): void {
  ended += 1
  store.database.raw.exec(`insert into offstage_job (id, handler, queue, priority, args, max_attempts, created_at, run_at)
    with recursive n (i) as (select 1 union all select i + 1 from n where i < ${count})
    select printf('0193a5c0-7e00-7000-900${ended}-%012x', i), 1, 1, 0, '[]', 1, 1, 1 from n`)
  store.database.raw.exec(`insert into offstage_attempt
      (seq, n, outcome, status, spared, started_at, finished_at, fingerprint)
    select seq, 1, '${status}', '${status}', 0, 1, 1000000 + seq % 10 * 1000, 'abcd0000'
    from offstage_job where id >= '0193a5c0-7e00-7000-900${ended}'`)
}
