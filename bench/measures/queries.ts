import type { JobFilter } from '../../dist/core/filter.js'
import { newId } from '../../dist/index.js'
import { retrying } from '../../dist/store/retry.js'
import type { Store } from '../../dist/store/store.js'
import { openStore } from '../../dist/stores/open.js'
import { databaseIn } from '../app/app.ts'
import { ALL, fillHistory, WORKER } from '../app/history.ts'
import { callInProcess } from '../call.ts'
import { type Context, type Figures, type Measure, percentile } from '../measure.ts'
import { onServers } from '../servers.ts'

export default {
  title: 'Lists and counts of every kind among 1,000,000 finished and 100,000 pending jobs, while a worker drains',
  sides: ['sqlite', 'postgres'],
  postgres: true,
} satisfies Measure

const CALLS = 20
const LIMIT = 50
const UP_TO = 10_000
/** As the dashboard asks: where no index leads to what is meant, the answer is what was found by then. */
const WITHIN_MS = 60
const HOUR_MS = 3_600_000
const CAUSE = (7 * 0x1357_9bdf).toString(16).padStart(16, '0')

const FILTERS: Readonly<Record<string, JobFilter>> = {
  all: {},
  pending: { status: 'pending' },
  unended: { status: ['pending', 'running'] },
  completed: { status: 'completed' },
  failed: { status: 'failed' },
  ended: { status: ['completed', 'failed', 'cancelled'] },
  'failed or pending': { status: ['failed', 'pending'] },
  class: { class: 'Mail' },
  'rare class': { class: 'Audit' },
  'rare class, completed': { class: 'Audit', status: 'completed' },
  'rare class, failed': { class: 'Audit', status: 'failed' },
  'rare class, pending': { class: 'Audit', status: 'pending' },
  'queue, pending': { queue: 'reports', status: 'pending' },
  'queue, failed': { queue: 'reports', status: 'failed' },
  'paused queue': { queue: 'paused', status: 'pending' },
  tag: { tag: 'nightly' },
  'tag that nobody has': { tag: 'nothing' },
  'priority, pending': { priority: 10, status: 'pending' },
  cause: { error: CAUSE, status: 'failed' },
  worker: { worker: 'history', status: 'failed' },
  argument: { args: [{ path: 'user.id', value: '42' }] },
  'argument, failed': { args: [{ path: 'user.id', value: '53' }], status: 'failed' },
  'last hour, completed': { status: 'completed', since: Date.now() - HOUR_MS },
  'last hour': { since: Date.now() - HOUR_MS },
  'half a day ago': { status: 'completed', until: Date.now() - 12 * HOUR_MS },
  'beginning of an id': { idPrefix: '01' },
}

export async function sqlite({ folder, scale }: Context): Promise<Figures> {
  return await measure(databaseIn(folder), scale)
}

export async function postgres({ scale }: Context): Promise<Figures> {
  return await onServers(async ({ postgres: database }) => await measure(database, scale))
}

async function measure(database: string, scale: number): Promise<Figures> {
  const store = await openStore(database)
  await store.migrate()
  await fillHistory(store, scale)
  const stop = new AbortController()
  const draining = callInProcess(import.meta.filename, 'drain', { database }, { signal: stop.signal }).catch(() => {})
  const taken = new Map<string, number[]>()
  for (let call = 0; call < CALLS; call++) {
    for (const [name, ask] of asked(store)) {
      const beganAt = performance.now()
      await ask()
      // The first two times the plans and the caches are made.
      if (call >= 2) taken.set(name, [...(taken.get(name) ?? []), performance.now() - beganAt])
    }
  }
  stop.abort()
  await draining
  await store.close()
  const p95 = [...taken].map(([name, times]) => ({ name, ms: percentile(times, 0.95) })).sort((a, b) => b.ms - a.ms)
  for (const { name, ms } of p95.slice(0, 5)) console.error(`    ${name}: p95 ${ms.toFixed(1)} ms`)
  const worst = (kind: string) => p95.find(({ name }) => name.startsWith(kind))?.ms ?? Number.NaN
  return { list: worst('list'), count: worst('count'), queues: worst('queues'), causes: worst('causes') }
}

function asked(store: Store): [name: string, ask: () => Promise<unknown>][] {
  const filters = Object.entries(FILTERS)
  return [
    ...filters.map(([name, filter]): [string, () => Promise<unknown>] => [
      `list: ${name}`,
      () => store.list({ ...filter, limit: LIMIT, withinMs: WITHIN_MS }),
    ]),
    ...filters.map(([name, filter]): [string, () => Promise<unknown>] => [
      `count: ${name}`,
      () => store.countByStatus(filter, { upTo: UP_TO, withinMs: WITHIN_MS }),
    ]),
    ['queues', () => store.queues()],
    ['causes', () => store.causes({ since: Date.now() - 24 * HOUR_MS, slices: 24, limit: 50 })],
  ]
}

/** Enqueues, claims and settles until it is stopped. */
export async function drain({ database }: { database: string }): Promise<void> {
  const store = retrying(await openStore(database))
  await store.migrate()
  const lease = await store.register({ ...WORKER, id: 'drain' })
  const job = { class: 'Mail', method: 'send', queue: 'mail', args: '[]', priority: 5, maxAttempts: 1 }
  for (let claim = 1; ; claim++) {
    await store.enqueue(Array.from({ length: 500 }, () => ({ ...job, id: newId(), due: { inMs: 0 } })))
    const { jobs, now } = await store.claim({ lease, claim, steps: ALL, limit: 500, start: 500 })
    const ended = { next: { status: 'completed' }, outcome: 'completed', startedAt: now, finishedAt: now } as const
    await store.settle(jobs.map((claimed) => ({ ...ended, job: claimed, lease })))
  }
}
