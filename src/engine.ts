import type { Scheduling } from './client/scheduling.ts'
import type { Engine } from './core/engine-symbol.ts'
import type { Settings } from './core/settings.ts'
import type { Store } from './store/store.ts'
import type { Worker } from './worker/worker.ts'

/** What the worker and the command line need of an offstage. Apart from what does it: published types lead here. */
export interface OffstageEngine extends Engine<Store> {
  readonly scheduling: Scheduling
  /** The store with the log files open: for what makes steps of jobs. @throws OffstageError LOG_UNWRITABLE */
  storeWithLogs(): Promise<Store>
  /** A worker with the log files open, not yet started: once its database is there. @throws OffstageError WORKER_RUNNING */
  createWorker(settings: Settings, configPath: string | undefined): Promise<Worker>
}
