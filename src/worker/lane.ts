import type { Isolation } from '../core/handler.ts'
import { isSuspect } from '../core/transition.ts'
import { Turn } from '../core/turn.ts'
import type { JobKey } from '../store/store.ts'
import type { Attempt } from './attempt.ts'
import { RunningAttempts } from './running-attempts.ts'
import type { Runtime } from './runtime/runtime.ts'

/**
 * How much work a lane may hold ready beyond what runs, in time: what it gets done in so many ms. Where a claim takes
 * long, it is what lasts for several of them, since the next one is made when half of it is used up.
 */
const PREFETCH_MS = 25
const PREFETCH_CLAIMS = 4
const MAX_PREFETCH_MS = 250
const MAX_PREFETCH = 900
/** How long a suspect waits for what runs beside it. Longer, and a job that takes hours would hold up all others. */
const ALONE_PATIENCE_MS = 5_000

/**
 * The room that one kind of isolation has in a worker: so many attempts at once, and a few claimed ahead. Each lane
 * claims for itself, so that a lane that is full of long jobs does not keep jobs from one that is free.
 */
export class Lane {
  readonly isolation: Isolation
  readonly capacity: number
  /** The handlers of all other lanes: a claim for this one passes them over. */
  readonly except: readonly string[]
  readonly runtime: Runtime
  readonly running = new RunningAttempts()
  readonly #start: (attempt: Attempt, lane: Lane) => void
  #buffer: Attempt[] = []
  #head = 0
  /** How long a job takes, as a moving average in ms. Starts high: nothing is claimed ahead of the first ones. */
  #averageMs = 1_000
  /** How long a claim takes, likewise. */
  #claimMs = 0
  /** How many jobs the claims that are under way may bring. */
  expected = 0
  #filling = false
  /** Jobs that are done at once would follow each other in one, as many as are claimed ahead. */
  readonly #turn = new Turn(() => this.fill())
  #pausedUntil = 0
  /** Those whose next crash is their last. They run alone, so that it is sure whose crash it was. */
  #suspects: Attempt[] = []
  #alone: Attempt | undefined
  #patience: NodeJS.Timeout | undefined

  constructor(options: {
    isolation: Isolation
    capacity: number
    except: readonly string[]
    runtime: Runtime
    start: (attempt: Attempt, lane: Lane) => void
  }) {
    this.isolation = options.isolation
    this.capacity = options.capacity
    this.except = options.except
    this.runtime = options.runtime
    this.#start = options.start
  }

  get buffered(): number {
    return this.#buffer.length - this.#head + this.#suspects.length
  }

  get free(): number {
    return Math.max(0, this.capacity - this.running.size - this.buffered - this.expected)
  }

  /**
   * How many jobs to claim now. Short jobs are claimed far ahead, since a claim costs more than they do; long ones not
   * at all, since another worker may be free for them.
   */
  wanted(): number {
    if (performance.now() < this.#pausedUntil || this.#suspects.length > 0 || this.#alone !== undefined) return 0
    const aheadMs = Math.min(MAX_PREFETCH_MS, Math.max(PREFETCH_MS, PREFETCH_CLAIMS * this.#claimMs))
    const ahead = Math.min(MAX_PREFETCH, Math.floor((this.capacity * aheadMs) / Math.max(this.#averageMs, 0.01)))
    const held = this.running.size + this.buffered + this.expected
    const room = this.capacity + ahead - held
    // Refilling by drops would cost a transaction a drop: it waits until half of what is ahead is used up.
    return this.free > 0 || this.buffered * 2 <= ahead ? Math.max(0, room) : 0
  }

  /** Hears how long its claim has taken. */
  claimed(tookMs: number): void {
    this.#claimMs += (tookMs - this.#claimMs) * 0.2
  }

  /** Claims nothing for a while: its runtime cannot run anything now. */
  pause(ms: number): void {
    this.#pausedUntil = performance.now() + ms
  }

  add(attempts: readonly Attempt[]): void {
    for (const attempt of attempts) this.#buffer.push(attempt)
    this.fill()
  }

  /** Starts what there is room for. Jobs that are done at once make room for the next, so this is a loop. */
  fill(): void {
    if (this.#filling) return
    this.#filling = true
    while (
      this.#alone === undefined &&
      this.running.size < this.capacity &&
      this.#head < this.#buffer.length &&
      !this.#turn.isOver()
    ) {
      const attempt = this.#buffer[this.#head++] as Attempt
      if (this.#head === this.#buffer.length) {
        this.#buffer = []
        this.#head = 0
      }
      // A child process takes nobody else down with it.
      if (isSuspect(attempt.job.crashes) && this.isolation !== 'process') this.#suspects.push(attempt)
      else this.#run(attempt)
    }
    while (this.#suspects.length > 0 && this.running.size === 0) this.#runAlone()
    if (this.#suspects.length > 0) this.#patience ??= setTimeout(() => this.#runAlone(), ALONE_PATIENCE_MS)
    this.#filling = false
  }

  #run(attempt: Attempt): void {
    this.running.add(attempt)
    this.#start(attempt, this)
  }

  #runAlone(): void {
    clearTimeout(this.#patience)
    this.#patience = undefined
    if (this.#alone !== undefined) return
    this.#alone = this.#suspects.shift()
    if (this.#alone !== undefined) this.#run(this.#alone)
  }

  /** Frees the place of an attempt that has ended. */
  done(attempt: Attempt, tookMs: number): void {
    this.running.delete(attempt)
    if (this.#alone === attempt) this.#alone = undefined
    this.#averageMs += (tookMs - this.#averageMs) * (tookMs < this.#averageMs ? 0.2 : 0.05)
  }

  /** Takes what was claimed ahead and has not been started: all of it, or that of one key. */
  takeBuffered(key?: JobKey): Attempt[] {
    const waiting = [...this.#suspects, ...this.#buffer.slice(this.#head)]
    const taken = key === undefined ? waiting : waiting.filter((attempt) => attempt.job.key === key)
    const stays = (attempt: Attempt) => key !== undefined && attempt.job.key !== key
    this.#buffer = waiting.filter(stays)
    this.#suspects = []
    this.#head = 0
    return taken
  }
}
