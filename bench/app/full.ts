import { newId } from '../../dist/index.js'
import type { NewJob, Store } from '../../dist/store/store.js'
import { openStore } from '../../dist/stores/open.js'
import { scaled } from '../measure.ts'
import { databaseIn } from './app.ts'

const PENDING = 1_000_000
const FINISHED = 1_000_000
const DELAYED = 1_000_000
const BLOCKED = 100_000
const BATCH = 1_000
const MONTH_MS = 30 * 24 * 60 * 60 * 1_000

/** Pending, finished and delayed jobs by the million, and some in a paused queue; by the store itself. */
export async function fillFull(folder: string, scale: number, database = databaseIn(folder)): Promise<void> {
  const store = await openStore(database)
  await store.migrate()
  await add(store, scaled(FINISHED, scale), {})
  await finishAll(store)
  await store.setPaused('paused', true)
  await add(store, scaled(BLOCKED, scale), { queue: 'paused' })
  await add(store, scaled(DELAYED, scale), { due: { inMs: MONTH_MS } })
  await add(store, scaled(PENDING, scale), {})
  await store.close()
}

export async function addPending(folder: string, jobs: number, database = databaseIn(folder)): Promise<void> {
  const store = await openStore(database)
  await store.migrate()
  await add(store, jobs, {})
  await store.close()
}

async function add(store: Store, count: number, differs: Partial<NewJob>): Promise<void> {
  const noop = { class: 'Noop', method: 'run', args: '[]', queue: 'default', priority: 0, due: { inMs: 0 } }
  for (let left = count; left > 0; left -= BATCH) {
    const length = Math.min(left, BATCH)
    await store.enqueue(Array.from({ length }, () => ({ ...noop, id: newId(), maxAttempts: 1, ...differs })))
  }
}

async function finishAll(store: Store): Promise<void> {
  const worker = { id: 'bench', host: 'bench', pid: process.pid, queues: 'all', concurrency: BATCH, version: '0' }
  const lease = await store.register({ ...worker, leaseMs: MONTH_MS })
  for (let claim = 1; ; claim++) {
    const steps = [{ queues: 'all' as const, limit: BATCH }]
    const { jobs, now } = await store.claim({ lease, claim, steps, limit: BATCH, start: BATCH })
    if (jobs.length === 0) break
    const ended = {
      lease,
      next: { status: 'completed' },
      outcome: 'completed',
      startedAt: now,
      finishedAt: now,
    } as const
    await store.settle(jobs.map((job) => ({ ...ended, job })))
  }
  await store.endLease(lease)
}
