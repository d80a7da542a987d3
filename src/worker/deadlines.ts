import type { JobKey } from '../store/store.ts'

/** Of an attempt: its job's key, number, claim and handler, when it began and is overdue, and the delay of its retry. */
const FIELDS = 7
const NO_RETRY = -1

export interface Overdue {
  key: JobKey
  attempt: number
  claim: number
  class: string
  method: string
  startedAt: number
  /** Undefined when the job has no retry left. */
  retryInMs: number | undefined
}

/**
 * When the timeouts of running inline attempts are over, in memory that the thread of the lease can read: a job that
 * blocks its worker's event loop also blocks the timer that should stop it. As plain numbers, since it is written
 * for every inline attempt that has a timeout.
 */
export class Deadlines {
  readonly buffer: SharedArrayBuffer
  readonly #values: Float64Array
  readonly #free: number[]
  readonly #handlers: ReadonlyMap<string, number>

  /** @param handlers Of those that are noted, as `Class.method`; the other side is given the same. */
  constructor(capacity: number, handlers: readonly string[]) {
    this.#handlers = new Map(handlers.map((handler, index) => [handler, index]))
    this.buffer = new SharedArrayBuffer(capacity * FIELDS * Float64Array.BYTES_PER_ELEMENT)
    this.#values = new Float64Array(this.buffer)
    this.#free = Array.from({ length: capacity }, (_, slot) => slot)
  }

  /** Times in milliseconds since 1970, on the database's clock. Returns what `remove` takes. */
  add(running: Overdue, overdueAt: number): number | undefined {
    const { key, attempt, claim, startedAt, retryInMs } = running
    // An attempt that was given up frees its slot in the same turn, so there is one for each that runs.
    const slot = typeof key === 'number' ? this.#free.pop() : undefined
    if (slot === undefined) return undefined
    // The key last: it is what makes the slot count.
    const handler = this.#handlers.get(`${running.class}.${running.method}`) ?? -1
    this.#values.set([attempt, claim, handler, startedAt, overdueAt, retryInMs ?? NO_RETRY], slot * FIELDS + 1)
    this.#values[slot * FIELDS] = key as number
    return slot
  }

  remove(slot: number): void {
    this.#values[slot * FIELDS] = 0
    this.#free.push(slot)
  }
}

/** What is overdue at `now`; for the other side of the buffer. */
export function overdue(buffer: SharedArrayBuffer, handlers: readonly string[], now: number): Overdue[] {
  const values = new Float64Array(buffer)
  const found: Overdue[] = []
  for (let at = 0; at < values.length; at += FIELDS) {
    const [key, attempt, claim, handler, startedAt, overdueAt, retry] = values.subarray(
      at,
      at + FIELDS,
    ) as unknown as Seven
    if (key === 0 || overdueAt > now) continue
    const [className = '', method = ''] = handlers[handler]?.split('.') ?? []
    found.push({
      key,
      attempt,
      claim,
      class: className,
      method,
      startedAt,
      retryInMs: retry === NO_RETRY ? undefined : retry,
    })
  }
  return found
}

type Seven = [number, number, number, number, number, number, number]
