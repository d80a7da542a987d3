import { HistogramCounter } from '../core/histogram.ts'
import { callsOf } from './calls.ts'
import type { MetricRow } from './insight.ts'
import type { AttemptRef, Settlement, Store } from './store.ts'

const MINUTE_MS = 60_000

/** What is counted of a handler and a queue in one minute. */
class Counter {
  readonly at: number
  readonly class: string
  readonly method: string
  readonly queue: string
  completed = 0
  failed = 0
  cancelled = 0
  retried = 0
  readonly wait = new HistogramCounter()
  readonly run = new HistogramCounter()

  constructor(at: number, job: Pick<AttemptRef, 'class' | 'method' | 'queue'>) {
    this.at = at
    this.class = job.class
    this.method = job.method
    this.queue = job.queue
  }

  isFor(job: AttemptRef, moment: number): boolean {
    const { at, queue, method } = this
    if (moment < at || moment >= at + MINUTE_MS) return false
    return job.method === method && job.class === this.class && job.queue === queue
  }

  row(): MetricRow {
    const { at, class: className, method, queue, completed, failed, cancelled, retried, wait, run } = this
    const counts = { completed, failed, cancelled, retried }
    return { at, class: className, method, queue, ...counts, wait: wait.counts(), run: run.counts() }
  }
}

/** What became of attempts, in memory, until somebody takes it. */
export class Measurement {
  #counters = new Map<string, Counter>()
  /** Most jobs are like the one before. */
  #last: Counter | undefined

  /** How many rows it would take. */
  get size(): number {
    return this.#counters.size
  }

  settled({ job, next, outcome, startedAt, finishedAt }: Settlement): void {
    // What was given back, or asked to come again later, has come to nothing yet.
    if (outcome === undefined || outcome === 'snoozed') return
    const counter = this.#counter(job, finishedAt)
    if (next.status === 'pending') counter.retried += 1
    else if (next.status !== 'released') counter[next.status] += 1
    if (startedAt === undefined) return
    counter.wait.add(startedAt - job.runAt)
    counter.run.add(finishedAt - startedAt)
  }

  /** A job that failed because nobody started it in time. */
  expired(job: AttemptRef, at: number): void {
    this.#counter(job, at).failed += 1
  }

  /** The rows so far; counting begins anew. */
  take(): MetricRow[] {
    const rows = [...this.#counters.values()].map((counter) => counter.row())
    this.#counters = new Map()
    this.#last = undefined
    return rows
  }

  #counter(job: AttemptRef, moment: number): Counter {
    if (this.#last?.isFor(job, moment)) return this.#last
    const at = moment - (moment % MINUTE_MS)
    const key = JSON.stringify([at, job.class, job.method, job.queue])
    let counter = this.#counters.get(key)
    if (counter === undefined) {
      counter = new Counter(at, job)
      this.#counters.set(key, counter)
    }
    this.#last = counter
    return counter
  }
}

/**
 * The same store, counting in `measurement` what was settled through it: not what was refused as stale.
 * @param now The database's clock, in ms since 1970.
 */
export function measured(store: Store, measurement: Measurement, now: () => number): Store {
  return {
    ...callsOf(store),
    async settle(batch) {
      const stale = await store.settle(batch)
      if (stale.length === 0) for (const settlement of batch) measurement.settled(settlement)
      else {
        const refused = new Set(stale)
        for (const [position, settlement] of batch.entries()) {
          if (!refused.has(position)) measurement.settled(settlement)
        }
      }
      return stale
    },
    async expire(limit) {
      const expired = await store.expire(limit)
      for (const job of expired) measurement.expired(job, now())
      return expired
    },
  }
}
