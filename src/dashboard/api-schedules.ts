/** The HTTP API's types of what is enqueued by the clock. */
import type { JobStatus } from '../core/job.ts'
import type { Missed, Overlap } from '../core/schedule.ts'

/**
 * Where a schedule comes from. `config`: the config beside this dashboard. `other-config`: another one, or it has been
 * taken out. `set`: somebody set it at run time.
 */
export type ScheduleSource = 'config' | 'other-config' | 'set'

/**
 * `waiting`: for its next slot. `overdue`: that came more than a minute ago, and no worker has enqueued its job.
 * `no-worker`: it would be, since none runs now. `over`: its expression names no further moment.
 */
export type ScheduleState = 'waiting' | 'overdue' | 'no-worker' | 'paused' | 'over'

export interface ScheduleRow {
  name: string
  class: string
  method: string
  cron: string
  timezone: string
  missed: Missed
  overlap: Overlap
  source: ScheduleSource
  state: ScheduleState
  pauseReason: string | null
  /** Why nothing comes of its slots, and what to do; null while nothing is known to be wrong. */
  problem: { text: string; remedy: string } | null
  /** The slot that comes, or has come and waits for a worker; null while it is paused, or over. */
  nextAt: string | null
  /** For how long a slot has been waiting for a worker. */
  overdueMs: number | null
  /** The slots from now on, at most three, or five of one schedule; of one that is paused, if it went on now. */
  next: string[]
  /** The last slot that enqueued a job. */
  lastAt: string | null
  /** That job; null when there is none, it has been removed since, or another one held its unique key. */
  lastJob: ScheduleJob | null
  /** This dashboard can enqueue a job of it: its config allows the method. */
  runnable: boolean
}

/** A job of a schedule, in brief. */
export interface ScheduleJob {
  id: string
  status: JobStatus
  reason: string | null
  createdAt: string
  finishedAt: string | null
  errorLine: string | null
}

export interface ScheduleView extends ScheduleRow {
  args: unknown[]
  /** The arguments were too long and have been shortened. */
  cut: boolean
  /** What its jobs set differently from their handler. */
  options: Record<string, unknown>
  /** The latest of its jobs that were found at once, also those that somebody ran; at most ten. */
  jobs: ScheduleJob[]
}
