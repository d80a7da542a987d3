/** What a worker says of itself when it takes its lease. */
export interface NewWorker {
  id: string
  /** What tells processes of one machine and one process namespace from all others. */
  host: string
  pid: number
  /** As shown: `all`, or the queues in words. */
  queues: string
  concurrency: number
  version: string
  /** Of the app, such as `v1.4.2`, when it tells. */
  release?: string | undefined
  leaseMs: number
}
