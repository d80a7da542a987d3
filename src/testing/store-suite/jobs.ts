import assert from 'node:assert/strict'
import type { JobFilter } from '../../core/filter.ts'
import type { JobDetail, JobError, JobId } from '../../core/job.ts'
import type { AttemptRef, ClaimedJob, ClaimRequest, Lease, NewJob, Settlement, Store } from '../../store/store.ts'
import type { NewWorker } from '../../store/worker.ts'
import type { Fixture } from './fixture.ts'

let made = 0
let claims = 0

/** A job id by number: the larger number is the later id. */
export function jobId(number: number): JobId {
  return `0193a5c0-7e00-7000-8000-${number.toString(16).padStart(12, '0')}`
}

/** A job that is due at once. Without an id of its own it gets a later one than every job before it. */
export function newJob(overrides: Partial<NewJob> = {}): NewJob {
  return {
    id: jobId(0x1000_0000 + made++),
    class: 'SampleJob',
    method: 'process',
    args: '[{"data":"example"}]',
    queue: 'default',
    priority: 0,
    due: { inMs: 0 },
    maxAttempts: 4,
    ...overrides,
  }
}

export function newJobs(count: number, overrides: Partial<NewJob> = {}): NewJob[] {
  return Array.from({ length: count }, () => newJob(overrides))
}

export function newWorker(overrides: Partial<NewWorker> = {}): NewWorker {
  return {
    id: `worker-${made++}`,
    host: 'test-host',
    pid: 4_242,
    queues: 'all',
    concurrency: 10,
    version: '0.0.0',
    leaseMs: 30_000,
    ...overrides,
  }
}

/** Registers a worker that nobody else uses. */
export async function newLease(store: Store, overrides: Partial<NewWorker> = {}): Promise<Lease> {
  return await store.register(newWorker(overrides))
}

/** The number of a claim: another one each time. */
export function nextClaim(): number {
  claims += 1
  return claims
}

/** Claims from all queues and starts what it gets, unless told otherwise. */
export async function claimJobs(
  store: Store,
  lease: Lease,
  request: Partial<ClaimRequest> = {},
): Promise<ClaimedJob[]> {
  const limit = request.limit ?? 1_000
  const steps = [{ queues: 'all', limit }] as const
  const claim = await store.claim({ lease, claim: nextClaim(), steps, limit, start: limit, ...request })
  return claim.jobs
}

/** Claims exactly one job. */
export async function claimOne(store: Store, lease: Lease, request: Partial<ClaimRequest> = {}): Promise<ClaimedJob> {
  const [job] = await claimJobs(store, lease, { limit: 1, ...request })
  assert.ok(job, 'there was nothing to claim')
  return job
}

/** One job that a worker has just started. */
export async function runningJob(
  { store }: Pick<Fixture, 'store'>,
  overrides: Partial<NewJob> = {},
): Promise<{ lease: Lease; job: ClaimedJob }> {
  const lease = await newLease(store)
  const stored = newJob(overrides)
  await store.enqueue([stored])
  const job = await claimOne(store, lease)
  assert.equal(job.id, stored.id, 'another job was before it')
  return { lease, job }
}

/** The job, which must exist. */
export async function detail(store: Store, id: JobId): Promise<JobDetail> {
  const job = await store.get(id)
  assert.ok(job, `job ${id} does not exist`)
  return job
}

export const someError: JobError = {
  name: 'TypeError',
  message: 'it broke',
  stack: 'TypeError: it broke\n    at SampleJob.process (sample-job.ts:3:9)',
  code: 'E_BROKEN',
  cause: { name: 'Error', message: 'because of "this"', cause: { name: 'RangeError', message: 'and – that 🧨' } },
}

type Held = { lease: Lease; job: AttemptRef }
type Extra = Partial<Settlement>

function settlement({ lease, job }: Held, at: number, rest: Pick<Settlement, 'next' | 'outcome'> & Extra): Settlement {
  return { job, lease, startedAt: at, finishedAt: at, ...rest }
}

export function completed(held: Held, at: number, extra: Extra = {}): Settlement {
  return settlement(held, at, { next: { status: 'completed' }, outcome: 'completed', ...extra })
}

export function failed(held: Held, at: number, extra: Extra = {}): Settlement {
  return settlement(held, at, { next: { status: 'failed' }, outcome: 'failed', error: someError, ...extra })
}

export function cancelled(held: Held, at: number, extra: Extra = {}): Settlement {
  return settlement(held, at, { next: { status: 'cancelled' }, outcome: 'cancelled', ...extra })
}

export function retried(held: Held, at: number, inMs = 0, extra: Extra = {}): Settlement {
  const next = { status: 'pending', inMs, spared: false, crashed: false } as const
  return settlement(held, at, { next, outcome: 'failed', error: someError, ...extra })
}

export function crashed(held: Held, at: number, inMs = 0, extra: Extra = {}): Settlement {
  const next = { status: 'pending', inMs, spared: true, crashed: true } as const
  return settlement(held, at, { next, outcome: 'crashed', error: someError, ...extra })
}

export function snoozed(held: Held, at: number, inMs: number): Settlement {
  const next = { status: 'pending', inMs, spared: true, crashed: false } as const
  return settlement(held, at, { next, outcome: 'snoozed' })
}

export function released(held: Held, at: number, suspect = false): Settlement {
  return settlement(held, at, { next: { status: 'released', suspect }, outcome: undefined, startedAt: undefined })
}

/** Stores one job and takes it straight to a final status. */
export async function finishedJob(
  fixture: Pick<Fixture, 'store' | 'clock'>,
  status: 'completed' | 'failed' | 'cancelled',
  overrides: Partial<NewJob> = {},
): Promise<JobId> {
  const held = await runningJob(fixture, overrides)
  const settle = { completed, failed, cancelled }[status]
  assert.deepEqual(await fixture.store.settle([settle(held, fixture.clock.now())]), [])
  return held.job.id
}

export const ids = (jobs: readonly { id: JobId }[]): JobId[] => jobs.map(({ id }) => id)

/** Every job that matches, in the order of the list, by pages of `limit`; each page is no longer than that. */
export async function listAll(store: Store, filter: JobFilter, limit: number, withinMs?: number): Promise<string[]> {
  const found: string[] = []
  let cursor: string | undefined
  do {
    const page = await store.list({ ...filter, limit, cursor, withinMs })
    assert.ok(page.jobs.length <= limit)
    if (withinMs === undefined && page.cursor !== undefined) assert.equal(page.jobs.length, limit)
    const same = await store.find({ ...filter, limit, cursor, withinMs })
    assert.deepEqual(same, { ids: ids(page.jobs), cursor: page.cursor })
    found.push(...same.ids)
    cursor = page.cursor
  } while (cursor !== undefined)
  return found
}
