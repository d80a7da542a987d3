import { expect, test } from 'vitest'
import type { JobFilter } from '../../../src/core/filter.ts'
import { type ReadName, runRead } from '../../../src/dashboard/server/reads/reads.ts'
import { openStore } from '../../../src/stores/open.ts'
import type { PostgresDatabase } from '../../../src/stores/postgres/database.ts'
import { claimJobs, completed, failed, newJobs, newLease } from '../../../src/testing/store-suite/jobs.ts'
import { type Schema, temporarySchema, withPostgres } from '../../support/postgres.ts'
import { keptPlans, LARGE, type Node } from './kept-plans.ts'

const HOT = new Set(['ready', 'delayed', 'running'])

/** What a page reads whole is small, and read once: to be counted. */
function* repeated(node: Node, again = false): Generator<string> {
  const name = node['Relation Name'] ?? ''
  if (node['Node Type'] === 'Seq Scan' && LARGE.has(name) && (again || !HOT.has(name))) yield `reads all of ${name}`
  for (const [index, child] of (node.Plans ?? []).entries()) {
    const inner = node['Node Type'] === 'Nested Loop' && index > 0
    yield* repeated(child, again || inner || child['Parent Relationship'] === 'SubPlan')
  }
}

/** Asks all that the pages ask, as often as it takes for the server to keep its plans. */
async function look({ url }: Schema): Promise<Map<string, Node>> {
  const store = await openStore(url('connections=1'))
  const [cause] = await store.causes({ since: 0, slices: 1, limit: 1 })
  if (cause === undefined) throw new Error('no job has failed')
  const { fingerprint, latest } = cause
  const filters: JobFilter[] = [
    {},
    { status: 'failed' },
    { status: 'pending' },
    { status: ['pending', 'running'], queue: 'default' },
    { status: 'completed', class: 'SampleJob' },
    { status: 'failed', error: fingerprint },
    { class: 'SampleJob', queue: 'default', priority: 0 },
    { tag: 'some', args: [{ path: 'n', value: '1' }] },
    { idPrefix: latest.id.slice(0, 8) },
  ]
  const asked: [ReadName, unknown][] = [
    ['now', {}],
    ['causes', { windowMs: 86_400_000 }],
    ['cause', { windowMs: 86_400_000, fingerprint }],
    ['job', { id: latest.id }],
    ['queues', {}],
    ['schedules', {}],
    ['schedule', { name: 'nightly' }],
    ['workers', {}],
    ['handlers', { windowMs: 86_400_000 }],
    ['metrics', { windowMs: 86_400_000 }],
    ['pulse', {}],
    ...filters.map((filter): [ReadName, unknown] => ['jobs', { filter, limit: 50 }]),
    ...filters.map((filter): [ReadName, unknown] => ['jobCounts', { filter }]),
  ]
  for (let round = 0; round < 4; round++) {
    for (const [name, input] of asked)
      await runRead({ store, facts: { handlers: [], schedules: [], logs: null } }, name, input)
  }
  const { pool } = (store as unknown as { database: PostgresDatabase }).database
  const plans = await pool.use(keptPlans)
  await store.close()
  return plans
}

await withPostgres(() => {
  test('no statement of the dashboard that is kept has a plan that turns on it when its tables grow', async () => {
    await using schema = temporarySchema()
    const store = await openStore(schema.url())
    await store.migrate()
    const lease = await newLease(store)
    await store.enqueue(newJobs(4_000))
    const jobs = await claimJobs(store, lease, { limit: 3_000 })
    const failing = (job: (typeof jobs)[number], index: number) =>
      failed({ lease, job }, Date.now(), { fingerprint: `abcd${index % 7}` })
    await store.settle(jobs.map((job, index) => (index % 3 === 0 ? failing(job, index) : completed({ lease, job }, 1))))
    await store.enqueue(newJobs(2_000, { due: { inMs: 3_600_000 } }))
    const timing = { cron: '0 3 * * *', timezone: 'UTC', missed: 'once', overlap: 'allow' } as const
    const runs = { class: 'SampleJob', method: 'process', args: '[]', options: '{}', declared: false }
    await store.schedules.set({ name: 'nightly', ...timing, ...runs }, Date.now())
    const bring = async (words: string) => {
      for (const name of LARGE) await schema.query(`${words} "${schema.name}"."${name}"`)
    }
    for (const words of ['', 'vacuum analyze']) {
      if (words !== '') await bring(words)
      const plans = await look(schema)
      const shared = [...plans].filter(([name]) => name.startsWith('offstage_all_'))
      expect(shared.length).toBeGreaterThan(50)
      expect(shared.flatMap(([name, plan]) => [...repeated(plan)].map((fault) => `${name} ${fault}`))).toEqual([])
    }
    await store.close()
  })
})
