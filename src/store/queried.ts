/** What queries take and answer. */
import type { JobFilter } from '../core/filter.ts'
import type { Job } from '../core/job.ts'

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
}

export interface JobPage {
  /** Newest first: by when they ended where only final statuses are asked for, else by when they were stored. */
  jobs: Job[]
  cursor: string | undefined
}

export interface QueueInfo {
  name: string
  paused: boolean
  /** Jobs that are due now, and those that wait for their time. */
  ready: number
  delayed: number
  running: number
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
  startedAt: Date
  lastSeenAt: Date
  running: number
}
