import type { AttemptPolicy } from '../core/policy.ts'
import { decide } from '../core/transition.ts'
import type { Severity } from '../store/queried.ts'
import type { ClaimedJob, Lease } from '../store/store.ts'
import type { Deadlines } from './deadlines.ts'
import { MAX_BYTES, MAX_LINES, type Recorder } from './recorder.ts'
import type { AttemptHooks, RunningAttempt, StopReason } from './runtime/runtime.ts'

const TIMED_OUT = { name: 'TimeoutError', message: 'the attempt ran longer than its timeout allows' }
/** Instead of a function that cannot be asked while its process is blocked. Seconds. */
const BACKOFF = 1

/** An attempt that this worker holds: the job as claimed, and once it is started, what runs it. */
export class Attempt implements AttemptHooks {
  readonly job: ClaimedJob
  readonly lease: Lease
  readonly policy: AttemptPolicy
  /** True when the claim itself has stored that it was started. */
  readonly marked: boolean
  /** Where it is among the running ones of its lane; theirs to write. */
  place = -1
  readonly #recorder: Recorder
  readonly #now: () => number
  /** On the database's clock, as near as the worker knows it. */
  startedAt = 0
  running: RunningAttempt | undefined
  #timer: NodeJS.Timeout | undefined
  #graceMs = 0
  #deadlines: Deadlines | undefined
  #slot: number | undefined
  #lines = 0
  #bytes = 0
  #ended = false
  #stopped = false

  constructor(
    job: ClaimedJob,
    lease: Lease,
    policy: AttemptPolicy,
    recorder: Recorder,
    now: () => number,
    marked: boolean,
  ) {
    this.job = job
    this.lease = lease
    this.policy = policy
    this.#recorder = recorder
    this.#now = now
    this.marked = marked
  }

  /**
   * Called before it is started: what its code is given when it runs into its timeout, and where that is noted for
   * whoever can still act when the code blocks the event loop.
   */
  limit(graceMs: number, deadlines: Deadlines | undefined): void {
    this.#graceMs = graceMs
    this.#deadlines = deadlines
  }

  onStart(): void {
    const startedAt = this.#now()
    this.startedAt = startedAt
    const { timeoutMs } = this.policy
    if (timeoutMs === undefined) return
    this.#timer = setTimeout(() => this.stop('timed_out', this.#graceMs), timeoutMs)
    if (this.#deadlines === undefined) return
    const overdueAt = startedAt + timeoutMs + this.#graceMs
    this.#slot = this.#deadlines.add({ ...this.job, startedAt, retryInMs: this.#retryInMs(startedAt) }, overdueAt)
  }

  /** What becomes of the job if it runs into its timeout. A user's function is asked only when it really has. */
  #retryInMs(startedAt: number): number | undefined {
    const { backoff, onCrash } = this.policy
    const policy = { onCrash, backoff: typeof backoff === 'function' ? BACKOFF : backoff }
    const { next } = decide({ ...this.job, startedAt }, { kind: 'timed_out', error: TIMED_OUT }, policy, startedAt)
    return next.status === 'pending' ? next.inMs : undefined
  }

  stop(reason: StopReason, graceMs: number): void {
    this.#stopped = true
    this.running?.stop(reason, graceMs)
  }

  /** After this, what the code still says is dropped: the attempt is settled, or about to be. */
  end(): void {
    this.#ended = true
    clearTimeout(this.#timer)
    if (this.#slot !== undefined) this.#deadlines?.remove(this.#slot)
    this.#slot = undefined
  }

  onLog(severity: Severity, text: string): void {
    if (this.#ended || this.#lines > MAX_LINES) return
    this.#lines += 1
    this.#bytes += Buffer.byteLength(text)
    const full = this.#lines > MAX_LINES || this.#bytes > MAX_BYTES
    if (full) this.#lines = MAX_LINES + 1
    this.#recorder.log(
      this,
      full ? 'warning' : severity,
      full ? 'this attempt logged more than is kept; the rest is dropped' : text,
      this.#now(),
    )
  }

  onProgress(value: string): void {
    if (!this.#ended) this.#recorder.progress(this, value)
  }

  /** True when somebody wants it to stop, be it before it has begun. */
  get stopped(): boolean {
    return this.#stopped
  }

  get ended(): boolean {
    return this.#ended
  }
}
