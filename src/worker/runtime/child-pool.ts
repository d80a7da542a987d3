import type { OffstageError } from '../../core/errors.ts'
import type { Registry } from '../../core/registry.ts'
import type { Severity } from '../../store/queried.ts'
import type { FromChild } from '../entry/protocol.ts'
import { stoppedOutcome } from '../entry/stopped.ts'
import { brokenError, crashError, type Death, type Spawn } from './child.ts'
import type { AttemptHooks, AttemptInput, Runtime } from './runtime.ts'
import { PooledAttempt, Slot } from './slot.ts'

export interface ChildRuntimeOptions {
  /** The config module's absolute path: how a child finds its handlers. */
  configPath: string
  registry: Registry
  /** The most children at a time, and so the most attempts. They are started when they are needed. */
  size: number
  /**
   * A child could not be started, or could not load the config module. Where no other child is left, attempts come out
   * as `released`. It is tried again for an attempt that is started later, so whoever starts them should pause first.
   */
  onBroken(error: OffstageError): void
  /** A line that a child wrote while it ran no attempt, such as the config module's own. Default: to stderr. */
  onOutput?(severity: Severity, line: string): void
  /** How long a child may be without work before it ends; one is kept. Milliseconds; default 1 minute. */
  idleMs?: number
  /** How long a child may take to load the config module. Milliseconds; default 30 s. */
  startMs?: number
}

const MEMORY_CHECK_MS = 500
const SWEEPS_UNTIL_IDLE = 4
/** No child is started for so long after one that was broken. */
const BROKEN_PAUSE_MS = 500

/** A runtime of warm children, each with one attempt at a time. */
export class ChildPool implements Runtime {
  readonly #what: 'process' | 'thread'
  readonly #options: ChildRuntimeOptions
  readonly #spawn: Spawn
  /** Those that run an attempt, wait for one, or load the config module. */
  readonly #live = new Set<Slot>()
  /** Those that were told to end, and have not yet. */
  readonly #leaving = new Set<Slot>()
  /** The one that ran last is last, and is the next to run, so that those too many stay idle. */
  #idle: Slot[] = []
  #waiting: PooledAttempt[] = []
  #pausedUntil = 0
  #closed = false
  #sweeper: NodeJS.Timeout | undefined
  #memoryChecks: NodeJS.Timeout | undefined

  constructor(what: 'process' | 'thread', options: ChildRuntimeOptions, spawn: Spawn) {
    this.#what = what
    this.#options = options
    this.#spawn = spawn
  }

  start(input: AttemptInput, hooks: AttemptHooks): PooledAttempt {
    const attempt = new PooledAttempt(this, input, hooks, this.#memoryLimit(input))
    const slot = this.#waiting.length === 0 ? this.#takeIdle(attempt) : undefined
    if (slot !== undefined) this.#dispatch(attempt, slot)
    else if (this.#closed || (this.#live.size === 0 && this.#paused())) attempt.settle({ kind: 'released' })
    else {
      this.#waiting.push(attempt)
      this.#pump()
    }
    return attempt
  }

  warm(): void {
    if (this.#live.size === 0 && this.#makeRoom()) this.#add(undefined)
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#sweeper)
    clearInterval(this.#memoryChecks)
    this.#releaseWaiting()
    for (const slot of [...this.#live]) {
      if (slot.attempt === undefined && slot.ready) this.#retire(slot)
      else {
        if (slot.attempt !== undefined) slot.attempt.stopReason ??= 'released'
        this.kill(slot)
      }
    }
    await Promise.all([...this.#leaving].map(({ gone }) => gone))
  }

  /** Ends a child now, whatever it runs. */
  kill(slot: Slot): void {
    this.#leave(slot)
    slot.child.kill()
    this.#pump()
  }

  /** Takes back an attempt that has not been given to a child. */
  forget(attempt: PooledAttempt): void {
    this.#waiting = this.#waiting.filter((each) => each !== attempt)
  }

  #memoryLimit({ class: className, method }: AttemptInput): number | undefined {
    return this.#options.registry.find(className, method)?.options.memoryLimit
  }

  #dispatch(attempt: PooledAttempt, slot: Slot): void {
    attempt.slot = slot
    attempt.hooks.onStart?.()
    slot.attempt = attempt
    slot.sweeps = 0
    const { id, class: className, method, args, attempt: number, maxAttempts } = attempt.input
    slot.redactor.begin(id, args)
    slot.child.send({ type: 'run', input: { id, class: className, method, attempt: number, maxAttempts } }, args)
    if (attempt.memoryLimit !== undefined && slot.child.checkMemory !== undefined) {
      this.#memoryChecks ??= setInterval(() => this.#checkMemory(), MEMORY_CHECK_MS).unref()
    }
  }

  /** Threads get their limit when they start, so an attempt needs one of its own limit. */
  #heapLimit(attempt: PooledAttempt): number | undefined {
    return this.#what === 'thread' ? attempt.memoryLimit : undefined
  }

  #takeIdle(attempt: PooledAttempt): Slot | undefined {
    const last = this.#idle.at(-1)
    if (last === undefined) return undefined
    const limit = this.#heapLimit(attempt)
    if (last.heapLimit === limit) return this.#idle.pop()
    const index = this.#idle.findLastIndex(({ heapLimit }) => heapLimit === limit)
    return index === -1 ? undefined : this.#idle.splice(index, 1)[0]
  }

  /** Gives waiting attempts to idle children, and starts as many children as are missing. */
  #pump(): void {
    if (this.#waiting.length === 0) return
    if (this.#idle.length === 0 && this.#live.size >= this.#options.size) return
    const starting = [...this.#live].filter(({ ready }) => !ready)
    this.#waiting = this.#waiting.filter((attempt) => {
      const idle = this.#takeIdle(attempt)
      if (idle !== undefined) {
        this.#dispatch(attempt, idle)
        return false
      }
      const heapLimit = this.#heapLimit(attempt)
      const coming = starting.findIndex((slot) => slot.heapLimit === heapLimit)
      if (coming >= 0) starting.splice(coming, 1)
      else if (this.#makeRoom()) this.#add(heapLimit)
      return true
    })
    if (this.#live.size === 0) this.#releaseWaiting()
  }

  #add(heapLimit: number | undefined): void {
    this.#live.add(new Slot(this, heapLimit, this.#spawn, this.#options.startMs ?? 30_000))
  }

  #makeRoom(): boolean {
    if (this.#closed || this.#paused()) return false
    this.#sweeper ??= setInterval(() => this.#sweep(), (this.#options.idleMs ?? 60_000) / SWEEPS_UNTIL_IDLE).unref()
    if (this.#live.size < this.#options.size) return true
    const unfit = this.#idle[0]
    if (unfit !== undefined) this.#retire(unfit)
    return unfit !== undefined
  }

  #paused(): boolean {
    return performance.now() < this.#pausedUntil
  }

  #free(slot: Slot): void {
    this.#idle.push(slot)
    this.#pump()
  }

  #retire(slot: Slot): void {
    this.#leave(slot)
    slot.child.end()
  }

  #leave(slot: Slot): void {
    if (!this.#live.delete(slot)) return
    this.#leaving.add(slot)
    this.#idle = this.#idle.filter((each) => each !== slot)
  }

  #sweep(): void {
    for (const slot of [...this.#idle]) {
      slot.sweeps += 1
      if (slot.sweeps > SWEEPS_UNTIL_IDLE && this.#live.size > 1) this.#retire(slot)
    }
  }

  #checkMemory(): void {
    let limited = false
    for (const { attempt, child } of this.#live) {
      if (attempt?.memoryLimit === undefined) continue
      limited = true
      child.checkMemory?.(attempt.memoryLimit)
    }
    if (limited) return
    clearInterval(this.#memoryChecks)
    this.#memoryChecks = undefined
  }

  #releaseWaiting(): void {
    for (const attempt of this.#waiting.splice(0)) attempt.settle({ kind: 'released' })
  }

  onMessage(slot: Slot, message: FromChild, body: string): void {
    const { attempt } = slot
    switch (message.type) {
      case 'done':
        slot.attempt = undefined
        attempt?.settle(body === '' ? message.outcome : { kind: 'completed', result: body })
        if (!this.#live.has(slot)) return
        if (message.spent) this.#retire(slot)
        if (message.spent) this.#pump()
        else this.#free(slot)
        return
      case 'log':
        attempt?.hooks.onLog(message.severity, message.text)
        return
      case 'progress':
        attempt?.hooks.onProgress(body)
        return
      case 'ready':
        slot.isReady()
        if (this.#live.has(slot)) this.#free(slot)
        return
      case 'broken':
      case 'crash':
        slot.reported = message.error
        // It ends itself too, but what it runs on its way out might not let it.
        slot.child.kill()
        return
      default:
        throw new Error(`no such message: ${message satisfies never}`)
    }
  }

  onOutput(slot: Slot, severity: Severity, line: string): void {
    if (slot.attempt !== undefined) slot.attempt.hooks.onLog(severity, line)
    else if (this.#options.onOutput !== undefined) this.#options.onOutput(severity, line)
    else process.stderr.write(`${line}\n`)
  }

  onExit(slot: Slot, death: Death): void {
    const expected = this.#leaving.delete(slot)
    this.#live.delete(slot)
    this.#idle = this.#idle.filter((each) => each !== slot)
    const { attempt } = slot
    slot.attempt = undefined
    if (attempt !== undefined) {
      const reason = attempt.stopReason
      const crashed = { kind: 'crashed', error: crashError(this.#what, death) } as const
      attempt.settle(reason === undefined ? crashed : stoppedOutcome(reason))
    } else if (!expected && !slot.ready) this.#broken(death)
    else if (!expected)
      this.onOutput(slot, 'error', `offstage: an idle ${this.#what} ${crashError('process', death).message}`)
    this.#pump()
  }

  #broken(death: Death): void {
    this.#pausedUntil = performance.now() + BROKEN_PAUSE_MS
    this.#options.onBroken(brokenError(this.#what, this.#options.configPath, death))
    if (this.#live.size === 0) this.#releaseWaiting()
    else setTimeout(() => this.#pump(), BROKEN_PAUSE_MS)
  }
}
