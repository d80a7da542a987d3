/** The HTTP API's types of what runs the jobs: queues, workers, handlers, their rates, and the log files. */
import type { Count, Deploy, SeriesPoint } from './api.ts'

export interface QueueRow {
  name: string
  paused: boolean
  pauseReason: string | null
  ready: Count
  delayed: Count
  running: number
  oldestWaitMs: number | null
  /** Jobs that came, and attempts that ended, in a minute, over the last five minutes. */
  inPerMinute: number
  outPerMinute: number
  /** Live workers that serve it, and how many jobs those can run at a time, of all their queues. */
  workers: number
  capacity: number
}

export interface WorkerRow {
  id: string
  host: string
  pid: number
  status: 'running' | 'quiet' | 'stopping' | 'lost'
  queues: string
  concurrency: number
  running: number
  version: string
  /** Of the app; null when it does not tell. */
  release: string | null
  startedAt: string
  lastSeenAt: string
  /** What it runs now, at most 20. */
  jobs: { id: string; class: string; method: string; attempt: number; startedAt: string }[]
}

export interface HandlerRow {
  class: string
  method: string
  /** False when jobs of it are stored, but this config does not allow it. */
  allowed: boolean
  isolation: string | null
  completed: number
  failed: number
  retried: number
  perMinute: number
  /** 0 to 1 of what ended; null when nothing did. */
  failureShare: number | null
  wait: Percentiles
  run: Percentiles
  /** By equal slices of the window. */
  trend: { completed: number; failed: number }[]
  /** JSON Schema of its argument list, where its schema can tell. */
  schema: unknown
  /** What an enqueue gets when it says nothing else. */
  defaults: { retries: number; priority: number; queue: string; timeoutMs: number | null }
}
export interface Percentiles {
  p50Ms: number | null
  p95Ms: number | null
  p99Ms: number | null
}

export interface MetricsAnswer {
  since: string
  deploys: Deploy[]
  series: (SeriesPoint & { wait: Percentiles; run: Percentiles })[]
}

export interface EnqueueRequest {
  class: string
  method: string
  args: unknown[]
  options?: {
    delay?: number | string
    retries?: number
    priority?: string | number
    queue?: string
    tags?: string[]
    unique?: boolean | string
  }
  /** Paths of arguments to be sealed as secrets: `['0.token']`. */
  secrets?: string[]
}

export interface LogFilePage {
  /** Newest first. */
  entries: LogFileEntry[]
  /** For older ones; null at the beginning of the file. */
  before: string | null
  files: { main: string; errors: string }
}
export interface LogFileEntry {
  at: string
  severity: 'INFO' | 'WARNING' | 'ERROR'
  message: string
  /** Id, Class, Method, Attempt, Error… as they stand in the line. */
  fields: Record<string, string>
}
