import type { JobError } from '../../core/job.ts'
import { keyText } from '../../secrets/current-keyring.ts'
import { OutputRedactor } from '../../secrets/output-redactor.ts'
import { stoppedOutcome } from '../entry/stopped.ts'
import type { Child, Death, Spawn } from './child.ts'
import type { ChildPool } from './child-pool.ts'
import type { AttemptHooks, AttemptInput, StopReason } from './runtime.ts'
import { StoppableAttempt } from './stoppable.ts'

/** A child's place in the pool. */
export class Slot {
  readonly heapLimit: number | undefined
  readonly child: Child
  /** Fulfilled when the child has ended. */
  readonly gone: Promise<void>
  attempt: PooledAttempt | undefined
  ready = false
  /** How often the pool has found it idle since its last attempt. */
  sweeps = 0
  /** The error with which it ends, as it told itself. */
  reported: JobError | undefined
  /** Of what it writes to its stdout and stderr. */
  readonly redactor: OutputRedactor = new OutputRedactor()
  readonly #loading: NodeJS.Timeout
  #late = false

  constructor(pool: ChildPool, heapLimit: number | undefined, spawn: Spawn, startMs: number) {
    this.heapLimit = heapLimit
    const { promise, resolve } = Promise.withResolvers<void>()
    this.gone = promise
    const onExit = (death: Death) => {
      clearTimeout(this.#loading)
      const how = this.#late ? `had not done so after ${startMs / 1000} s` : death.how
      pool.onExit(this, { ...death, how, error: this.reported ?? death.error })
      resolve()
    }
    try {
      this.child = spawn(heapLimit, {
        onMessage: (message, body) => pool.onMessage(this, message, body),
        hide: (line) => this.redactor.hide(line),
        onOutput: (severity, line) => pool.onOutput(this, severity, line),
        onExit,
      })
      const key = keyText()
      if (key !== undefined) this.child.send({ type: 'key' }, key)
    } catch (error) {
      this.child = { send() {}, kill() {}, end() {} }
      const how = `could not be started: ${(error as Error).message}`
      process.nextTick(onExit, { how, code: 'ERROR', stderr: [] } satisfies Death)
    }
    this.#loading = setTimeout(() => {
      this.#late = true
      this.child.kill()
    }, startMs)
  }

  isReady(): void {
    clearTimeout(this.#loading)
    this.ready = true
  }
}

/** An attempt that runs in a child, or waits for one. */
export class PooledAttempt extends StoppableAttempt {
  readonly input: AttemptInput
  readonly hooks: AttemptHooks
  readonly memoryLimit: number | undefined
  readonly #pool: ChildPool
  /** Where it runs; undefined while it waits. */
  slot: Slot | undefined

  constructor(pool: ChildPool, input: AttemptInput, hooks: AttemptHooks, memoryLimit: number | undefined) {
    super()
    this.#pool = pool
    this.input = input
    this.hooks = hooks
    this.memoryLimit = memoryLimit
  }

  protected override abort(reason: StopReason): void {
    if (this.slot !== undefined) {
      this.slot.child.send({ type: 'stop', reason }, '')
    } else {
      this.#pool.forget(this)
      this.settle(stoppedOutcome(reason))
    }
  }

  protected override giveUp(): void {
    if (this.slot !== undefined) this.#pool.kill(this.slot)
  }
}
