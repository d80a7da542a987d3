import { expect, test } from 'vitest'
import type { JobFilter } from '../../../src/core/filter.ts'
import type { Statement } from '../../../src/stores/sql/database.ts'
import { createSqliteStore } from '../../../src/stores/sqlite/store.ts'
import { claimJobs, completed, failed, newJobs, newLease } from '../../../src/testing/store-suite/jobs.ts'
import { keyedStatements } from '../sql/keyed.ts'
import { temporaryFolder } from './temporary.ts'

const NOW = Date.now()
const FILTERS: JobFilter[] = [
  {},
  { status: 'pending' },
  { status: ['pending', 'running'] },
  { status: 'failed' },
  { status: ['failed', 'completed'] },
  { status: ['failed', 'pending'] },
  { class: 'SampleJob' },
  { class: 'SampleJob', status: 'failed' },
  { class: 'SampleJob', status: 'pending' },
  { queue: 'default', status: 'pending' },
  { queue: 'default', status: 'completed' },
  { priority: 0, status: 'pending' },
  { tag: 'x' },
  { tag: 'x', status: 'completed' },
  { error: 'abcd' },
  { error: 'abcd', status: 'failed' },
  { worker: 'planner' },
  { worker: 'planner', status: 'failed' },
  { args: [{ path: 'a', value: '1' }], status: 'completed' },
  { since: NOW - 1_000_000 },
  { since: NOW - 1_000_000, until: NOW, status: 'failed' },
  { idPrefix: '01' },
  { idPrefix: '01', status: 'failed' },
]

test('no question reads all attempts or all jobs, whether the planner has statistics or not', async () => {
  await using folder = await temporaryFolder()
  const store = createSqliteStore({ path: folder.file('jobs.db') })
  await store.migrate()
  const { database } = store
  const lease = await newLease(store, { id: 'planner' })
  await store.enqueue(newJobs(5_000))
  const jobs = await claimJobs(store, lease, { limit: 4_000 })
  const end = (index: number) => (index % 20 === 0 ? failed : completed)
  await store.settle(
    jobs.map((job, index) => ({
      ...end(index)({ lease, job }, NOW),
      ...(index % 20 === 0 && { fingerprint: 'abcd1234' }),
    })),
  )

  const asked = new Map<string, Statement>()
  const all = database.all.bind(database)
  database.all = async <Row>(statement: Statement) => {
    asked.set(statement.text, statement)
    return await all<Row>(statement)
  }
  const guarded = database.guard.all
  database.guard.all = async <Row>(statement: Statement, ms: number) => {
    asked.set(statement.text, statement)
    return await guarded<Row>(statement, ms)
  }
  for (const filter of FILTERS) {
    const { cursor } = await store.list({ ...filter, limit: 20, withinMs: 1_000 })
    await store.list({ ...filter, limit: 20, withinMs: 1_000, cursor })
    await store.countByStatus(filter, { upTo: 100, withinMs: 1_000 })
    await store.count(filter)
  }
  await store.queues()
  await store.arrivals(NOW - 300_000)
  await store.releases()
  await store.causes({ since: NOW - 1_000_000, slices: 3, limit: 5 })
  await store.metrics({ since: 0 })
  await store.stats({ windowMs: 3_600_000, sample: 100, countTo: 1_000 })
  expect(asked.size).toBeGreaterThan(FILTERS.length)

  for (const statistics of [false, true]) {
    if (statistics) database.raw.exec('analyze')
    for (const { text, values } of asked.values()) {
      const plan = await all<{ detail: string }>({ text: `explain query plan ${text}`, values })
      const details = plan.map(({ detail }) => detail)
      // j: by its key, from the newest on or counted; a and x: attempts. By the job alone an attempt has to be a search
      // in its key, and not in the index that leads by the status to all of them.
      const wrong = details.filter((detail) => {
        if (/^SCAN j\b/.test(detail)) return !/order by j\.seq desc|select 1 as found/.test(text)
        return /^SCAN (offstage_(attempt|job)|x)\b|^SEARCH x .*(finished|cause)/.test(detail)
      })
      expect(wrong, `${statistics ? 'with' : 'without'} statistics: ${text}\n${details.join('\n')}`).toEqual([])
      if (/order by a\.finished_at|order by j\.seq desc/.test(text) && !/parts|newest|cause\.value/.test(text)) {
        expect(
          details.filter((detail) => /TEMP B-TREE/.test(detail)),
          text,
        ).toEqual([])
      }
    }
  }
  await store.close()
})

test('rows that are named by their keys are looked up by them', async () => {
  const store = createSqliteStore({ path: ':memory:' })
  await store.migrate()
  const { database } = store
  for (const count of [1, 200]) {
    for (const { text, values } of keyedStatements(database.byKey, count)) {
      const plan = await database.all<{ detail: string }>({ text: `explain query plan ${text}`, values })
      expect(plan[0]?.detail, text).toMatch(/^SEARCH t USING .*(PRIMARY KEY|INDEX)/)
    }
  }
  await store.close()
})
