import { beforeEach, describe, expect, test } from 'vitest'
import { type EventName, Events } from '../../src/core/events.ts'
import { newId } from '../../src/core/id.ts'
import type { Outcome } from '../../src/core/outcome.ts'
import { decide } from '../../src/core/transition.ts'
import { observe } from '../../src/store/observe.ts'
import type { ClaimedJob, NewJob, Store } from '../../src/store/store.ts'
import { openStore } from '../../src/stores/open.ts'

const ALL: EventName[] = [
  'dispatched',
  'running',
  'completed',
  'retrying',
  'failed',
  'cancelled',
  'snoozed',
  'released',
  'stale',
  'worker',
]
const error = { name: 'Error', message: 'boom' }

let store: Store
let events: Events
let told: [EventName, Record<string, unknown>][]
let lease: number
let claims = 0

beforeEach(async () => {
  events = new Events()
  told = []
  for (const name of ALL) events.on(name, (event) => void told.push([name, event as never]))
  store = observe(await openStore('sqlite::memory:'), events, () => 'w1')
  await store.migrate()
  const worker = { host: 'h', pid: 1, queues: 'all', concurrency: 1, version: '0', leaseMs: 60_000 }
  lease = await store.register({ ...worker, id: 'w1' })
})

const newJob = (own: Partial<NewJob> = {}): NewJob => ({
  id: newId(),
  class: 'SampleJob',
  method: 'process',
  args: '["x"]',
  queue: 'default',
  priority: 10,
  due: { inMs: 0 },
  maxAttempts: 2,
  ...own,
})

async function claimed(own?: Partial<NewJob>): Promise<ClaimedJob> {
  await store.enqueue([newJob(own)])
  const { jobs } = await store.claim({
    lease,
    claim: ++claims,
    steps: [{ queues: 'all', limit: 1 }],
    limit: 1,
    start: 1,
  })
  told.length = 0
  return jobs[0] as ClaimedJob
}

async function settle(job: ClaimedJob, outcome: Outcome): Promise<void> {
  const decision = decide({ ...job, startedAt: 1_000 }, outcome, { backoff: 5, onCrash: 'retry' }, 1_250)
  await store.settle([{ job, lease, ...decision }])
}

describe('observe', () => {
  test('tells of what was stored, not of a duplicate', async () => {
    const job = newJob({ due: { inMs: 5_000 } })
    await store.enqueue([job])
    await store.enqueue([job])
    expect(told).toEqual([
      [
        'dispatched',
        {
          id: job.id,
          class: 'SampleJob',
          method: 'process',
          queue: 'default',
          args: '["x"]',
          priority: 10,
          runAt: null,
          delayMs: 5_000,
          inTransaction: false,
        },
      ],
    ])
  })

  test('tells the moment of a job that is due at one', async () => {
    const at = Date.now() + 60_000
    await store.enqueue([newJob({ due: { at } })])
    expect(told).toMatchObject([['dispatched', { runAt: new Date(at) }]])
  })

  test.each<[Outcome, EventName, object]>([
    [{ kind: 'completed' }, 'completed', { durationMs: 250 }],
    [{ kind: 'cancelled' }, 'cancelled', { durationMs: 250 }],
    [{ kind: 'failed', error, retry: true }, 'retrying', { error, outcome: 'failed', nextAttemptAt: new Date(6_250) }],
    [{ kind: 'timed_out', error }, 'retrying', { error, outcome: 'timed_out' }],
    [{ kind: 'crashed', error }, 'retrying', { error, outcome: 'crashed' }],
    [{ kind: 'failed', error, retry: false }, 'failed', { error, reason: 'not retried' }],
    [{ kind: 'snoozed', delayMs: 750 }, 'snoozed', { nextAttemptAt: new Date(2_000) }],
    [{ kind: 'released' }, 'released', {}],
  ])('of %o: %s', async (outcome, name, event) => {
    const job = await claimed()
    await settle(job, outcome)
    const base = { id: job.id, class: 'SampleJob', method: 'process', queue: 'default', attempt: 1, maxAttempts: 2 }
    expect(told).toEqual([[name, expect.objectContaining({ ...base, workerId: 'w1', ...event })]])
  })

  test('of a late settlement only that it was refused', async () => {
    const job = await claimed()
    await settle(job, { kind: 'completed' })
    told.length = 0
    await settle(job, { kind: 'failed', error, retry: true })
    expect(told).toMatchObject([['stale', { id: job.id, attempt: 1, write: 'settle' }]])
  })

  test('of late logs and progress once for each attempt', async () => {
    const job = await claimed()
    await settle(job, { kind: 'completed' })
    told.length = 0
    const { key, attempt, claim } = job
    const log = { kind: 'log', key, attempt, claim, at: 1, severity: 'info', text: 'late', job } as const
    const stale = await store.record(lease, [log, log, { kind: 'progress', key, attempt, claim, value: '1', job }])
    expect(stale).toEqual([0, 1, 2])
    expect(told).toMatchObject([
      ['stale', { id: job.id, write: 'log' }],
      ['stale', { id: job.id, write: 'progress' }],
    ])
  })

  test('of jobs that end without a worker: cancelled or expired while they were pending', async () => {
    const [waiting, late, unknown] = [newJob(), newJob({ expiresInMs: 1 }), newId()]
    await store.enqueue([waiting, late])
    told.length = 0
    await store.cancel([waiting.id, unknown])
    await store.cancel([waiting.id])
    await expect.poll(async () => (await store.expire(10)).length).toBe(1)
    const names = { class: 'SampleJob', method: 'process', queue: 'default' }
    const base = { ...names, attempt: 0, maxAttempts: 2, workerId: null }
    expect(told).toEqual([
      ['cancelled', { ...base, id: waiting.id, durationMs: null }],
      [
        'failed',
        {
          ...base,
          id: late.id,
          reason: 'expired',
          error: { name: 'OffstageError', code: 'EXPIRED', message: 'it was not started within 0.001 s' },
        },
      ],
    ])
  })

  test('a listener that throws harms nobody', async () => {
    events.on('dispatched', () => {
      throw new Error('in a listener')
    })
    await expect(store.enqueue([newJob()])).resolves.toMatchObject([{ status: 'created' }])
  })
})
