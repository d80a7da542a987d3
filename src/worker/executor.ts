import type { Events } from '../core/events.ts'
import { attemptFingerprint } from '../core/fingerprint.ts'
import type { Outcome } from '../core/outcome.ts'
import { shownArgs } from '../core/secret.ts'
import { decide, refused } from '../core/transition.ts'
import type { Attempt } from './attempt.ts'
import type { Deadlines } from './deadlines.ts'
import type { Lane } from './lane.ts'
import type { Recorder } from './recorder.ts'
import type { Settler } from './settler.ts'
import type { Writer } from './writer.ts'

export interface ExecutorOptions {
  workerId: string
  settler: Settler
  writer: Writer
  recorder: Recorder
  events: Events
  graceMs: number
  /** For attempts that can block the worker's event loop. */
  deadlines: Deadlines
  /** The database's clock, as near as the worker knows it. */
  now: () => number
  /** Called when an attempt has ended and its settlement waits to be written. */
  onEnd: (lane: Lane) => void
  /** Called when what has to be on disk before an attempt starts could not be written. */
  onError: (error: unknown) => void
}

/** Runs attempts: starts each in its runtime, under its timeout, and turns its outcome into a settlement. */
export class Executor {
  readonly #options: ExecutorOptions

  constructor(options: ExecutorOptions) {
    this.#options = options
  }

  start(attempt: Attempt, lane: Lane): void {
    const { job, marked } = attempt
    attempt.startedAt = this.#options.now()
    if (job.expired) this.#end(attempt, lane, expired(attempt))
    else if (marked) this.#run(attempt, lane)
    // It may be what took a worker down before: should it do so again, that has to be known.
    else if (job.crashes > 0) void this.#runMarked(attempt, lane)
    else {
      this.#options.recorder.started(attempt)
      this.#run(attempt, lane)
    }
  }

  async #runMarked(attempt: Attempt, lane: Lane): Promise<void> {
    let mine = false
    const { writer, recorder } = this.#options
    try {
      // What is done but not written would be blamed with it.
      await writer.flush()
      mine = await recorder.markStarted(attempt)
    } catch (error) {
      this.#options.onError(error)
    }
    if (mine && !attempt.stopped) this.#run(attempt, lane)
    else this.#end(attempt, lane, { kind: 'released' })
  }

  #run(attempt: Attempt, lane: Lane): void {
    const { job } = attempt
    const { events, graceMs, workerId } = this.#options
    attempt.limit(graceMs, lane.isolation === 'inline' ? this.#options.deadlines : undefined)
    if (events.has('running')) {
      const { id, queue, attempt: number, maxAttempts } = job
      const args = shownArgs(job.args)
      const { class: className, method } = job
      events.emit('running', { id, class: className, method, queue, attempt: number, maxAttempts, workerId, args })
    }
    const running = lane.runtime.start(job, attempt)
    const { outcome } = running
    if (!(outcome instanceof Promise)) {
      this.#end(attempt, lane, outcome)
      return
    }
    attempt.running = running
    void outcome.then((value) => this.#end(attempt, lane, value))
  }

  #end(attempt: Attempt, lane: Lane, outcome: Outcome): void {
    const { job, policy, lease, startedAt } = attempt
    const { settler } = this.#options
    attempt.end()
    const finishedAt = Math.max(startedAt, this.#options.now())
    // A blocked event loop can let a job outlive its timeout unseen: what counts is how long it took.
    const late =
      policy.timeoutMs !== undefined && finishedAt - startedAt > policy.timeoutMs && outcome.kind === 'failed'
    const { attempt: number, maxAttempts, crashes, spared } = job
    const facts = { attempt: number, maxAttempts, crashes, spared, startedAt }
    const counted: Outcome = late ? { kind: 'timed_out', error: outcome.error } : outcome
    const { next, outcome: kind, startedAt: began, reason, error, result } = decide(facts, counted, policy, finishedAt)
    const fingerprint = attemptFingerprint(kind, error, job)
    settler.add({ job, lease, next, outcome: kind, startedAt: began, finishedAt, reason, error, fingerprint, result })
    lane.done(attempt, finishedAt - startedAt)
    lane.fill()
    this.#options.onEnd(lane)
  }
}

function expired(attempt: Attempt): Outcome {
  const waited = ((attempt.startedAt - attempt.job.createdAt) / 1000).toFixed(1)
  return refused('EXPIRED', `it was not started in time: it had waited for ${waited} s`)
}
