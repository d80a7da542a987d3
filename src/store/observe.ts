import type { AttemptEventBase, EventName, Events } from '../core/events.ts'
import type { Enqueued, JobError, JobId } from '../core/job.ts'
import { shownArgs } from '../core/secret.ts'
import { callsOf } from './calls.ts'
import type { AttemptRecord, AttemptRef, ClaimRequest, NewJob, Settlement, Store } from './store.ts'

/** Told by a settlement, besides `stale`. */
const SETTLED = [
  'completed',
  'retrying',
  'failed',
  'cancelled',
  'snoozed',
  'released',
  'stale',
] as const satisfies readonly EventName[]

/**
 * The same store, telling `events` of every step that it stored: what was refused is told as `stale` and as nothing
 * else. Without listeners it builds nothing.
 * @param workerId The worker that settles through this store; asked when an event is built.
 */
export function observe(store: Store, events: Events, workerId: () => string): Store {
  const watched = (names: readonly EventName[]) => names.some((name) => events.has(name))
  const tellStored = (jobs: readonly NewJob[], stored: readonly Enqueued[], inTransaction: boolean) => {
    if (!events.has('dispatched')) return
    for (const [i, { status }] of stored.entries()) {
      if (status === 'created') dispatched(events, jobs[i] as NewJob, inTransaction)
    }
  }
  const together = store.enqueueAndClaim?.bind(store)
  return {
    ...callsOf(store),
    async enqueue(jobs: readonly NewJob[], tx?: unknown) {
      const stored = await store.enqueue(jobs, tx)
      tellStored(jobs, stored, tx !== undefined)
      return stored
    },
    schedules: {
      ...store.schedules,
      async fire(firings) {
        const stored = await store.schedules.fire(firings)
        for (const [i, { jobs }] of firings.entries()) tellStored(jobs, stored[i] ?? [], false)
        return stored
      },
    },
    ...(together && {
      async enqueueAndClaim(jobs: readonly NewJob[], request: ClaimRequest) {
        const done = await together(jobs, request)
        tellStored(jobs, done.enqueued, false)
        return done
      },
    }),
    async settle(batch: readonly Settlement[]) {
      const stale = await store.settle(batch)
      if (watched(SETTLED)) {
        const by = workerId()
        const refused = stale.length === 0 ? NONE : new Set(stale)
        for (let i = 0; i < batch.length; i++) {
          const settlement = batch[i] as Settlement
          if (refused.has(i)) events.emit('stale', { ...attemptEvent(settlement.job, by), write: 'settle' })
          else settled(events, settlement, by)
        }
      }
      return stale
    },
    async cancel(ids: readonly JobId[]) {
      const results = await store.cancel(ids)
      if (events.has('cancelled')) {
        for (const { job } of results) {
          if (job !== undefined) events.emit('cancelled', { ...attemptEvent(job, null), durationMs: null })
        }
      }
      return results
    },
    async expire(limit: number) {
      const expired = await store.expire(limit)
      if (events.has('failed')) {
        for (const job of expired) {
          events.emit('failed', { ...attemptEvent(job, null), error: job.error, reason: 'expired' })
        }
      }
      return expired
    },
    async record(lease: number, records: readonly AttemptRecord[]) {
      const stale = await store.record(lease, records)
      if (stale.length > 0 && events.has('stale')) {
        staleRecords(
          events,
          stale.map((position) => records[position] as AttemptRecord),
          workerId(),
        )
      }
      return stale
    },
  }
}

function dispatched(events: Events, job: NewJob, inTransaction: boolean): void {
  const { id, method, queue, priority, due } = job
  const args = shownArgs(job.args)
  const runAt = 'at' in due ? new Date(due.at) : null
  const delayMs = 'at' in due ? Math.max(0, due.at - Date.now()) : due.inMs
  const event = { id, class: job.class, method, queue, args, priority, runAt, delayMs, inTransaction }
  events.emit('dispatched', event)
}

const NONE: ReadonlySet<number> = new Set()

function settled(events: Events, settlement: Settlement, workerId: string): void {
  const { job, next, startedAt, finishedAt, outcome, reason = null, error = NO_ERROR } = settlement
  const durationMs = startedAt === undefined ? null : finishedAt - startedAt
  if (next.status === 'completed') {
    // Field by field: it is built for every job, and a spread takes three times as long.
    const { id, method, queue, attempt, maxAttempts } = job
    const event = { id, class: job.class, method, queue, attempt, maxAttempts, workerId, durationMs: durationMs ?? 0 }
    events.emit('completed', event)
    return
  }
  const base = attemptEvent(job, workerId)
  if (next.status === 'failed') events.emit('failed', { ...base, error, reason })
  else if (next.status === 'cancelled') events.emit('cancelled', { ...base, durationMs })
  else if (next.status === 'released') events.emit('released', base)
  else if (next.status === 'pending') {
    const nextAttemptAt = new Date(finishedAt + next.inMs)
    if (outcome === 'snoozed') events.emit('snoozed', { ...base, nextAttemptAt })
    else if (outcome === 'failed' || outcome === 'timed_out' || outcome === 'crashed') {
      events.emit('retrying', { ...base, error, nextAttemptAt, outcome })
    }
  }
}

const NO_ERROR: JobError = { name: 'Error', message: 'no error was given' }

/** One event for each attempt and kind of write: a job that logs much must not fill the log with its refusals. */
function staleRecords(events: Events, records: readonly AttemptRecord[], workerId: string): void {
  const told = new Set<string>()
  for (const record of records) {
    // That a start came too late is told by the settlement that follows it.
    if (record.kind === 'start' || record.job === undefined) continue
    const name = `${record.kind} ${record.attempt} ${record.key}`
    if (told.has(name)) continue
    told.add(name)
    events.emit('stale', { ...attemptEvent(record.job, workerId), write: record.kind })
  }
}

function attemptEvent(job: AttemptRef, workerId: string | null): AttemptEventBase {
  const { id, method, queue, attempt, maxAttempts } = job
  return { id, class: job.class, method, queue, attempt, maxAttempts, workerId }
}
