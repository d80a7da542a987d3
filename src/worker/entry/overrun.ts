import { fingerprintOf } from '../../core/fingerprint.ts'
import type { Heartbeat, JobKey, Settlement } from '../../store/store.ts'
import { overdue } from '../deadlines.ts'
import type { LeaseFacts } from './keep-lease.ts'

const GIVEN_UP = 'it blocks its worker and could not be stopped: it was given up, and may still be running'
/** What only those need to know who tell of a settlement; nobody does here. */
const UNTOLD = { id: '', queue: '', maxAttempts: 0, runAt: 0 }

/**
 * Inline attempts that run on although they were cancelled, or into their timeouts, since the worker's event loop is
 * blocked, most likely by themselves: it has not even heard of the cancel, and its timers stand still. Such code cannot
 * be ended; but it is settled, so that it is fenced off and nobody waits for it. An attempt in a child is left alone: it
 * is stopped when the worker is free again, and is cancelled only then.
 */
export class Overrun {
  readonly #facts: LeaseFacts
  readonly #inline: ReadonlySet<string>
  readonly #asked = new Map<JobKey, { job: Heartbeat['cancel'][number]; since: number; seen: boolean }>()
  readonly #givenUp = new Set<string>()

  constructor(facts: LeaseFacts) {
    this.#facts = facts
    this.#inline = new Set(facts.inline)
  }

  seen(keys: readonly JobKey[]): void {
    for (const key of keys) {
      const entry = this.#asked.get(key)
      if (entry !== undefined) entry.seen = true
    }
  }

  /** What is to be given up now. */
  settlements({ cancel, now }: Heartbeat): Settlement[] {
    for (const job of cancel) {
      if (this.#asked.get(job.key)?.job.claim !== job.claim) {
        this.#asked.set(job.key, { job, since: performance.now(), seen: false })
      }
    }
    for (const key of this.#asked.keys()) if (!cancel.some((job) => job.key === key)) this.#asked.delete(key)
    return [...this.#unheard(now), ...this.#unstopped(now)]
  }

  /** These need not be given up again. */
  settled(settlements: readonly Settlement[]): void {
    for (const { job } of settlements) this.#givenUp.add(`${job.key} ${job.claim}`)
  }

  #unheard(now: number): Settlement[] {
    const { lease, graceMs, heartbeatMs } = this.#facts
    const settlements: Settlement[] = []
    for (const { job, since, seen } of this.#asked.values()) {
      if (!this.#inline.has(`${job.class}.${job.method}`)) continue
      // The worker may be about to write it: what it has seen gets the same time once more.
      if (performance.now() - since < graceMs * (seen ? 2 : 1) + (seen ? heartbeatMs : 0)) continue
      const error = { name: 'OffstageError', message: GIVEN_UP }
      const { startedAt } = job
      const next = { status: 'cancelled' } as const
      settlements.push({ job, lease, next, outcome: 'cancelled', startedAt, finishedAt: now, error })
    }
    return settlements
  }

  #unstopped(now: number): Settlement[] {
    const { lease, heartbeatMs, deadlines, inline } = this.#facts
    const settlements: Settlement[] = []
    // A worker that is well stops it in time: half a heartbeat is for one that is only busy.
    for (const { startedAt, retryInMs, ...found } of overdue(deadlines, inline, now - heartbeatMs / 2)) {
      if (this.#givenUp.has(`${found.key} ${found.claim}`)) continue
      const error = { name: 'TimeoutError', message: `the attempt ran longer than its timeout allows; ${GIVEN_UP}` }
      const job = { ...found, ...UNTOLD }
      const fingerprint = fingerprintOf(error, job)
      const ended = { job, lease, outcome: 'timed_out', startedAt, finishedAt: now, error, fingerprint } as const
      if (retryInMs === undefined) settlements.push({ ...ended, next: { status: 'failed' }, reason: 'timed out' })
      else settlements.push({ ...ended, next: { status: 'pending', inMs: retryInMs, spared: false, crashed: false } })
    }
    return settlements
  }
}
