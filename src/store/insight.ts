/** What a store tells about causes of failures and about rates: the two that are asked of many jobs at once. */
import type { Histogram } from '../core/histogram.ts'
import type { JobId } from '../core/job.ts'

export type { Histogram }

export interface CausesRequest {
  /** Attempts that failed in this window are looked at; ms since 1970. */
  since: number
  until?: number | undefined
  /** Only the cause of this fingerprint. */
  fingerprint?: string | undefined
  /** Into how many equal slices of the window `trend` is cut. */
  slices: number
  /** The newest causes, at most. */
  limit: number
}

/** Failed attempts that share a fingerprint: the same normalised message and the same first frame of the app's own. */
export interface Cause {
  fingerprint: string
  /** Failed attempts in the window, counted to 10,000. */
  attempts: number
  /** How many of those that were counted failed their job for good. */
  jobs: number
  /** The first and the last in the window. */
  firstAt: Date
  lastAt: Date
  /** The app's release that the first in the window ran under; null when it is not known. */
  firstRelease: string | null
  /** Attempts in each slice of the window; of a cause with more than are counted, in each slice up to 2,000. */
  trend: number[]
  /** From a sample of the newest. */
  handlers: { class: string; method: string; attempts: number }[]
  /** The newest: what it said. */
  latest: { id: JobId; attempt: number; name: string; message: string; stack: string | null; code: string | null }
}

/** What became of the attempts of a handler in one minute, by one worker. Written every few seconds, added up. */
export interface MetricRow {
  /** The beginning of the minute; ms since 1970. */
  at: number
  class: string
  method: string
  queue: string
  completed: number
  /** Failed for good. */
  failed: number
  cancelled: number
  /** Failed attempts that are tried again. */
  retried: number
  /** Counts of durations from due to started, and from started to ended, by the bucket of `core/histogram`. */
  wait: Histogram
  run: Histogram
}

export interface MetricsRequest {
  /** Minutes from here on; ms since 1970. */
  since: number
  until?: number | undefined
  class?: string | undefined
  method?: string | undefined
  queue?: string | undefined
}
