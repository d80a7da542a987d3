import { expect } from 'vitest'
import type { Store } from '../../src/store/store.ts'
import { openStore } from '../../src/stores/open.ts'
import {
  claimJobs,
  claimOne,
  completed,
  failed,
  newJob,
  newJobs,
  newLease,
} from '../../src/testing/store-suite/jobs.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import { hearUnheard } from '../support/unheard.ts'
import { until } from '../support/until.ts'

/**
 * Ends the connection at each step of each call in turn: after its first message to the server, after its second, and
 * so on until the call has come through. It must fail once, in the one way, and leave no other promise to fail unheard.
 */
export async function cutOffEverywhere(url: string): Promise<void> {
  await using proxy = await TcpProxy.before(Number(new URL(url).port))
  const store = await openStore(proxy.through(url))
  await store.migrate()
  const calls = await callsOn(store)
  using unheard = hearUnheard()
  for (const [name, call] of Object.entries(calls)) {
    let cut = true
    for (let messages = 0; cut; messages++) {
      unheard.during = `${name}, cut after ${messages}`
      cut = await isCut(proxy, messages, call)
      await until('it answers', () => store.queues())
    }
  }
  expect(unheard.told).toEqual([])
  await store.close()
}

/** @returns Whether the call had not come through by then. */
async function isCut(proxy: TcpProxy, messages: number, call: () => Promise<unknown>): Promise<boolean> {
  using cutting = proxy.cutAfter(messages)
  try {
    await call()
  } catch (error) {
    expect(error).toMatchObject({ code: 'DATABASE_UNAVAILABLE', transient: true })
  }
  // What is unheard of is told when the turn is over.
  await new Promise((resolve) => setImmediate(resolve))
  return cutting.done
}

/** Calls that can be made again and again, on a database with something of everything in it. */
async function callsOn(store: Store): Promise<Record<string, () => Promise<unknown>>> {
  const lease = await newLease(store)
  const [job, other] = [newJob(), newJob()]
  await store.enqueue([job, other])
  const held = await claimOne(store, lease)
  const ended = await claimOne(store, lease)
  await store.record(lease, [{ ...ended, kind: 'log', at: 1, severity: 'info', text: 'a line' }])
  await store.settle([failed({ lease, job: ended }, 2)])
  await store.enqueue(newJobs(3, { due: { inMs: 60_000 } }))
  const ids = [held.id, ended.id]
  const bounds = { upTo: 100, withinMs: 1_000 }
  return {
    enqueue: () => store.enqueue([newJob()]),
    claim: () => claimJobs(store, lease, { limit: 5 }),
    claimMany: () => claimJobs(store, lease, { limit: 500 }),
    settle: () => store.settle([completed({ lease, job: ended }, 3)]),
    record: () => store.record(lease, [{ ...held, kind: 'log', at: 1, severity: 'info', text: 'a line' }]),
    heartbeat: () => store.heartbeat(lease),
    held: () => store.held(lease, held.claim),
    orphans: () => store.orphans(10),
    workers: () => store.workers(),
    get: () => store.get(held.id),
    details: () => store.details(ids),
    list: () => store.list({ limit: 10 }),
    listFound: () => store.list({ limit: 10, status: ['running', 'failed'], args: [{ path: '', value: '1' }] }),
    count: () => store.count({ status: ['pending', 'failed'] }),
    countByStatus: () => store.countByStatus({ class: held.class }, bounds),
    logs: () => store.logs(ended.id),
    arrivals: () => store.arrivals(0),
    queues: () => store.queues(),
    stats: () => store.stats({ windowMs: 1_000, sample: 10, countTo: 100 }),
    causes: () => store.causes({ since: 0, slices: 4, limit: 10 }),
    metrics: () => store.metrics({ since: 0 }),
    cancel: () => store.cancel(ids),
    retry: () => store.retry(ids),
    runNow: () => store.runNow(ids),
    setPaused: () => store.setPaused('default', false),
    expire: () => store.expire(10),
    prune: () => store.prune({ completed: 0, failed: Number.POSITIVE_INFINITY, cancelled: 0 }, 10),
    migrate: () => store.migrate(),
    users: () => store.access.users(),
    operations: () => store.access.operations(10),
    auditLog: () => store.access.auditLog({ limit: 10 }),
    moving: () => store.moving.count(),
    taken: () => store.moving.received('somewhere'),
  }
}
