import { loadConfig } from '../../config/load.ts'
import { ENGINE } from '../../core/engine-symbol.ts'
import type { Outcome } from '../../core/outcome.ts'
import type { Registry } from '../../core/registry.ts'
import { holdKey, takeKeyFromEnvironment } from '../../secrets/current-keyring.ts'
import { Redactor } from '../../secrets/redactor.ts'
import type { AttemptHooks, AttemptInput } from '../runtime/runtime.ts'
import { captureConsole, captureStreams } from './capture.ts'
import { cutLine } from './current-job.ts'
import type { FromChild, ToChild } from './protocol.ts'
import { type Execution, runAttempt } from './run-attempt.ts'
import { thrownError } from './thrown-error.ts'

/** The way back to the worker. */
export interface Channel {
  send(message: FromChild, body: string): void
  /** Ends this process or thread, whatever still runs in it. */
  exit(code: number): never
  /** True when this process or thread uses so much memory that, at a limit of so many MiB, it is to be replaced. */
  isOver(memoryLimit: number): boolean
}

/** How a child stays young when its handlers do not say: after so many attempts, but at most once a minute. */
const MAX_JOBS = 1_000
const MIN_AGE_MS = 60_000

/** Tells code that runs in a child from code that runs in a worker, so that a config module cannot start workers here. */
const IN_CHILD = Symbol.for('offstage.inChild')

/**
 * The child's side of a runtime, whatever the channel: loads the config module, then runs one attempt after the other.
 * Returns what takes the worker's messages.
 */
export async function serve(configPath: string, channel: Channel): Promise<(message: ToChild, body: string) => void> {
  ;(globalThis as Record<symbol, unknown>)[IN_CHILD] = true
  const redactor = new Redactor()
  const crash = (error: unknown) => {
    channel.send({ type: 'crash', error: thrownError(error, redactor.hide) }, '')
    channel.exit(1)
  }
  process.on('uncaughtException', crash)
  process.on('unhandledRejection', crash)
  try {
    const offstage = await loadConfig(configPath)
    takeKeyFromEnvironment()
    captureConsole()
    return new Server(offstage[ENGINE].registry, channel, redactor).take
  } catch (error) {
    channel.send({ type: 'broken', error: thrownError(error) }, '')
    return channel.exit(1)
  }
}

class Server implements AttemptHooks {
  readonly #registry: Registry
  readonly #channel: Channel
  readonly #redactor: Redactor
  readonly #flushStreams: ReturnType<typeof captureStreams>
  readonly #bornAt = performance.now()
  #attempts = 0
  #running: Execution | undefined

  constructor(registry: Registry, channel: Channel, redactor: Redactor) {
    this.#registry = registry
    this.#channel = channel
    this.#redactor = redactor
    this.#flushStreams = captureStreams()
  }

  readonly take = (message: ToChild, body: string): void => {
    if (message.type === 'run') this.#run({ ...message.input, args: body })
    else if (message.type === 'key') holdKey(body)
    // Between two attempts the order comes too late: the outcome is on its way already.
    else this.#running?.abort(message.reason)
  }

  onLog(severity: Extract<FromChild, { type: 'log' }>['severity'], text: string): void {
    this.#channel.send({ type: 'log', severity, text }, '')
  }

  onProgress(value: string): void {
    this.#channel.send({ type: 'progress' }, value)
  }

  #run(input: AttemptInput): void {
    this.#attempts += 1
    this.#running = runAttempt(this.#registry, input, this, this.#redactor)
    const { outcome } = this.#running
    if (outcome instanceof Promise) outcome.then((value) => this.#done(input, value))
    else this.#done(input, outcome)
  }

  #done(input: AttemptInput, outcome: Outcome): void {
    this.#running = undefined
    this.#flushStreams((severity, text) => this.onLog(severity, cutLine(this.#redactor.hide(text))))
    let body = ''
    if (outcome.kind === 'completed' && outcome.result !== undefined) {
      body = outcome.result
      outcome = { kind: 'completed' }
    }
    const spent = this.#isSpent(input)
    this.#channel.send(spent ? { type: 'done', outcome, spent } : { type: 'done', outcome }, body)
  }

  #isSpent(input: AttemptInput): true | undefined {
    const options = this.#registry.find(input.class, input.method)?.options
    if (options?.memoryLimit !== undefined && this.#channel.isOver(options.memoryLimit)) return true
    if (options?.maxJobsPerChild !== undefined) return this.#attempts >= options.maxJobsPerChild || undefined
    return (this.#attempts >= MAX_JOBS && performance.now() - this.#bornAt >= MIN_AGE_MS) || undefined
  }
}
