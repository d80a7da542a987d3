import { Worker as Thread } from 'node:worker_threads'
import { OffstageError } from '../core/errors.ts'
import type { Heartbeat, Lease, Store } from '../store/store.ts'
import type { NewWorker } from '../store/worker.ts'
import type { FromKeeper, KeeperData, ToKeeper } from './entry/lease-keeper.ts'
import { endLeasesOfDead } from './maintenance/rescuer.ts'

const ENTRY = new URL(`./entry/lease-keeper${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)

export interface LeaseOptions {
  store: Store
  /** The database's URL: the keeper has a connection of its own. */
  database: string
  worker: NewWorker
  heartbeatMs: number
  graceMs: number
  /** The handlers whose code can block the worker's event loop, as `Class.method`, and the deadlines of what runs. */
  inline: readonly string[]
  deadlines: SharedArrayBuffer
  /** What somebody asked of the worker, or to cancel among its jobs. */
  onBeat: (beat: Heartbeat) => void
  /** The lease is gone, or as good as gone: whatever runs under it has to end now. */
  onLost: (message: string) => void
}

/** A worker's lease: one for all that it runs, kept by a thread that no job can block. */
export class LeaseHolder {
  readonly #options: LeaseOptions
  #lease: Lease | undefined
  /** One that was lost, but may look alive to the database for a while. */
  #former: Lease | undefined
  /** The answer to a registration was lost: there may be a lease of this worker that it does not know of. */
  #unsure = false
  #keeper: Thread | undefined
  #closed = false
  #timer: NodeJS.Timeout | undefined

  constructor(options: LeaseOptions) {
    this.#options = options
  }

  get current(): Lease | undefined {
    return this.#lease
  }

  /** @throws OffstageError WORKER_ID_TAKEN while another worker of this id is alive. */
  async register(): Promise<void> {
    const { store, worker, database } = this.#options
    if (this.#former !== undefined) await store.endLease(this.#former)
    this.#former = undefined
    // Whoever starts a killed worker again, under its old id, need not wait out its lease.
    await endLeasesOfDead(store, worker.host)
    if (this.#unsure) await this.#endUnknown()
    const askedAt = performance.now()
    const lease = await store.register(worker).catch((error: unknown) => {
      this.#unsure = error instanceof OffstageError && error.transient
      throw error
    })
    this.#unsure = false
    if (this.#closed) return await store.endLease(lease)
    this.#lease = lease
    // Nobody else can see a database in memory: there, the lease is kept from here.
    if (isInMemory(database)) this.#keepHere(lease)
    else this.#keepInThread(lease, performance.timeOrigin + askedAt + worker.leaseMs)
  }

  /** Asks the database at once, instead of with the next heartbeat. */
  async beat(): Promise<void> {
    if (this.#lease === undefined) return
    const beat = await this.#options.store.heartbeat(this.#lease)
    if (beat.alive) this.#seen(beat)
    else this.#lost(this.#lease, 'its lease has ended')
  }

  /** Ends the lease. To be called again when that could not be written. */
  async release(): Promise<void> {
    this.#stopKeeping()
    this.#former ??= this.#lease
    this.#lease = undefined
    if (this.#former !== undefined) await this.#options.store.endLease(this.#former)
    this.#former = undefined
  }

  /** Renews no lease any more, not even one that it is about to be given. */
  close(): void {
    this.#closed = true
    this.#stopKeeping()
  }

  async #endUnknown(): Promise<void> {
    const { store, worker } = this.#options
    for (const { id, host, pid, lease } of await store.workers()) {
      if (id === worker.id && host === worker.host && pid === worker.pid) await store.endLease(lease)
    }
  }

  #keepHere(lease: Lease): void {
    this.#timer = setInterval(() => {
      this.beat().catch((error: unknown) => this.#lost(lease, (error as Error).message))
    }, this.#options.heartbeatMs)
    this.#timer.unref()
  }

  #keepInThread(lease: Lease, endsAtEpoch: number): void {
    const { database, worker, heartbeatMs, graceMs, inline, deadlines } = this.#options
    const { leaseMs } = worker
    const facts = { lease, leaseMs, heartbeatMs, graceMs, inline, deadlines }
    const workerData: KeeperData = { database, endsAtEpoch, ...facts }
    const keeper = new Thread(ENTRY, {
      workerData,
      // It holds a connection and a timer: a small heap keeps it from growing without need.
      resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2 },
    })
    this.#keeper = keeper
    keeper.unref()
    keeper.on('message', (message: FromKeeper) => {
      if (message.type === 'beat') this.#seen(message.beat)
      else this.#lost(lease, message.message)
    })
    keeper.on('error', (error) => this.#lost(lease, `its keeper failed: ${error.message}`))
  }

  #seen(beat: Heartbeat): void {
    if (beat.cancel.length > 0) {
      this.#keeper?.postMessage({ type: 'seen', keys: beat.cancel.map(({ key }) => key) } satisfies ToKeeper)
    }
    this.#options.onBeat(beat)
  }

  #lost(lease: Lease, message: string): void {
    if (this.#lease !== lease) return
    this.#lease = undefined
    this.#former = lease
    this.#stopKeeping()
    this.#options.onLost(message)
  }

  #stopKeeping(): void {
    clearInterval(this.#timer)
    this.#keeper?.postMessage({ type: 'stop' } satisfies ToKeeper)
    this.#keeper = undefined
  }
}

function isInMemory(database: string): boolean {
  return database.includes(':memory:')
}
