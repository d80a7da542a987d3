import { expect, test } from 'vitest'
import type { Lease, NewJob, Store } from '../../../src/store/store.ts'
import { openStore } from '../../../src/stores/open.ts'
import type { PostgresDatabase } from '../../../src/stores/postgres/database.ts'
import { Session } from '../../../src/stores/postgres/session.ts'
import { claimJobs, completed, failed, newJobs, newLease, nextClaim } from '../../../src/testing/store-suite/jobs.ts'
import { type Schema, temporarySchema, withPostgres } from '../../support/postgres.ts'
import { keptPlans, LARGE, type Node } from './kept-plans.ts'

/** Of one row each. */
const SINGLE = new Set(['clock', 'found', 'depth', 'edge', 'alive', 'marks', 'one', 'mine', 'fits'])

/** What is wrong with a plan, however many rows there come to be. */
function* faults(node: Node): Generator<string> {
  // What is looked up once for all of its rows stands before them.
  const [outer, inner] = (node.Plans ?? []).filter((plan) => plan['Parent Relationship'] !== 'InitPlan')
  if (node['Node Type'] === 'Seq Scan' && LARGE.has(node['Relation Name'] ?? '')) {
    yield `reads all of ${node['Relation Name']}`
  }
  if (node['Node Type'] === 'Nested Loop' && inner !== undefined) {
    const repeated = inner['Node Type'] === 'Materialize' ? (inner.Plans?.[0] ?? inner) : inner
    const isList = repeated['Node Type'] === 'Function Scan' || repeated['Node Type'] === 'CTE Scan'
    const isSingle = [repeated, outer].some((each) => SINGLE.has(each?.['CTE Name'] ?? ''))
    if (isList && !isSingle)
      yield `compares ${outer?.['Node Type']} with each row of ${repeated['CTE Name'] ?? 'a list'}`
  }
  for (const child of node.Plans ?? []) yield* faults(child)
}

/** Asks all that a busy worker asks, of so many jobs. */
async function work({ url }: Schema, count: number): Promise<Map<string, Node>> {
  const store = await openStore(url('connections=1'))
  const lease = await newLease(store)
  const now = Date.now()
  await store.enqueue(newJobs(count))
  for (const limit of [1, 20, 200, 2_000]) {
    const jobs = await claimJobs(store, lease, { limit })
    const [first, ...rest] = jobs
    if (first !== undefined) await store.settle([failed({ lease, job: first }, now)])
    if (rest.length > 0) await store.settle(rest.map((job) => completed({ lease, job }, now)))
  }
  await workAhead(store, lease)
  await claimJobs(store, lease, { limit: 1, steps: [{ queues: ['default'], limit: 1 }] })
  await claimJobs(store, lease, { limit: 1, except: ['Some.other'] })
  await claimJobs(store, lease, { limit: 1, except: ['Some.other'], steps: [{ queues: ['default', 'a'], limit: 1 }] })
  await store.enqueue([...newJobs(1, { queue: 'a' }), ...newJobs(1, { queue: 'b' })])
  await claimJobs(store, lease, { limit: 1 })
  await claimJobs(store, lease, { limit: 1, steps: [{ queues: ['a', 'b'], limit: 1 }] })
  await alongside(store, lease)
  await store.record(lease, [{ kind: 'start', key: 1, attempt: 1, claim: 1, at: 1 }])
  await store.heartbeat(lease)
  const { pool } = (store as unknown as { database: PostgresDatabase }).database
  const plans = await pool.use(keptPlans)
  await store.close()
  return plans
}

/** Enqueues that bring a claim along. */
async function alongside(store: Store, lease: Lease): Promise<void> {
  const steps = [{ queues: ['default'], limit: 10 }]
  const [job] = newJobs(1) as [NewJob]
  const request = { lease, claim: nextClaim(), limit: 10, start: 10, steps }
  const along = await store.enqueueAndClaim?.([{ ...job, fresh: true }], request)
  expect((await along?.claim)?.jobs.length).toBeGreaterThan(0)
}

/** The same of jobs that claims hold by one row, alone with the queue and beside somebody else. */
async function workAhead(store: Store, lease: Lease): Promise<void> {
  const { database } = store as unknown as { database: PostgresDatabase }
  const other = await Session.open(database.place)
  const lock = database.named("select pg_advisory_lock('{ready}'::regclass::oid::int, id) from {queue}")
  for (const shared of [false, true]) {
    if (shared) await other.query(lock, [], 10_000)
    await store.enqueue(newJobs(400))
    for (const limit of [150, 250]) {
      const jobs = await claimJobs(store, lease, { limit, start: 10 })
      expect(jobs.length).toBe(limit)
      const done = jobs.map((job) => completed({ lease, job }, Date.now()))
      expect(await store.settle(done.slice(0, 100))).toEqual([])
      expect(await store.settle(done.slice(100))).toEqual([])
    }
  }
  await other.end()
}

await withPostgres(() => {
  test('no statement of a busy worker has a plan that turns on it when its tables grow', async () => {
    await using schema = temporarySchema()
    const store = await openStore(schema.url())
    await store.migrate()
    const tables = [...LARGE].map((name) => `"${schema.name}"."${name}"`).join(', ')
    const states = {
      'never looked at': async () => {},
      'looked at when they were empty': async () => {
        await store.clear(100_000)
        await schema.query(`delete from "${schema.name}".running`)
        await schema.query(`vacuum analyze ${tables}`)
      },
      'looked at when they were full': async () => {
        await store.enqueue(newJobs(5_000))
        await store.enqueue(newJobs(5_000, { due: { inMs: 3_600_000 } }))
        await schema.query(`analyze ${tables}`)
      },
    }
    const seen = new Set<string>()
    for (const [state, bring] of Object.entries(states)) {
      await bring()
      const plans = await work(schema, 2_500)
      for (const name of plans.keys()) seen.add(name)
      const wrong = [...plans].flatMap(([name, plan]) => [...faults(plan)].map((fault) => `${name} ${fault}`))
      expect(wrong, `with tables that were ${state}`).toEqual([])
    }
    await store.close()
    const own = [...seen].filter((name) => !name.startsWith('offstage_all_'))
    const kinds = own.map((name) => name.replace('offstage_', '').split('_')[0])
    expect([...new Set(kinds)].sort()).toEqual([
      'claim',
      'complete',
      'enqueue',
      'heartbeat',
      'leave',
      'record',
      'settle',
      'spread',
      'tell',
    ])
    expect(kinds.filter((kind) => kind === 'claim').length).toBe(12)
  })
})
