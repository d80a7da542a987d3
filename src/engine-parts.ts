import { type Connection, closedError } from './client/connection.ts'
import type { Enqueuer } from './client/enqueue.ts'
import { explainBusy, OPEN_IN_TRANSACTION } from './client/in-transaction.ts'
import type { Scheduling } from './client/scheduling.ts'
import { OffstageError } from './core/errors.ts'
import { Events } from './core/events.ts'
import type { Registry } from './core/registry.ts'
import type { Settings } from './core/settings.ts'
import { createDashboard, type ScheduleCommands } from './dashboard/create.ts'
import type { Dashboard, DashboardOptions } from './dashboard/dashboard.ts'
import type { OffstageEngine } from './engine.ts'
import type { LogFiles } from './logs/log-files.ts'
import { checkKey, withoutKey } from './secrets/current-keyring.ts'
import { noticingMoves } from './store/moved.ts'
import { observe } from './store/observe.ts'
import { recognisingRepeats } from './store/repeats.ts'
import { type RetryOptions, retrying } from './store/retry.ts'
import type { Store } from './store/store.ts'
import { inheritedExecArgv } from './worker/runtime/exec-argv.ts'
import type { LocalWorker, Worker } from './worker/worker.ts'

/** Code that runs as a job, or is loaded for one, says so here: it must not start workers of its own. */
const IN_CHILD = Symbol.for('offstage.inChild')

/** What an offstage opens when it is first needed: the database, the log files, a worker, dashboards. */
export class EngineParts implements OffstageEngine, Connection {
  readonly registry: Registry
  readonly settings: Settings
  readonly scheduling: Scheduling
  /** Of the store; 1 until it is open. */
  parallel = 1
  readonly events = new Events((error) => process.emitWarning(`a listener of offstage.on threw: ${String(error)}`))
  readonly #closing = new AbortController()
  #opening: Promise<Store> | undefined
  #logging: Promise<LogFiles | undefined> | undefined
  /** Of this process, also one that the command line has started. */
  worker: LocalWorker | undefined
  /** Only a worker that was started from here is stopped from here: the command line does both itself. */
  #started: Worker | undefined
  #creating = false
  #closed: Promise<void> | undefined
  readonly #dashboards = new Set<Dashboard>()

  constructor(registry: Registry, settings: Settings, scheduling: Scheduling) {
    this.registry = registry
    this.settings = settings
    this.scheduling = scheduling
  }

  get closing(): AbortSignal {
    return this.#closing.signal
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted
  }

  readonly store = async (): Promise<Store> => {
    if (this.isClosed) throw closedError()
    return await this.#open()
  }

  /** For what makes steps of jobs, which the log files are to tell. Also once closing: what was called before counts. */
  async storeWithLogs(): Promise<Store> {
    await this.#openLogs()
    return await this.#open()
  }

  /** The same, for a caller who is inside a transaction on the very database that may have to be made ready first. */
  async storeInTransaction(): Promise<Store> {
    await this.#openLogs()
    return await this.#open(OPEN_IN_TRANSACTION).catch(explainBusy)
  }

  async createWorker(settings: Settings, configPath: string | undefined): Promise<LocalWorker> {
    if (this.isClosed) throw closedError()
    if (IN_CHILD in globalThis) {
      const what = 'a job, or a config module that is loaded for one, cannot start a worker: move start() elsewhere'
      throw new OffstageError('WORKER_RUNNING', what)
    }
    if (this.worker !== undefined || this.#creating) {
      throw new OffstageError('WORKER_RUNNING', 'the worker of this process runs already: stop() it before start()')
    }
    this.#creating = true
    try {
      checkKey()
      const [{ createWorker }, { Outage, whileAway }, { packageVersion }] = await Promise.all([
        import('./worker/worker.ts'),
        import('./worker/outage.ts'),
        import('./cli/version.ts'),
      ])
      const workerId = settings.worker.id ?? ''
      const outage = new Outage((state, message) => this.events.emit('worker', { workerId, state, message }), 1)
      const store = await whileAway(() => this.storeWithLogs(), outage, this.closing)
      if (store === undefined || this.isClosed) throw closedError()
      const { registry, events, scheduling } = this
      const version = packageVersion()
      const worker = createWorker({ store, registry, events, settings, scheduling, configPath, version })
      this.worker = worker
      void worker.stopped.then(() => this.#forget(worker))
      return worker
    } finally {
      this.#creating = false
    }
  }

  async startWorker(worker: Worker): Promise<void> {
    try {
      await worker.start()
      this.#started = worker
    } catch (error) {
      this.#forget(worker)
      throw error
    }
  }

  async stopWorker(options: { graceMs?: number } = {}): Promise<void> {
    await this.#started?.stop(options)
  }

  addDashboard(
    enqueuer: Enqueuer,
    schedules: Omit<ScheduleCommands, 'declared'>,
    options?: DashboardOptions,
  ): Dashboard {
    const parts = {
      settings: this.settings,
      registry: this.registry,
      version: async () => (await import('./cli/version.ts')).packageVersion(),
      store: () => this.storeWithLogs(),
      enqueue: (...job: [string, string, unknown[], object]) => enqueuer.one(...job),
      schedules: { ...schedules, declared: this.scheduling.declared },
      workerId: () => this.worker?.id,
      execArgv: inheritedExecArgv(process.execArgv),
      env: () => withoutKey(process.env),
    }
    const dashboard = createDashboard(parts, options)
    this.#dashboards.add(dashboard)
    return dashboard
  }

  /** Refuses every call from now on. */
  shut(): void {
    this.#closing.abort()
  }

  async close(): Promise<void> {
    this.#closed ??= this.#close()
    await this.#closed
  }

  async #close(): Promise<void> {
    for (const dashboard of this.#dashboards) await dashboard.close()
    await this.stopWorker()
    // What could not be opened has nothing to close, and whoever opened it was told.
    const store = await this.#opening?.catch(() => undefined)
    await store?.close()
    const logs = await this.#logging?.catch(() => undefined)
    logs?.close()
  }

  #forget(worker: Worker): void {
    if (this.worker === worker) this.worker = this.#started = undefined
  }

  #open(patience: RetryOptions = {}): Promise<Store> {
    // What failed is tried again by the next call: the folder may be there by then.
    this.#opening ??= this.#openStore(patience).catch((error: unknown) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  async #openStore(patience: RetryOptions): Promise<Store> {
    const { openStore } = await import('./stores/open.ts')
    const opened = await openStore(this.settings.database)
    const workerId = () => this.worker?.id ?? ''
    const noticing = noticingMoves(recognisingRepeats(retrying(opened)), this.events, workerId)
    const store = observe(noticing, this.events, workerId)
    try {
      await retrying(opened, patience).migrate()
      await noticing.look()
    } catch (error) {
      await opened.close()
      throw error
    }
    this.parallel = store.parallel
    return store
  }

  #openLogs(): Promise<LogFiles | undefined> {
    this.#logging ??= this.#openLogFiles().catch((error: unknown) => {
      this.#logging = undefined
      throw error
    })
    return this.#logging
  }

  async #openLogFiles(): Promise<LogFiles | undefined> {
    const { logs } = this.settings
    if (logs === false) return undefined
    const { openLogFiles } = await import('./logs/log-files.ts')
    return openLogFiles(this.events, logs)
  }
}
