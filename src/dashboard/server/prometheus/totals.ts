import { type Histogram, merged } from '../../../core/histogram.ts'
import type { MetricRow } from '../../../store/insight.ts'
import { type Tally, tallyOf } from '../../../store/rates.ts'

/** Workers write their minutes some seconds late, and later where the database was away: so long they may grow. */
const OPEN_MS = 10 * 60_000

/** What has become of the attempts of a handler in a queue since this server began to count. */
export interface HandlerTotal extends Tally {
  class: string
  method: string
  queue: string
  wait: Histogram
  run: Histogram
}

/**
 * Sums that only grow, as Prometheus wants them, of rows that are removed after some time: minutes that can grow no more
 * are added up here, the others are asked for each time.
 */
export class Totals {
  #since: number
  #closed: HandlerTotal[] = []

  /** @param since ms since 1970. */
  constructor(since: number) {
    this.#since = Math.floor(since / 60_000) * 60_000
  }

  /** From when on rows are needed. */
  get since(): number {
    return this.#since
  }

  /** @param rows All since {@link since}. */
  add(rows: readonly MetricRow[], now: number): HandlerTotal[] {
    const closing = Math.floor((now - OPEN_MS) / 60_000) * 60_000
    if (closing > this.#since) {
      this.#closed = summed([...this.#closed, ...rows.filter(({ at }) => at < closing)])
      const open = rows.filter(({ at }) => at >= closing)
      this.#since = closing
      return summed([...this.#closed, ...open])
    }
    return summed([...this.#closed, ...rows])
  }
}

function summed(totals: readonly HandlerTotal[]): HandlerTotal[] {
  const groups = Map.groupBy(totals, ({ class: className, method, queue }) =>
    JSON.stringify([className, method, queue]),
  )
  return [...groups.values()].map((own) => {
    const [{ class: className, method, queue }] = own as [HandlerTotal]
    const wait = merged(own.map((each) => each.wait))
    const run = merged(own.map((each) => each.run))
    return { class: className, method, queue, ...tallyOf(own), wait, run }
  })
}
