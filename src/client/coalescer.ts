import type { Enqueued } from '../core/job.ts'
import { Turn } from '../core/turn.ts'
import { isOfDatabase } from '../store/retry.ts'
import type { NewJob } from '../store/store.ts'
import { Division } from './division.ts'

interface Waiting {
  job: NewJob
  resolve: (enqueued: Enqueued) => void
  reject: (error: unknown) => void
}

export interface CoalescerOptions {
  /** Jobs in one batch; default 1,000. */
  maxBatch?: number
  /** Batches at a time; default 1. More help only where the database is away from here. Asked before each. */
  maxInFlight?: () => number
}

/** Fewer than this are not worth two batches: each costs as much as the rows of a dozen jobs. */
const DIVISIBLE = 16

/**
 * Makes one transaction of the enqueues that are made at the same time. A call that has returned is stored, as if it
 * had been alone; a job that cannot be stored fails its own call and no other.
 */
export class Coalescer {
  readonly #enqueue: (jobs: readonly NewJob[]) => Promise<Enqueued[]>
  readonly #maxBatch: number
  readonly #maxInFlight: () => number
  #waiting: Waiting[] = []
  #inFlight = 0
  #scheduled = false
  #idle: (() => void)[] = []
  /**
   * An embedded store answers within a microtask, so a loop of awaited enqueues would otherwise keep timers, requests and
   * signals waiting till its end.
   */
  readonly #turn = new Turn()
  readonly #division = new Division()
  /** A batch has been answered in this turn of the event loop. */
  #isAnswered = false

  constructor(enqueue: (jobs: readonly NewJob[]) => Promise<Enqueued[]>, options: CoalescerOptions = {}) {
    this.#enqueue = enqueue
    this.#maxBatch = options.maxBatch ?? 1_000
    this.#maxInFlight = options.maxInFlight ?? (() => 1)
  }

  add(job: NewJob): Promise<Enqueued> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, resolve, reject })
      if (!this.#scheduled && this.#inFlight < this.#atATime()) {
        this.#scheduled = true
        if (this.#turn.isOver()) setImmediate(() => this.#flush())
        // After the microtasks that are due now: whoever else enqueues in them comes along.
        else queueMicrotask(() => this.#flush())
      }
    })
  }

  /** Resolves when everything that was added has been answered. */
  async drained(): Promise<void> {
    if (this.#waiting.length === 0 && this.#inFlight === 0) return
    await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  #flush(): void {
    this.#scheduled = false
    if (!this.#isAnswered) this.#division.paused()
    while (this.#waiting.length > 0 && this.#inFlight < this.#atATime()) {
      const batch = this.#waiting.splice(0, Math.min(this.#share(), this.#maxBatch))
      this.#inFlight += 1
      void this.#send(batch)
    }
  }

  /** Batches at a time, now. Callers that go on at once wait for those that are still to be answered, and go with them. */
  #atATime(): number {
    const areTogether = this.#isAnswered && !this.#division.divides && this.#waiting.length <= this.#maxBatch
    return areTogether ? 1 : this.#maxInFlight()
  }

  /** How many of those that wait go at once. What comes after a pause stays together: calls made at once are stored in their order. */
  #share(): number {
    const { length } = this.#waiting
    if (!this.#isAnswered || length < DIVISIBLE) return length
    return Math.ceil(length / (this.#atATime() - this.#inFlight))
  }

  async #send(batch: readonly Waiting[]): Promise<void> {
    try {
      const stored = await this.#enqueue(batch.map(({ job }) => job))
      for (let i = 0; i < batch.length; i++) (batch[i] as Waiting).resolve(stored[i] as Enqueued)
    } catch (error) {
      if (batch.length === 1 || isOfDatabase(error)) for (const { reject } of batch) reject(error)
      else await this.#oneByOne(batch)
    }
    this.#inFlight -= 1
    this.#division.answered(batch.length)
    this.#markAnswered()
    // Behind all that goes on now without waiting for anything: whoever had this answer may have a next job.
    if (this.#waiting.length > 0) queueMicrotask(() => process.nextTick(() => this.#flush()))
    if (this.#inFlight === 0 && this.#waiting.length === 0) for (const resolve of this.#idle.splice(0)) resolve()
  }

  #markAnswered(): void {
    if (this.#isAnswered) return
    this.#isAnswered = true
    setImmediate(() => {
      this.#isAnswered = false
    })
  }

  /** One of them spoiled the batch: each gets its own answer. */
  async #oneByOne(batch: readonly Waiting[]): Promise<void> {
    for (const { job, resolve, reject } of batch) {
      try {
        const [enqueued] = await this.#enqueue([job])
        resolve(enqueued as Enqueued)
      } catch (error) {
        reject(error)
      }
    }
  }
}
