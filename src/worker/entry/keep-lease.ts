import type { Heartbeat, JobKey, Lease, Store } from '../../store/store.ts'
import { Overrun } from './overrun.ts'

export interface LeaseFacts {
  lease: Lease
  leaseMs: number
  heartbeatMs: number
  graceMs: number
  /** When the lease ends unless it is renewed, by `performance.now()`. */
  endsAt: number
  /** The handlers that run in the worker's own event loop, as `Class.method`. */
  inline: readonly string[]
  /** Of `Deadlines`. */
  deadlines: SharedArrayBuffer
}

export interface KeeperHooks {
  /** Somebody asks something of the worker, or the database answers again. */
  beat: (beat: Heartbeat) => void
  lost: (message: string) => void
}

export interface Keeper {
  /** The worker has seen that these are to be cancelled; it now sees to it that they end. */
  seen(keys: readonly JobKey[]): void
  stop(): void
  /** Resolves when the lease is lost, or after `stop`. */
  readonly ended: Promise<void>
}

/** What is left of a lease when it counts as lost: time to end what runs under it, before it runs elsewhere. */
const MARGIN = 1 / 6
/** How much of a lease one call may take: after that another connection is tried. */
const CALL = 1 / 6
/** The least of it: one that has been asleep for longer than its lease may still have it, if nobody has noticed. */
const LAST_CALL = MARGIN / 4

/**
 * Renews a lease until it is told to stop. When the database refuses or does not answer, it tries again, and says that
 * the lease is lost while there is still time to end what runs under it.
 */
export function keepLease(facts: LeaseFacts, open: () => Promise<Store>, hooks: KeeperHooks): Keeper {
  return new LeaseKeeper(facts, open, hooks)
}

class LeaseKeeper implements Keeper {
  readonly ended: Promise<void>
  readonly #facts: LeaseFacts
  readonly #open: () => Promise<Store>
  readonly #hooks: KeeperHooks
  readonly #overrun: Overrun
  #store: Store | undefined
  #endsAt: number
  #lastAsk: Heartbeat['ask']
  #failing = false
  #stopped = false
  #wake: () => void = () => {}

  constructor(facts: LeaseFacts, open: () => Promise<Store>, hooks: KeeperHooks) {
    this.#facts = facts
    this.#open = open
    this.#hooks = hooks
    this.#overrun = new Overrun(facts)
    this.#endsAt = facts.endsAt
    this.ended = this.#run()
  }

  seen(keys: readonly JobKey[]): void {
    this.#overrun.seen(keys)
    this.#wake()
  }

  stop(): void {
    this.#stopped = true
    this.#wake()
  }

  async #run(): Promise<void> {
    const { heartbeatMs, leaseMs } = this.#facts
    while (!this.#stopped) {
      try {
        if (!(await this.#beat())) break
        await this.#sleep(heartbeatMs)
      } catch (error) {
        this.#failing = true
        if (this.#leftMs() <= 0) {
          this.#hooks.lost(`its lease could not be renewed: ${(error as Error).message}`)
          break
        }
        await this.#sleep(Math.min(heartbeatMs, leaseMs / 30, this.#leftMs()))
      }
    }
    await this.#drop()
  }

  /** Returns false when there is nothing more to keep. */
  async #beat(): Promise<boolean> {
    const { lease } = this.#facts
    const store = await this.#inTime(this.#connected())
    const askedAt = performance.now()
    const beat = await this.#inTime(store.heartbeat(lease))
    if (this.#stopped) return false
    if (!beat.alive) {
      this.#hooks.lost('its lease has ended')
      return false
    }
    // It cannot have been renewed before it was asked for.
    this.#endsAt = askedAt + beat.leftMs
    if (beat.cancel.length > 0 || beat.ask !== this.#lastAsk || this.#failing) this.#hooks.beat(beat)
    this.#lastAsk = beat.ask
    this.#failing = false
    const settlements = this.#overrun.settlements(beat)
    if (settlements.length > 0) {
      await this.#inTime(store.settle(settlements))
      this.#overrun.settled(settlements)
    }
    return true
  }

  async #connected(): Promise<Store> {
    if (this.#store !== undefined) return this.#store
    const store = await this.#open()
    // One that was slow to open may have been given up, and another opened since.
    if (this.#store === undefined) this.#store = store
    else void store.close().catch(() => {})
    return this.#store
  }

  /** How long it may still be tried to renew the lease. */
  #leftMs(): number {
    return this.#endsAt - this.#facts.leaseMs * MARGIN - performance.now()
  }

  /** @throws when there is no answer; then the connection is given up with the call. */
  async #inTime<Result>(call: Promise<Result>): Promise<Result> {
    const { leaseMs } = this.#facts
    const limitMs = Math.max(leaseMs * LAST_CALL, Math.min(leaseMs * CALL, this.#leftMs()))
    let timer: NodeJS.Timeout | undefined
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        void this.#drop()
        reject(new Error('the database does not answer'))
      }, limitMs)
    })
    try {
      return await Promise.race([call, silence])
    } finally {
      clearTimeout(timer)
    }
  }

  async #drop(): Promise<void> {
    const store = this.#store
    this.#store = undefined
    await Promise.race([store?.close().catch(() => {}), this.#sleep(this.#facts.heartbeatMs)])
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(1, ms))
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
