import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { JobFilter } from '../../../src/core/filter.ts'
import { createSqliteStore } from '../../../src/stores/sqlite/store.ts'
import { newJob, newJobs } from '../../../src/testing/store-suite/jobs.ts'
import { temporaryFolder } from './temporary.ts'

const CHEAP = 11_000
const DEAR = 12_000
const DEAR_MS = 1

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let store: ReturnType<typeof createSqliteStore>
let oldest: string
let costsMs = 0
let dearRows = 0

beforeAll(async () => {
  folder = await temporaryFolder()
  store = createSqliteStore({ path: folder.file('jobs.db') })
  await store.migrate()
  const first = newJob({ args: '[{"dear":7}]' })
  oldest = first.id
  await store.enqueue([first, ...newJobs(DEAR, { args: '[{"dear":1}]' })])
  await store.enqueue(newJobs(CHEAP, { args: '[{"n":1}]' }))
  // What reading a megabyte of arguments from a slow disk does, for a few bytes.
  store.database.raw.function('instr', (text, part) => {
    if (String(text).includes('dear')) {
      dearRows += 1
      const until = performance.now() + costsMs
      while (performance.now() < until);
    }
    return String(text).indexOf(String(part)) + 1
  })
})
afterAll(async () => {
  await store?.close()
  await folder?.[Symbol.asyncDispose]()
})
beforeEach(() => {
  costsMs = DEAR_MS
  dearRows = 0
})

const rare = { args: [{ path: 'dear', value: '7' }] }
/** A tenth of what there is: as many as take 1.2 s. Without an end to it, a search looks at nearly all. */
const FEW = DEAR / 10

test.each<JobFilter>([rare, { ...rare, status: 'pending' }])(
  'rows that are suddenly dear to look at do not keep a search that has a time: %j',
  async (filter) => {
    const pages = [await store.find({ ...filter, limit: 10, withinMs: 60 })]
    const more = async (withinMs: number) => {
      pages.push(await store.find({ ...filter, limit: 10, withinMs, cursor: pages.at(-1)?.cursor }))
    }
    // How soon it comes to them is up to the machine.
    while (dearRows === 0) await more(60)
    await more(1)
    await more(1)
    expect(dearRows).toBeLessThan(FEW)
    // Each comes further.
    expect(new Set(pages.map(({ cursor }) => cursor)).size).toBe(pages.length)
  },
)

test('nor a count', async () => {
  const counts = await store.countByStatus(rare, { upTo: 100, withinMs: 60 })
  expect(dearRows).toBeLessThan(FEW)
  expect(counts.pending).toEqual({ count: 0, more: true })
})

test('without a time all are looked at', async () => {
  costsMs = 0
  for (const filter of [rare, { ...rare, status: 'pending' as const }]) {
    expect((await store.find({ ...filter, limit: 10 })).ids).toEqual([oldest])
    expect(await store.count(filter)).toBe(1)
  }
})
