import { describeQueues } from '../core/claim-plan.ts'
import type { Events, WorkerState } from '../core/events.ts'
import { newId } from '../core/id.ts'
import type { Registry } from '../core/registry.ts'
import type { Settings } from '../core/settings.ts'
import type { AttemptRef, Heartbeat, Lease, Store } from '../store/store.ts'
import type { Attempt } from './attempt.ts'
import { Claimer } from './claimer.ts'
import { DatabaseClock } from './database-clock.ts'
import { Deadlines } from './deadlines.ts'
import { Drain } from './drain.ts'
import { Executor } from './executor.ts'
import type { Lane } from './lane.ts'
import { createLanes, handlersOf } from './lanes.ts'
import { LeaseHolder } from './leases.ts'
import { Listener } from './listener.ts'
import { Loop } from './loop.ts'
import { expirer, Maintenance } from './maintenance/maintenance.ts'
import { pruner } from './maintenance/pruner.ts'
import { rescue, thisHost } from './maintenance/rescuer.ts'
import { Outage } from './outage.ts'
import { Recorder } from './recorder.ts'
import { Settler } from './settler.ts'

/** Settlements that are not written yet hold back new claims from here on: a database that is slow is not outrun. */
const MAX_UNSETTLED = 5_000
/** How long a settlement may wait for company while the lane has other work at hand. */
const GATHER_MS = 3

export interface WorkerOptions {
  store: Store
  registry: Registry
  events: Events
  settings: Settings
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

export function createWorker(options: WorkerOptions): Worker {
  return new EngineWorker(options)
}

class EngineWorker implements Worker {
  readonly id: string
  readonly stopped: Promise<void>
  readonly #options: WorkerOptions
  readonly #host = thisHost()
  readonly #clock = new DatabaseClock()
  readonly #settler: Settler
  readonly #recorder: Recorder
  readonly #executor: Executor
  readonly #claimer: Claimer
  readonly #listener: Listener
  readonly #lanes: readonly Lane[]
  readonly #leases: LeaseHolder
  readonly #loop: Loop
  readonly #maintenance: Maintenance
  readonly #outage: Outage
  readonly #drain = new Drain()
  #resolveStopped: () => void = () => {}
  #stopping: Promise<void> | undefined
  #quiet = false
  #askedQuiet = false
  #news = false
  #gather: NodeJS.Timeout | undefined
  #idle = false

  constructor(options: WorkerOptions) {
    const { store, registry, events, settings, configPath, version } = options
    const { worker } = settings
    this.#options = options
    this.id = worker.id ?? `${this.#host.split('/')[0]}-${process.pid}-${newId().slice(-6)}`
    this.stopped = new Promise((resolve) => {
      this.#resolveStopped = resolve
    })
    this.#settler = new Settler(store)
    this.#recorder = new Recorder(store)
    this.#outage = new Outage((state, message) => this.#tell(state, message))
    const deadlines = new Deadlines(worker.concurrency.inline)
    this.#executor = new Executor({
      workerId: this.id,
      settler: this.#settler,
      recorder: this.#recorder,
      events,
      graceMs: worker.graceMs,
      deadlines,
      now: this.#clock.now,
      onEnd: (lane) => this.#ended(lane),
      onError: (error) => this.#outage.failed(error),
    })
    const { queues } = worker
    this.#claimer = new Claimer({ store, registry, queues, clock: this.#clock, recorder: this.#recorder })
    this.#listener = new Listener(store, () => {
      this.#news = true
      this.#loop.wake()
    })
    this.#lanes = createLanes({
      registry,
      concurrency: worker.concurrency,
      configPath,
      start: (attempt, lane) => this.#executor.start(attempt, lane),
      onBroken: (error) => this.#tell('warning', error.message),
    })
    this.#leases = new LeaseHolder({
      store,
      database: settings.database,
      worker: {
        id: this.id,
        host: this.#host,
        pid: process.pid,
        queues: describeQueues(worker.queues),
        concurrency: this.#lanes.reduce((sum, lane) => sum + lane.capacity, 0),
        version,
        leaseMs: worker.leaseMs,
      },
      heartbeatMs: worker.heartbeatMs,
      graceMs: worker.graceMs,
      inline: handlersOf(registry, 'inline'),
      deadlines: deadlines.buffer,
      onBeat: (beat) => this.#heard(beat),
      onLost: (lease, message) => this.#lost(lease, message),
    })
    this.#loop = new Loop(() => this.#poll())
    // A tenth of a lease: together with the lease's own length this keeps a rescue within what is promised.
    const rescueMs = Math.max(100, Math.min(1_000, worker.leaseMs / 10))
    const rescuer = { run: () => this.#rescue(rescueMs) }
    const duties = [rescuer, expirer(store, worker.pollMs), pruner(store, settings.retention)]
    this.#maintenance = new Maintenance(duties, rescueMs)
  }

  async start(): Promise<void> {
    for (const lane of this.#lanes) lane.runtime.warm?.()
    await this.#leases.register().catch(async (error: unknown) => {
      for (const lane of this.#lanes) await lane.runtime.close()
      throw error
    })
    this.#loop.start()
    this.#tell('started', `worker ${this.id} started`)
    void this.#maintenance.start()
  }

  quiet(): void {
    this.#quiet = true
  }

  resume(): void {
    this.#quiet = false
    this.#loop.wake()
  }

  isIdle(): boolean {
    return (
      this.#idle && this.#settler.size === 0 && this.#lanes.every((lane) => lane.running.size + lane.buffered === 0)
    )
  }

  async stop({ graceMs = this.#options.settings.worker.graceMs }: { graceMs?: number } = {}): Promise<void> {
    this.#drain.hurry(graceMs)
    this.#stopping ??= this.#shutDown(graceMs)
    await this.#stopping
  }

  /** One turn of the worker: writes what is done, claims what there is room for. Returns how long to sleep. */
  async #poll(): Promise<number> {
    clearTimeout(this.#gather)
    this.#gather = undefined
    const { pollMs } = this.#options.settings.worker
    try {
      await this.#recorder.flush()
      await this.#settler.flush()
      if (this.#leases.current === undefined && this.#stopping === undefined) await this.#leases.register()
      if (this.#news) {
        this.#news = false
        if (this.#lanes.some((lane) => lane.running.size > 0)) await this.#leases.beat()
      }
      const sleepMs = await this.#claim()
      this.#outage.over()
      return Math.min(pollMs, sleepMs)
    } catch (error) {
      return this.#outage.failed(error)
    }
  }

  /** Returns how long nothing will be due, in ms. */
  async #claim(): Promise<number> {
    const lease = this.#leases.current
    if (lease === undefined || this.#quiet || this.#askedQuiet || this.#stopping !== undefined) {
      return Number.POSITIVE_INFINITY
    }
    if (this.#settler.size > MAX_UNSETTLED) return 0
    const round = await this.#claimer.claim(this.#lanes, lease, (lane, attempts) => {
      // Stopped or quieted meanwhile, perhaps by what the lane before has started: this came too late for that.
      if (this.#stopping !== undefined || this.#quiet) this.#giveBack(attempts)
      else if (this.#leases.current === lease) lane.add(attempts)
    })
    this.#idle = round.hungry && round.found === 0
    return this.#listener.after(round) ? 0 : round.sleepMs
  }

  #ended(lane: Lane): void {
    // It may be due again already: only another look can tell.
    this.#idle = false
    // With work at hand a settlement can wait for company; a lane that has nothing left to do cannot.
    if (lane.buffered > 0 && this.#settler.size < 500) this.#gather ??= setTimeout(() => this.#loop.wake(), GATHER_MS)
    else this.#loop.wake()
  }

  #heard(beat: Heartbeat): void {
    for (const job of beat.cancel) this.#cancel(job)
    this.#askedQuiet = beat.ask === 'quiet'
    if (beat.ask === 'stop') void this.stop()
  }

  #cancel(job: AttemptRef): void {
    for (const lane of this.#lanes) {
      this.#giveBack(lane.takeBuffered(job.key))
      const attempt = lane.running.get(job.key)
      if (attempt?.job.claim === job.claim) attempt.stop('cancelled', this.#options.settings.worker.graceMs)
    }
  }

  /** Puts back what was claimed and not started. The store cancels what somebody asked to cancel. */
  #giveBack(attempts: readonly Attempt[]): void {
    if (attempts.length === 0) return
    const finishedAt = this.#clock.now()
    for (const { job, lease } of attempts) {
      const next = { status: 'released', suspect: false } as const
      this.#settler.add({ job, lease, next, outcome: undefined, startedAt: undefined, finishedAt })
    }
    this.#loop.wake()
  }

  /** The jobs run elsewhere soon, if not already: they must end here, and what they come to will be refused. */
  #lost(lease: Lease, message: string): void {
    this.#tell('lost', `worker ${this.id} lost its lease: ${message}; what it ran is given up`)
    for (const lane of this.#lanes) {
      lane.takeBuffered()
      for (const attempt of lane.running.values()) if (attempt.lease === lease) attempt.stop('released', 0)
    }
    this.#loop.wake()
  }

  async #rescue(everyMs: number): Promise<number> {
    const { store, registry } = this.#options
    const rescued = await rescue(store, registry, this.#host, this.#clock.now, (orphan) =>
      this.#tell('warning', `job ${orphan.id} was taken over from worker ${orphan.workerId}, which is gone`),
    )
    if (rescued > 0) this.#loop.wake()
    return everyMs
  }

  async #shutDown(graceMs: number): Promise<void> {
    this.#tell('stopping', `worker ${this.id} is stopping`)
    this.#listener.stop()
    for (const lane of this.#lanes) this.#giveBack(lane.takeBuffered())
    this.#loop.wake()
    await this.#drain.finish(this.#lanes, graceMs)
    await this.#maintenance.stop()
    await this.#loop.stop()
    clearTimeout(this.#gather)
    for (const lane of this.#lanes) await lane.runtime.close()
    try {
      await this.#recorder.flush()
      await this.#settler.flush()
      await this.#leases.release()
    } catch (error) {
      // Nothing is lost: the lease ends by itself, and the jobs run again elsewhere.
      this.#tell('warning', `the last outcomes could not be written: ${(error as Error).message}`)
    }
    this.#tell('stopped', `worker ${this.id} stopped`)
    this.#resolveStopped()
  }

  #tell(state: WorkerState, message: string): void {
    this.#options.events.emit('worker', { workerId: this.id, state, message })
  }
}
