import { closedError } from './client/connection.ts'
import { Enqueuer } from './client/enqueue.ts'
import type { Jobs, RunBackgroundJob, RunBackgroundJobs } from './client/job-types.ts'
import { createJobsApi, type JobsApi } from './client/jobs.ts'
import { createMetrics, type Metrics } from './client/metrics.ts'
import { createQueuesApi, type QueuesApi } from './client/queues.ts'
import type { ScheduleTuple } from './client/schedule-types.ts'
import { createSchedulesApi, type SchedulesApi } from './client/schedules.ts'
import { Scheduling } from './client/scheduling.ts'
import { createWorkersApi, type WorkersApi } from './client/workers.ts'
import type { Allowed } from './core/allow.ts'
import { parseDuration } from './core/duration.ts'
import { ENGINE } from './core/engine-symbol.ts'
import { checkListener, type EventName, type Listener } from './core/events.ts'
import type { Duration } from './core/handler.ts'
import { Registry } from './core/registry.ts'
import { type OffstageConfig, resolveSettings, type WorkerConfig } from './core/settings.ts'
import type { Dashboard, DashboardOptions } from './dashboard/dashboard.ts'
import type { OffstageEngine } from './engine.ts'
import { EngineParts } from './engine-parts.ts'
import type { Worker } from './worker/worker.ts'

/** An allow-list with all that can be done with it. Made by {@link defineOffstage}. */
export interface Offstage<List extends Jobs = Jobs> {
  readonly runBackgroundJob: RunBackgroundJob<List>
  readonly runBackgroundJobs: RunBackgroundJobs<List>
  readonly jobs: JobsApi
  readonly queues: QueuesApi
  readonly schedules: SchedulesApi<List>
  readonly workers: WorkersApi
  readonly metrics: Metrics
  /**
   * The dashboard, to be mounted in an app's own server under any path. Closed with the offstage.
   * @throws OffstageError OPTION_INVALID
   */
  dashboard(options?: DashboardOptions): Dashboard
  /**
   * Calls `listener` for each step that this process makes. Returns how to stop that.
   * @throws OffstageError OPTION_INVALID
   */
  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void
  /**
   * Starts a worker in this process; its children find their handlers by the config module.
   * @throws OffstageError WORKER_RUNNING, WORKER_ID_TAKEN, ISOLATION_NEEDS_CONFIG, LOG_UNWRITABLE, CLOSED
   */
  start(options?: StartOptions): Promise<Worker>
  /** Stops the worker of this process: running jobs get the grace to finish, then go back to pending. */
  stop(options?: { grace?: Duration }): Promise<void>
  /** Stops the worker and closes the database. Every call after this is refused as CLOSED. */
  close(): Promise<void>
  /** For the worker, its children and the command line. */
  readonly [ENGINE]: OffstageEngine
}

/** What this worker does differently from the config's `worker`. */
export interface StartOptions extends WorkerConfig {
  /** The config module, when it is not found from the working folder upwards or by `OFFSTAGE_CONFIG`. */
  config?: string
}

/** What `defineOffstage` takes. */
export interface Definition<List extends Jobs> extends OffstageConfig<List> {
  /** By name: what is to be enqueued when, `{ nightly: ['0 3 * * *', Report, 'build', ['pdf']] }`. */
  schedules?: Readonly<Record<string, ScheduleTuple<NoInfer<List>>>>
}

/**
 * Defines which methods of which classes may run as jobs, and how. Checks all of it, and does nothing else: the
 * database is opened by the first call that needs it.
 * @throws OffstageError CONFIG_INVALID, HANDLER_INVALID, HANDLER_DUPLICATE, OPTION_INVALID
 */
export function defineOffstage<const List extends readonly Allowed[]>(config: Definition<List>): Offstage<List> {
  const settings = resolveSettings(config, process.env)
  const registry = Registry.from(settings.jobs, settings.defaults)
  const scheduling = new Scheduling(registry, settings.maxArgsBytes, config.schedules)
  const engine = new EngineParts(registry, settings, scheduling)
  const { events } = engine
  const enqueuer = new Enqueuer({
    registry,
    maxArgsBytes: settings.maxArgsBytes,
    enqueue: async (jobs, tx) => {
      const store = await (tx === undefined ? engine.storeWithLogs() : engine.storeInTransaction())
      const along = tx === undefined ? engine.worker?.enqueue(jobs) : undefined
      return await (along ?? store.enqueue(jobs, tx))
    },
    parallel: () => engine.parallel,
  })
  const schedules = createSchedulesApi(engine, scheduling) as SchedulesApi<List>
  return {
    runBackgroundJob: (target: unknown, method: string, ...rest: [args?: never, options?: never]) =>
      engine.isClosed ? Promise.reject(closedError()) : enqueuer.one(target, method, ...rest),
    runBackgroundJobs: (jobs, options) =>
      engine.isClosed ? Promise.reject(closedError()) : enqueuer.many(jobs as never, options),
    jobs: createJobsApi(engine),
    queues: createQueuesApi(engine),
    schedules,
    workers: createWorkersApi(engine),
    metrics: createMetrics(engine),
    dashboard: (options) => engine.addDashboard(enqueuer, schedules, options),
    on: (name, listener) => {
      checkListener(name, listener)
      return events.on(name, listener)
    },
    start: async ({ config: path, ...worker }: StartOptions = {}) => {
      const { findConfig } = await import('./config/find.ts')
      const chosen = { ...config, worker: { ...config.worker, ...worker } }
      const created = await engine.createWorker(
        resolveSettings(chosen, process.env),
        path ?? findConfig(process.cwd(), process.env),
      )
      await engine.startWorker(created)
      return created
    },
    stop: async ({ grace } = {}) =>
      await engine.stopWorker(grace === undefined ? {} : { graceMs: parseDuration(grace, 'grace') }),
    close: async () => {
      engine.shut()
      await enqueuer.drained()
      await engine.close()
    },
    [ENGINE]: engine,
  }
}
