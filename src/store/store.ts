/**
 * The contract of a store: durable state, batch first. One suite (`src/testing`) holds every store to it.
 *
 * - Times are milliseconds since 1970 on the database's clock; delays are milliseconds from the moment of the write.
 * - Batches keep the order of their input, and an empty batch touches nothing.
 * - A store never logs, retries or sleeps: its callers do.
 * - A server that does not answer is given up after some seconds, as transient. What was asked may have been done all the
 *   same: enqueues and settlements can be repeated, and what a claim took is looked up with `held`.
 * - What can be tried again is thrown as an `OffstageError` with `transient: true`.
 */

import type { JobFilter } from '../core/filter.ts'
import type { Enqueued, FinalStatus, JobDetail, JobError, JobId } from '../core/job.ts'
import type { AttemptOutcome } from '../core/outcome.ts'
import type { AccessStore } from './access.ts'
import type { CommandResult, ExpiredJob, Retention } from './commands.ts'
import type { Cause, CausesRequest, MetricRow, MetricsRequest } from './insight.ts'
import type { MoveStore } from './move.ts'
import type {
  Arrivals,
  CountBounds,
  JobPage,
  ListRequest,
  LogLine,
  QueueInfo,
  Severity,
  StatusCounts,
  WorkerInfo,
  WorkerRelease,
} from './queried.ts'
import type { ScheduleStore } from './schedules.ts'
import type { Stats, StatsRequest } from './stats.ts'
import type { UniqueKey } from './unique-key.ts'
import type { NewWorker } from './worker.ts'

/** A job as the client stores it: checked, with its arguments in JSON. */
export interface NewJob {
  id: JobId
  class: string
  method: string
  /** The argument list, as JSON text, its secrets sealed. A claim gives it back as it is, queries without them. */
  args: string
  queue: string
  priority: number
  /** When it is due: a delay from now, or a moment. */
  due: { inMs: number } | { at: number }
  maxAttempts: number
  expiresInMs?: number | undefined
  /** What this job sets differently from its handler; JSON text of a {@link JobPolicy}. */
  policy?: string | undefined
  tags?: readonly string[] | undefined
  /** It is stored only if no other job holds this key: see {@link UniqueKey}. */
  unique?: UniqueKey | undefined
  /** The id was made for this job: nothing but this very call, its answer lost, can have stored it before. */
  fresh?: boolean
}

/** The store's own handle of a stored job: what settles fastest. It has no meaning outside its store. */
export type JobKey = number | string

/** The number of a lease. A worker gets a new one each time that it registers. */
export type Lease = number

export interface ClaimRequest {
  lease: Lease
  /** A number that the worker has given to no other claim under this lease; from 1. */
  claim: number
  /** Taken one after the other, each up to its own `limit`, together up to `limit` below. */
  steps: readonly ClaimStep[]
  limit: number
  /**
   * The first so many count as started by the claim itself; the rest is prefetched and has spent nothing yet. So is,
   * wherever it stands, a job whose next crash would be its last (`isSuspect`): it may have to wait until it is alone.
   */
  start: number
  /** Handlers to pass over, as `Class.method`: there is no room for them now. */
  except?: readonly string[] | undefined
}

/** Some queues, merged in the order of priority, due time and id. `all` means every queue there is. */
export interface ClaimStep {
  queues: 'all' | readonly string[]
  limit: number
}

export interface Claim {
  /** Fewer than were wanted where there are no more, or where others claimed at the same time. */
  jobs: ClaimedJob[]
  /** The database's clock at the claim. */
  now: number
  /** How long until the next delayed job is due; undefined when there is none. */
  nextDueInMs: number | undefined
}

export interface EnqueuedAndClaimed {
  enqueued: Enqueued[]
  claim: Promise<Claim> | undefined
}

export interface ClaimedJob {
  key: JobKey
  id: JobId
  class: string
  method: string
  args: string
  queue: string
  priority: number
  /** The number of this attempt. What was given back unstarted has spent none: its next claim has the same. */
  attempt: number
  /** With the lease and the attempt, the fence of everything that is written about it: see {@link ClaimRequest}. */
  claim: number
  maxAttempts: number
  /** How many times it took its process down with it so far. */
  crashes: number
  /** Attempts so far that spent no retry (crashed, snoozed). */
  spared: number
  policy: string | undefined
  /** True when its `expiresIn` had passed before the claim. */
  expired: boolean
  createdAt: number
  runAt: number
}

/** What identifies and describes an attempt to whoever writes or tells about it. */
export type AttemptRef = Pick<
  ClaimedJob,
  'key' | 'id' | 'class' | 'method' | 'queue' | 'attempt' | 'claim' | 'maxAttempts' | 'runAt'
>

/** The write that an outcome implies. Decided by `core/transition`, applied by the store behind the fence. */
export interface Settlement {
  /** The attempt as it was claimed; its key, number and claim, with the lease, are the fence. */
  job: AttemptRef
  lease: Lease
  next: NextState
  /** Undefined when nothing is to be kept of this attempt: it was given back unstarted or undone. */
  outcome: AttemptOutcome | undefined
  /** Undefined when the handler's code did not run. */
  startedAt: number | undefined
  finishedAt: number
  /** Stored beside a final status that needs explaining: `expired`, `poisonous`, `not allowed`… */
  reason?: string | undefined
  error?: JobError | undefined
  /** What failures with the same cause share; with `error`. */
  fingerprint?: string | undefined
  /** JSON text. */
  result?: string | undefined
}

export type NextState =
  | { status: FinalStatus }
  /** `spared`: this attempt spends no retry. `crashed`: it counts as a crash. */
  | { status: 'pending'; inMs: number; spared: boolean; crashed: boolean }
  /** Back as it was before the claim. */
  | { status: 'released'; suspect: boolean }

/** A line that an attempt logged, or the progress it reported. `job` is for whoever tells that it was stale. */
export type AttemptRecord =
  | {
      kind: 'log'
      key: JobKey
      attempt: number
      claim: number
      at: number
      severity: Severity
      text: string
      job?: AttemptRef
    }
  | { kind: 'progress'; key: JobKey; attempt: number; claim: number; value: string; job?: AttemptRef }
  /** A prefetched job has been started since; `at` is when. */
  | { kind: 'start'; key: JobKey; attempt: number; claim: number; at: number }

export interface Heartbeat {
  /** False when the lease has ended: whatever the worker still runs is no longer its own. */
  alive: boolean
  /** The database's clock. */
  now: number
  /** How long the lease lasts from `now` on, unless it is renewed. */
  leftMs: number
  /** What somebody asked to cancel among the worker's jobs. */
  cancel: (AttemptRef & { startedAt: number | undefined })[]
  /** What somebody asked of the worker itself. */
  ask: 'quiet' | 'stop' | undefined
}

/** A job held by a lease that has ended, with what is needed to decide what becomes of it. */
export interface Orphan extends Omit<ClaimedJob, 'args' | 'expired'> {
  lease: Lease
  workerId: string
  /** Undefined when it was prefetched and, as far as is known, never started. */
  startedAt: number | undefined
  cancelRequested: boolean
}

export interface Store {
  /** How many of its calls at a time gain anything: 1 for a file in this process, more for a server. */
  readonly parallel: number
  readonly access: AccessStore
  readonly schedules: ScheduleStore
  /** For `offstage move`. */
  readonly moving: MoveStore

  // The hot four.
  /**
   * All of them or none.
   * @param tx A transaction of the caller's own on this database, as its library gives it: the jobs exist when, and only
   * if, that commits. @throws OffstageError TX_INVALID when it is none, or not one of this database.
   */
  enqueue(jobs: readonly NewJob[], tx?: unknown): Promise<Enqueued[]>
  claim(request: ClaimRequest): Promise<Claim>
  /**
   * Stores jobs and claims, both or neither, at little more than the price of one of them: for a worker that is idle in the
   * process that enqueues. Missing where it would gain nothing. `claim` is undefined when none was made after all, and
   * rejects when its answer was lost.
   */
  enqueueAndClaim?(jobs: readonly NewJob[], request: ClaimRequest): Promise<EnqueuedAndClaimed>
  /**
   * Applies what still holds its fence; returns the positions of those that do not. A job that somebody asked to
   * cancel meanwhile becomes cancelled where it would have gone back to pending.
   */
  settle(batch: readonly Settlement[]): Promise<number[]>
  heartbeat(lease: Lease): Promise<Heartbeat>

  /** Writes what attempts logged and reported; returns the positions of the stale ones. */
  record(lease: Lease, records: readonly AttemptRecord[]): Promise<number[]>

  // Workers and their leases.
  /** @throws OffstageError WORKER_ID_TAKEN while a worker of that id holds a live lease. */
  register(worker: NewWorker): Promise<Lease>
  /** Ends a lease. What it still holds becomes orphaned at once. */
  endLease(lease: Lease): Promise<void>
  /** What is still held by a claim; for a worker that was never given the answer to it. */
  held(lease: Lease, claim: number): Promise<AttemptRef[]>
  orphans(limit: number): Promise<Orphan[]>
  workers(): Promise<(WorkerInfo & { lease: Lease })[]>
  /** The last workers of a known release, at most 1,000, whether they run or have ended; the newest first. */
  releases(): Promise<WorkerRelease[]>
  ask(workerId: string, what: 'quiet' | 'stop' | 'resume'): Promise<boolean>

  // Queries.
  get(id: JobId): Promise<JobDetail | undefined>
  /** Several, in the order of their ids, with as many statements as for one; without those that are not there. */
  details(ids: readonly JobId[]): Promise<JobDetail[]>
  /** The ids that begin with `prefix`, at most `limit`. */
  idsByPrefix(prefix: string, limit: number): Promise<JobId[]>
  list(request: ListRequest): Promise<JobPage>
  /** The ids alone, newest first: of as many jobs as one likes. */
  find(request: ListRequest): Promise<{ ids: JobId[]; cursor: string | undefined }>
  /** @param upTo Counts no further. */
  count(filter: JobFilter, upTo?: number): Promise<number>
  /** How many of each status, whatever status the filter itself asks for. */
  countByStatus(filter: JobFilter, bounds: CountBounds): Promise<StatusCounts>
  logs(id: JobId, attempt?: number): Promise<LogLine[]>
  /** By name. @param upTo How far the jobs of each are counted; 10,000 by default. */
  /** What came to each queue since then, by the clocks of those who enqueued; from a sample where much came. */
  arrivals(since: number): Promise<Arrivals>
  queues(upTo?: number): Promise<QueueInfo[]>
  stats(request: StatsRequest): Promise<Stats>
  /** Newest first. */
  causes(request: CausesRequest): Promise<Cause[]>
  /** In no order; rows of one minute and handler are to be added up. */
  metrics(request: MetricsRequest): Promise<MetricRow[]>
  /** Adds what a worker has counted since it last did. */
  addMetrics(lease: Lease, rows: readonly MetricRow[]): Promise<void>

  // Commands by people.
  cancel(ids: readonly JobId[]): Promise<CommandResult[]>
  /** From failed or cancelled back to pending, with all its retries again. */
  retry(ids: readonly JobId[]): Promise<CommandResult[]>
  /** A pending job becomes due now. */
  runNow(ids: readonly JobId[]): Promise<CommandResult[]>
  /** Removes finished and pending jobs with all that belongs to them; running ones are refused. */
  delete(ids: readonly JobId[]): Promise<CommandResult[]>
  /** Removes up to `limit` jobs that are not running; returns how many. 0 means that it is done. */
  clear(limit: number): Promise<number>
  /** @param reason Why, for whoever looks at it while it is paused. */
  setPaused(queue: string, paused: boolean, reason?: string): Promise<void>

  // Maintenance: limited and repeatable, so that every worker may do it.
  /** Fails jobs whose `expiresIn` has passed; returns them. */
  expire(limit: number): Promise<ExpiredJob[]>
  /** Removes finished jobs past their time or number, in short transactions; returns how many, at most `limit`. */
  prune(retention: Retention, limit: number): Promise<number>

  /**
   * Calls back when there may be new work or a change to look at; returns how to stop it. `soon`: in a tenth of a second
   * is early enough, which spares hearing of each of thousands of writes a second.
   */
  onWake(wake: () => void, hurry?: 'soon'): () => void
  /** Brings the schema up to date. @throws OffstageError SCHEMA_NEWER when the database is ahead of this version. */
  migrate(): Promise<void>
  close(): Promise<void>
}
