/** What queries take and answer. */
import type { JobFilter } from '../core/filter.ts'
import type { Job, JobStatus } from '../core/job.ts'

export const SEVERITIES = ['debug', 'info', 'warning', 'error'] as const
export type Severity = (typeof SEVERITIES)[number]

export interface LogLine {
  attempt: number
  at: Date
  severity: Severity
  text: string
}

export interface ListRequest extends JobFilter {
  limit: number
  /** Opaque; from the page before. */
  cursor?: string | undefined
  /**
   * Looks for about so long, where no index leads to what is meant. A page may then hold fewer than `limit`, or none,
   * although it has a cursor: the next one looks on from there. Without it, a page is full while there is more.
   */
  withinMs?: number | undefined
}

export interface JobPage {
  /** Newest first: by when they ended where only final statuses are asked for, else by when they were stored. */
  jobs: Job[]
  /** Undefined when there is nothing more. */
  cursor: string | undefined
}

/** Bounds on what counting may cost. */
export interface CountBounds {
  /** Counts no further. */
  upTo: number
  /** Looks for about so long, where no index leads to what is meant. */
  withinMs: number
  /** Only these are counted, of the others none; default: all. */
  statuses?: readonly JobStatus[] | undefined
}

export interface BoundedCount {
  count: number
  /** There are more than `count`, or there may be: not all were looked at. */
  more: boolean
}

export type StatusCounts = Record<JobStatus, BoundedCount>

export interface QueueInfo {
  name: string
  paused: boolean
  /** Of whoever paused it; null when none was given. */
  pauseReason: string | null
  /** Jobs that are due now, and those that wait for their time. */
  ready: number
  delayed: number
  running: number
  /** There are more than `ready` and `delayed` say, or may be: they were counted so far only. */
  more: boolean
  /** When the job that has been due for longest was due; null when none is. */
  oldestReadyAt: Date | null
}

export interface WorkerInfo {
  id: string
  host: string
  pid: number
  status: 'running' | 'quiet' | 'stopping' | 'lost'
  queues: string
  concurrency: number
  version: string
  /** Of the app; null when it does not tell. */
  release: string | null
  startedAt: Date
  lastSeenAt: Date
  running: number
}

export interface WorkerRelease {
  workerId: string
  release: string
  startedAt: Date
}

/** Jobs that came, by queue. */
export interface Arrivals {
  /** From when on they were counted, in ms since 1970: later than was asked where there were too many. */
  since: number
  queues: { queue: string; count: number }[]
}
