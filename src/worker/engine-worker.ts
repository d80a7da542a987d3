import { describeQueues } from '../core/claim-plan.ts'
import type { WorkerState } from '../core/events.ts'
import { newId } from '../core/id.ts'
import type { Enqueued } from '../core/job.ts'
import { Measurement, measured } from '../store/measure.ts'
import type { Heartbeat, Lease, NewJob } from '../store/store.ts'
import { Alongside } from './alongside.ts'
import { Claimer, type Take } from './claimer.ts'
import { DatabaseClock } from './database-clock.ts'
import { Deadlines } from './deadlines.ts'
import { Drain } from './drain.ts'
import { Executor } from './executor.ts'
import { Held } from './held.ts'
import type { Lane } from './lane.ts'
import { createLanes, handlersOf } from './lanes.ts'
import { LeaseHolder } from './leases.ts'
import { Listener } from './listener.ts'
import { Maintenance } from './maintenance/maintenance.ts'
import { thisHost } from './maintenance/rescuer.ts'
import { Outage, whileAway } from './outage.ts'
import { Recorder } from './recorder.ts'
import { Settler } from './settler.ts'
import { Turns } from './turns.ts'
import type { LocalWorker, WorkerOptions } from './worker.ts'
import { Writer } from './writer.ts'

/** Settlements that are not written yet hold back new claims from here on: a database that is slow is not outrun. */
const MAX_UNSETTLED = 5_000
/** How long a settlement may wait for company while the lane has other work at hand. */
const GATHER_MS = 3

export class EngineWorker implements LocalWorker {
  readonly id: string
  readonly #end = Promise.withResolvers<void>()
  readonly stopped = this.#end.promise
  readonly #options: WorkerOptions
  readonly #host = thisHost()
  readonly #clock = new DatabaseClock()
  readonly #settler: Settler
  readonly #writer: Writer
  readonly #claimer: Claimer
  readonly #listener: Listener
  readonly #held: Held
  readonly #leases: LeaseHolder
  readonly #turns: Turns
  readonly #maintenance: Maintenance
  readonly #outage: Outage
  readonly #drain: Drain
  readonly #alongside: Alongside
  readonly #stop = new AbortController()
  #stopping: Promise<void> | undefined
  #quiet = false
  #askedQuiet = false
  #news = false
  #gather: NodeJS.Timeout | undefined
  /** Counts what may have made something due; equals nothing until the slots that had come have their jobs. */
  #changes = Number.NaN
  /** How far that was when there was nothing to claim. */
  #idleAt = -1

  constructor(options: WorkerOptions) {
    const { registry, events, settings, scheduling, configPath, version } = options
    const { worker } = settings
    this.#options = options
    this.id = worker.id ?? `${this.#host.split('/')[0]}-${process.pid}-${newId().slice(-6)}`
    const warn = (message: string) => this.#tell('warning', message)
    const measurement = new Measurement()
    const store = measured(options.store, measurement, this.#clock.now)
    this.#settler = new Settler(store, warn)
    const recorder = new Recorder(store, warn)
    this.#writer = new Writer(recorder, this.#settler)
    this.#outage = new Outage((state, message) => this.#tell(state, message))
    const inline = handlersOf(registry, 'inline')
    const deadlines = new Deadlines(worker.concurrency.inline, inline)
    const executor = new Executor({
      workerId: this.id,
      settler: this.#settler,
      writer: this.#writer,
      recorder,
      events,
      graceMs: worker.graceMs,
      deadlines,
      now: this.#clock.now,
      onEnd: (lane) => this.#ended(lane),
      onError: (error) => this.#outage.failed(error),
    })
    const { queues } = worker
    this.#claimer = new Claimer({ store, registry, queues, clock: this.#clock, recorder })
    this.#listener = new Listener(store, () => {
      if (!this.#alongside.hear()) this.#hearNews()
    })
    const lanes = createLanes({
      registry,
      concurrency: worker.concurrency,
      configPath,
      start: (attempt, lane) => executor.start(attempt, lane),
      onBroken: (error) => warn(error.message),
    })
    this.#held = new Held(lanes, this.#settler, this.#clock.now)
    this.#drain = new Drain(this.#held)
    this.#alongside = new Alongside({
      claimer: this.#claimer,
      registry,
      lanes,
      queues: describeQueues(queues),
      idleLease: () => (this.#listener.isListening ? this.#claimingLease() : undefined),
      take: (lease) => this.#take(lease),
      look: () => this.#hearNews(),
    })
    this.#leases = new LeaseHolder({
      store,
      database: settings.database,
      worker: {
        id: this.id,
        host: this.#host,
        pid: process.pid,
        queues: describeQueues(worker.queues),
        concurrency: lanes.reduce((sum, lane) => sum + lane.capacity, 0),
        version,
        release: settings.release,
        leaseMs: worker.leaseMs,
      },
      heartbeatMs: worker.heartbeatMs,
      graceMs: worker.graceMs,
      inline,
      deadlines: deadlines.buffer,
      onBeat: (beat) => this.#heard(beat),
      onLost: (message) => this.#lost(message),
    })
    // A file does one thing at a time; the answers of a server are waited for at once.
    this.#turns = new Turns([() => this.#write(), () => this.#look()], this.#outage, store.parallel > 1)
    this.#maintenance = new Maintenance({
      store,
      registry,
      settings,
      scheduling,
      host: this.#host,
      now: this.#clock.now,
      measurement,
      lease: () => this.#leases.current,
      warn,
      wake: () => this.#turns.wake(),
    })
  }

  async start(): Promise<void> {
    for (const lane of this.#held.lanes) lane.runtime.warm?.()
    try {
      await whileAway(() => this.#leases.register(), this.#outage, this.#stop.signal)
    } catch (error) {
      for (const lane of this.#held.lanes) await lane.runtime.close()
      throw error
    }
    if (this.#stopping !== undefined) return
    this.#turns.start()
    this.#tell('started', `worker ${this.id} started`)
    void this.#maintenance.start().then(() => {
      this.#changes = 0
      this.#turns.wake()
    })
  }

  quiet(): void {
    this.#quiet = true
  }

  resume(): void {
    this.#quiet = false
    this.#turns.wake()
  }

  enqueue(jobs: readonly NewJob[]): Promise<Enqueued[]> | undefined {
    return this.#alongside.enqueue(jobs)
  }

  isIdle(): boolean {
    return this.#idleAt === this.#changes && this.#settler.size === 0 && this.#held.isEmpty
  }

  async stop({ graceMs = this.#options.settings.worker.graceMs }: { graceMs?: number } = {}): Promise<void> {
    this.#drain.hurry(graceMs)
    this.#stopping ??= this.#shutDown(graceMs)
    await this.#stopping
  }

  /** The first step of a turn: writes what is done. */
  async #write(): Promise<number> {
    clearTimeout(this.#gather)
    this.#gather = undefined
    const written = this.#settler.size > 0
    await this.#writer.flush()
    if (written) this.#changed()
    return this.#options.settings.worker.pollMs
  }

  /** The second step: hears what somebody asked, and claims what there is room for. */
  async #look(): Promise<number> {
    if (this.#leases.current === undefined && this.#stopping === undefined) {
      // The lease was lost. What ran under it is put back first: found by others, it would count as crashed.
      await this.#held.stop()
      await this.#writer.flush()
      await this.#leases.register()
    }
    if (this.#held.giveBack(await this.#claimer.lost.find())) this.#turns.wake()
    if (this.#news) {
      this.#news = false
      if (this.#held.isRunning) await this.#leases.beat()
    }
    return Math.min(this.#options.settings.worker.pollMs, await this.#claim())
  }

  /** Returns how long nothing will be due, in ms. */
  async #claim(): Promise<number> {
    const lease = this.#claimingLease()
    if (lease === undefined) return Number.POSITIVE_INFINITY
    if (this.#settler.size > MAX_UNSETTLED) return GATHER_MS
    const changes = this.#changes
    const round = await this.#claimer.claim(this.#held.lanes, lease, this.#take(lease))
    if (round.hungry && round.found === 0) this.#idleAt = changes
    return this.#listener.after(round) ? 0 : round.sleepMs
  }

  #claimingLease(): Lease | undefined {
    const claims = !this.#quiet && !this.#askedQuiet && this.#stopping === undefined
    return claims ? this.#leases.current : undefined
  }

  #take(lease: Lease): Take {
    return (lane, attempts) => {
      // Stopped or quieted meanwhile, perhaps by what the lane before has started, or cut off: this came too late.
      if (this.#stopping === undefined && !this.#quiet && this.#leases.current === lease) lane.add(attempts)
      else if (this.#held.giveBack(attempts)) this.#turns.wake()
    }
  }

  #hearNews(): void {
    this.#news = true
    this.#turns.wake()
  }

  /** A job may be due again already: only another look can tell. */
  #changed(): void {
    this.#changes += 1
    // Where the steps follow each other the look comes next anyway.
    if (this.#turns.apart) this.#turns.wake()
  }

  #ended(lane: Lane): void {
    this.#changes += 1
    // With work at hand a settlement can wait for company; a lane that has nothing left to do cannot.
    if (lane.buffered > 0 && this.#settler.size < 500) this.#gather ??= setTimeout(() => this.#turns.wake(), GATHER_MS)
    else this.#turns.wake()
  }

  #heard(beat: Heartbeat): void {
    for (const job of beat.cancel) this.#held.cancel(job, this.#options.settings.worker.graceMs)
    this.#askedQuiet = beat.ask === 'quiet'
    if (beat.ask === 'stop') void this.stop()
    if (beat.cancel.length > 0) this.#turns.wake()
  }

  /** The jobs run elsewhere soon, if not already: they must end here. They are given back, in case nobody has them. */
  #lost(message: string): void {
    this.#tell('lost', `worker ${this.id} lost its lease: ${message}; what it ran is given up`)
    void this.#held.stop()
    this.#held.giveBackAhead()
    this.#turns.wake()
  }

  async #shutDown(graceMs: number): Promise<void> {
    this.#tell('stopping', `worker ${this.id} is stopping`)
    this.#stop.abort()
    this.#listener.stop()
    this.#held.giveBackAhead()
    this.#turns.wake()
    await this.#drain.finish(graceMs)
    for (const lane of this.#held.lanes) await lane.runtime.close()
    const problem = await this.#drain.lastly(() => this.#farewell(), this.#outage)
    this.#leases.close()
    // Nothing is lost: the lease ends by itself, and the jobs run again elsewhere.
    if (problem !== undefined) this.#tell('warning', `the last outcomes could not be written: ${problem}`)
    this.#tell('stopped', `worker ${this.id} stopped`)
    this.#end.resolve()
  }

  /** The last that is written. */
  async #farewell(): Promise<void> {
    await this.#maintenance.stop()
    await this.#turns.stop()
    clearTimeout(this.#gather)
    await this.#writer.flush()
    await this.#maintenance.finish()
    await this.#leases.release()
  }

  #tell(state: WorkerState, message: string): void {
    this.#options.events.emit('worker', { workerId: this.id, state, message })
  }
}
