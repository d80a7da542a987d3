import { newId } from '../../dist/index.js'
import type { NewJob, Settlement, Store } from '../../dist/store/store.js'
import { scaled } from '../measure.ts'

const FINISHED = 1_000_000
const PENDING = 100_000
const BATCH = 1_000
const DAY_MS = 86_400_000
const CAUSES = 50

/** What jobs are of, and how many batches in a thousand. The last are rare: a hundred jobs in a million. */
const KINDS = [
  { class: 'Mail', method: 'send', queue: 'mail', share: 500 },
  { class: 'Thumbnail', method: 'make', queue: 'default', share: 300 },
  { class: 'Sync', method: 'pull', queue: 'default', share: 150 },
  { class: 'Report', method: 'build', queue: 'reports', share: 49 },
  { class: 'Invoice', method: 'print', queue: 'reports', share: 1 },
] as const
const RARE = { class: 'Audit', method: 'close', queue: 'audit' } as const
const RARE_EVERY = 100

/**
 * A day of an app: a million jobs that ended, of them 2 % failed of fifty causes and 1 % cancelled, and a hundred thousand
 * that wait: due, delayed, retrying and in a queue that is paused. By the store itself, so for every database.
 */
export async function fillHistory(store: Store, scale: number): Promise<void> {
  const lease = await store.register({ ...WORKER, id: 'history' })
  const now = Date.now()
  const batches = Math.ceil(scaled(FINISHED, scale) / BATCH)
  for (let batch = 0; batch < batches; batch++) {
    const { share: _, ...kind } = kindOf((batch * 7_919) % 1_000)
    await store.enqueue(
      Array.from({ length: BATCH }, (_, index) =>
        newJob(index === 7 && batch % (RARE_EVERY / 10) === 0 ? RARE : kind, batch * BATCH + index),
      ),
    )
    const { jobs } = await store.claim({ lease, claim: batch + 1, steps: ALL, limit: BATCH, start: BATCH })
    const at = Math.round(now - DAY_MS + (batch / batches) * DAY_MS)
    await store.settle(
      jobs.map((job, index): Settlement => ({ job, lease, startedAt: at - 40, ...endOf(index, batch, at) })),
    )
  }
  await fillPending(store, scaled(PENDING, scale))
  await store.endLease(lease)
}

async function fillPending(store: Store, count: number): Promise<void> {
  await store.setPaused('paused', true)
  for (let added = 0; added < count; added += BATCH) {
    const { share: _, ...kind } = kindOf(((added / BATCH) * 137) % 1_000)
    const part = (added / BATCH) % 10
    const differs: Partial<NewJob> =
      part === 0 ? { queue: 'paused' } : part < 4 ? { due: { inMs: DAY_MS + part * 1_000 } } : {}
    await store.enqueue(Array.from({ length: BATCH }, (_, index) => ({ ...newJob(kind, added + index), ...differs })))
  }
}

export const WORKER = {
  host: 'bench',
  pid: process.pid,
  queues: 'all',
  concurrency: BATCH,
  version: '0',
  leaseMs: 30 * DAY_MS,
}
export const ALL = [{ queues: 'all', limit: BATCH }] as const

function kindOf(place: number): (typeof KINDS)[number] {
  let end = 0
  for (const kind of KINDS) {
    end += kind.share
    if (place < end) return kind
  }
  return KINDS[0]
}

function newJob(kind: Pick<NewJob, 'class' | 'method' | 'queue'>, number: number): NewJob {
  return {
    ...kind,
    id: newId(),
    args: JSON.stringify([
      { user: { id: number % 10_000, plan: number % 3 === 0 ? 'free' : 'paid' }, data: 'example' },
    ]),
    priority: number % 50 === 0 ? 10 : 0,
    due: { inMs: 0 },
    maxAttempts: 4,
    tags: number % 100 === 0 ? ['nightly'] : undefined,
  }
}

function endOf(index: number, batch: number, at: number): Omit<Settlement, 'job' | 'lease' | 'startedAt'> {
  if (index % 50 === 3) {
    const cause = (batch + index) % CAUSES
    return {
      next: { status: 'failed' },
      outcome: 'failed',
      finishedAt: at + index,
      error: {
        name: 'TypeError',
        message: `it broke in way ${cause}`,
        stack: `TypeError: it broke\n${'    at step (file:///app/jobs/mail.ts:12:34)\n'.repeat(8)}`,
      },
      fingerprint: (cause * 0x1357_9bdf).toString(16).padStart(16, '0'),
    }
  }
  if (index % 100 === 5) return { next: { status: 'cancelled' }, outcome: 'cancelled', finishedAt: at + index }
  return { next: { status: 'completed' }, outcome: 'completed', finishedAt: at }
}
