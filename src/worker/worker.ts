import type { Events } from '../core/events.ts'
import type { Enqueued } from '../core/job.ts'
import type { Registry } from '../core/registry.ts'
import type { Settings } from '../core/settings.ts'
import type { NewJob, Store } from '../store/store.ts'
import { EngineWorker } from './engine-worker.ts'
import type { Schedules } from './maintenance/scheduler.ts'

export interface WorkerOptions {
  store: Store
  registry: Registry
  events: Events
  settings: Settings
  scheduling: Schedules
  /** The config module, which children load; without one only `inline` handlers can run. */
  configPath: string | undefined
  version: string
}

export interface Worker {
  readonly id: string
  /** Resolves when the worker has stopped, whoever asked it to. */
  readonly stopped: Promise<void>
  /** @throws OffstageError WORKER_ID_TAKEN, ISOLATION_NEEDS_CONFIG. */
  start(): Promise<void>
  /** Claims nothing more; what runs goes on. */
  quiet(): void
  resume(): void
  /**
   * Claims nothing more, gives running jobs `graceMs` to finish and puts back those that do not, without spending their
   * attempt. A second call with a shorter grace shortens it.
   */
  stop(options?: { graceMs?: number }): Promise<void>
  /** True when nothing is due for it, running or waiting to be written. */
  isIdle(): boolean
}

/** As the process that it is in knows it. */
export interface LocalWorker extends Worker {
  /** Stores jobs and claims what is due with the same call, while it has nothing to do; else undefined, and nothing is done. */
  enqueue(jobs: readonly NewJob[]): Promise<Enqueued[]> | undefined
}

export function createWorker(options: WorkerOptions): LocalWorker {
  return new EngineWorker(options)
}
