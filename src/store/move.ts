/**
 * What a move needs of a store: of the one that jobs leave, and of the one that they come to.
 *
 * A batch of jobs is taken out of reach (nobody claims it any more, and it is written down as under way), copied, and
 * then let go of. Whoever ends in between leaves the batch under way; whoever moves next begins with it. What the
 * target received last it has written down in the transaction that stored it, so no batch is ever stored twice.
 */

import type { FinalStatus, JobId } from '../core/job.ts'
import type { AttemptOutcome } from '../core/outcome.ts'
import type { Severity } from './queried.ts'

/** The number of a job in the database that it leaves. */
export type MoveKey = number

/** A job with all that belongs to it, in the form in which it travels. Times are ms since 1970, `…Json` is text. */
export interface MovedJob {
  key: MoveKey
  id: JobId
  class: string
  method: string
  /** The secrets in it stay sealed. */
  args: string
  queue: string
  priority: number
  maxAttempts: number
  createdAt: number
  runAt: number
  expiresAt: number | null
  policy: string | null
  tags: string | null
  /** What it holds as a unique job, and until when at least. */
  hash: string | null
  freeAt: number | null
  isFinished: boolean
  /** When it is due, and what is counted of it, where it has not finished. */
  dueAt: number
  attempt: number
  spared: number
  crashes: number
  attempts: MovedAttempt[]
  lines: MovedLine[]
}

export interface MovedAttempt {
  n: number
  outcome: AttemptOutcome
  status: FinalStatus | null
  reason: string | null
  /** The number of the worker's lease in the database that it leaves. */
  lease: number | null
  spared: number
  startedAt: number | null
  finishedAt: number
  nextAt: number | null
  error: string | null
  result: string | null
  progress: string | null
  fingerprint: string | null
}

export interface MovedLine {
  n: number
  line: number
  at: number
  severity: Severity
  text: string
}

/** A worker that attempts name, as it is shown with them. It holds no lease where it comes to. */
export interface MovedWorker {
  lease: number
  id: string
  host: string
  pid: number
  queues: string
  concurrency: number
  version: string
  release: string | null
  leaseMs: number
  startedAt: number
  seenAt: number
  expiresAt: number
  endedAt: number | null
}

export interface MoveBatch {
  jobs: MovedJob[]
  /** Those whose leases the attempts name. */
  workers: MovedWorker[]
}

/** That a database is being moved, or was, and where to. */
export interface Departure {
  /** The target, as it may be shown. */
  to: string
  /** The target's {@link MoveStore.databaseId}. */
  targetId: string
  since: Date
  /** When nothing was left; null until then. */
  doneAt: Date | null
}

export interface MoveCounts {
  /** Ready and delayed, not counting those under way. */
  pending: number
  /** Held by workers. */
  running: number
  /** Taken out by a move, and not let go of yet. */
  underWay: number
}

/** Counts of all runs of a move from one database. */
export interface Received {
  /** Pending jobs, and finished ones. */
  pending: number
  finished: number
  /** Jobs whose ids were there before: they stayed as they were. */
  duplicates: number
  /** The keys of the batch that was stored last. */
  keys: readonly MoveKey[]
}

export interface QueueState {
  name: string
  paused: boolean
  pauseReason: string | null
}

/** Other tables than those of jobs, which are copied row by row and stay where they are, too. */
export type KeptTable = 'user' | 'token' | 'setting' | 'audit'

export interface KeptPage {
  rows: Record<string, string | number | null>[]
  /** From behind which the next page is. */
  cursor: string
}

export interface MoveStore {
  /** What no other database has; made when it is first asked for. */
  databaseId(): Promise<string>
  /** The database's clock, in ms since 1970. */
  now(): Promise<number>
  /** Of a move away from here; undefined when there was none. */
  departure(): Promise<Departure | undefined>
  count(): Promise<MoveCounts>
  countFinished(): Promise<number>

  /**
   * Writes down that this database is being moved. `mover` is what tells this run from others: from now on, calls of
   * another one are refused, so that two never move one job.
   * @throws OffstageError MOVE_ELSEWHERE while jobs are under way to another database.
   */
  depart(target: { to: string; targetId: string }, mover: string): Promise<Departure>
  /** Takes pending jobs out of reach, the most urgent of each queue first. @throws OffstageError MOVE_TAKEN_OVER */
  takePending(mover: string, limit: number): Promise<MoveKey[]>
  /** The same with finished jobs, the first that ended first. @throws OffstageError MOVE_TAKEN_OVER */
  takeFinished(mover: string, limit: number): Promise<MoveKey[]>
  /** What was taken and not let go of. */
  underWay(limit: number): Promise<MoveKey[]>
  /** Cuts a batch in two or more where it is larger than so many bytes. */
  portions(keys: readonly MoveKey[], bytes: number): Promise<MoveKey[][]>
  /** What is no longer there is left out. */
  read(keys: readonly MoveKey[]): Promise<MoveBatch>
  /** Removes jobs that were received elsewhere. @throws OffstageError MOVE_TAKEN_OVER */
  letGo(mover: string, keys: readonly MoveKey[]): Promise<void>
  /** Writes down that nothing was left. */
  departed(mover: string): Promise<void>

  /** This database is used again: whatever left it before. @throws OffstageError MOVE_ELSEWHERE while jobs are under way. */
  welcome(): Promise<void>
  /** What has come from that database so far. */
  received(from: string): Promise<Received>
  /** Stores a batch in one transaction. One that was stored before, as the last, is not stored again. */
  receive(from: string, batch: MoveBatch, keys: readonly MoveKey[]): Promise<Received>

  queueStates(): Promise<QueueState[]>
  /** Makes queues, and pauses those that were paused there; each once only, so that whoever resumes one here may. */
  receiveQueues(from: string, queues: readonly QueueState[]): Promise<void>

  /** Rows of another table, in the order of their keys, from behind `after`; undefined behind the end. */
  readKept(table: KeptTable, after: string | undefined): Promise<KeptPage | undefined>
  /** Returns how many were new here. A page that was stored before, as the last, is not stored again. */
  receiveKept(from: string, table: KeptTable, page: KeptPage): Promise<number>
  /** The cursor of the page that was stored last. */
  receivedKept(from: string, table: KeptTable): Promise<string | undefined>
}
