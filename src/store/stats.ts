import type { JobStatus } from '../core/job.ts'
import type { QueueInfo } from './queried.ts'

/** Bounds on what a look at the statistics may cost, however much has been stored. */
export interface StatsRequest {
  /** How far back handlers are looked at. */
  windowMs: number
  /** How many of the newest completed and of the newest failed jobs are looked at, at most. */
  sample: number
  /** How far jobs are counted, by status, and by queue. */
  countTo: number
}

/** What a database holds now, and what became of its jobs lately. */
export interface Stats {
  /** The database's clock. */
  at: Date
  jobs: Record<JobStatus, number>
  /** The statuses that were not counted to their end: there are more jobs than `jobs` says. */
  more: JobStatus[]
  queues: QueueInfo[]
  /** From when on `handlers` counts: the beginning of the window, or later when the sample did not reach it. */
  since: Date
  handlers: HandlerStats[]
}

/** The jobs of one handler that completed or failed for good since {@link Stats.since}. */
export interface HandlerStats {
  class: string
  method: string
  completed: number
  failed: number
  /** From when the last attempt was due until it was started. Null when none was started. */
  waitP50Ms: number | null
  waitP95Ms: number | null
  /** From its start to its end. */
  runP50Ms: number | null
  runP95Ms: number | null
}
