import { AsyncLocalStorage } from 'node:async_hooks'
import { format } from 'node:util'
import { OffstageError } from '../../core/errors.ts'
import type { JobId } from '../../core/job.ts'
import type { Redactor } from '../../secrets/redactor.ts'
import type { Severity } from '../../store/queried.ts'
import type { AttemptHooks, AttemptInput, StopReason } from '../runtime/runtime.ts'

/** What a job's code can know and tell while it runs. */
export interface CurrentJob {
  readonly id: JobId
  /** 1 for the first. */
  readonly attempt: number
  readonly maxAttempts: number
  /** Aborted when the job is cancelled, runs out of its time, or its worker is stopping. */
  readonly signal: AbortSignal
  /** Adds a line to the attempt's log; what is no text is shown as `console.log` shows it. */
  readonly log: JobLog
  /** Reports how far the job is: any JSON value of up to 1 MiB. The latest one is shown with the job. */
  readonly progress: (value: unknown) => void
}

/** Writes to the attempt's log; called directly, with the severity `info`. */
export interface JobLog {
  (...text: unknown[]): void
  debug(...text: unknown[]): void
  info(...text: unknown[]): void
  warning(...text: unknown[]): void
  error(...text: unknown[]): void
}

/** The longest line of an attempt's log, in characters. */
const MAX_LINE = 64 * 1024

/** A line of an attempt's log: the rest of one that is too long is cut off. */
export function cutLine(line: string): string {
  return line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}… (cut off)` : line
}

/** The largest result or progress that is kept, in bytes of JSON. */
const MAX_VALUE = 1024 * 1024
export const TOO_LARGE: string = `it is over ${MAX_VALUE / 1024 / 1024} MiB of JSON`

/** No text has more bytes than three times its length: most are never measured. */
export function isKept(json: string): boolean {
  return json.length * 3 <= MAX_VALUE || Buffer.byteLength(json) <= MAX_VALUE
}

// On globalThis, so that a job that imports another copy of the package still finds its own job.
const KEY = Symbol.for('offstage.currentJob')
const shared = globalThis as { [KEY]?: AsyncLocalStorage<CurrentJob> }
shared[KEY] ??= new AsyncLocalStorage<CurrentJob>()

/** Of AsyncLocalStorage what is used, so that the published types need no types of Node. */
interface JobStorage {
  getStore(): CurrentJob | undefined
  run<Args extends unknown[], Result>(job: CurrentJob, work: (...args: Args) => Result, ...args: Args): Result
}

/** Carries the running job through everything that its code awaits. */
export const jobStorage: JobStorage = shared[KEY]

/** The job whose code is running. @throws OffstageError NOT_IN_A_JOB outside of one. */
export function currentJob(): CurrentJob {
  const job = jobStorage.getStore()
  if (job === undefined) {
    throw new OffstageError('NOT_IN_A_JOB', 'currentJob() is only for code that a worker runs as a job: call it there')
  }
  return job
}

const STOP_MESSAGES: Record<StopReason, string> = {
  cancelled: 'the job was cancelled',
  timed_out: 'the job ran out of its time',
  released: 'the worker is stopping',
}

/**
 * The running job as its code sees it. Its signal and its log are made on first use, since most jobs use
 * neither and tens of thousands may run in a second. They work without their object: `const { log } = currentJob()`.
 */
export class AttemptContext implements CurrentJob {
  readonly id: JobId
  readonly attempt: number
  readonly maxAttempts: number
  #hooks: AttemptHooks | undefined
  #controller: AbortController | undefined
  #log: JobLog | undefined
  #stopped: StopReason | undefined
  #redactor: Redactor | undefined

  constructor(input: AttemptInput, hooks: AttemptHooks, redactor: Redactor | undefined) {
    this.id = input.id
    this.attempt = input.attempt
    this.maxAttempts = input.maxAttempts
    this.#hooks = hooks
    this.#redactor = redactor
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#stopped !== undefined) this.#controller.abort(abortError(this.#stopped))
    }
    return this.#controller.signal
  }

  get log(): JobLog {
    this.#log ??= Object.assign((...text: unknown[]) => this.#write('info', text), {
      debug: (...text: unknown[]) => this.#write('debug', text),
      info: (...text: unknown[]) => this.#write('info', text),
      warning: (...text: unknown[]) => this.#write('warning', text),
      error: (...text: unknown[]) => this.#write('error', text),
    })
    return this.#log
  }

  get progress(): (value: unknown) => void {
    return (value) => {
      try {
        const json: string | undefined = JSON.stringify(value)
        if (json === undefined) throw new TypeError(`${typeof value} is no JSON value`)
        const shown = this.#redactor?.hideJson(json) ?? json
        if (!isKept(shown)) throw new TypeError(TOO_LARGE)
        this.#hooks?.onProgress(shown)
      } catch (error) {
        this.#write('warning', [`progress() was ignored: ${(error as Error).message}`])
      }
    }
  }

  #write(severity: Severity, text: unknown[]): void {
    if (this.#hooks === undefined) return
    const written = text.length === 1 && typeof text[0] === 'string' ? text[0] : format(...text)
    // Before it is cut: half a secret is one too.
    this.#hooks.onLog(severity, cutLine(this.#redactor?.hide(written) ?? written))
  }

  // What only the engine may do to the job's own object, out of reach of the job's code.
  static stop(context: AttemptContext, reason: StopReason): void {
    context.#stopped ??= reason
    context.#controller?.abort(abortError(reason))
  }

  static stopReason(context: AttemptContext): StopReason | undefined {
    return context.#stopped
  }

  /** From here on what it tells is searched for secrets. */
  static redact(context: AttemptContext, redactor: Redactor): void {
    context.#redactor = redactor
  }

  /** What takes the secrets out of what a job's code writes; undefined where it has none. */
  static redactorOf(job: CurrentJob | undefined): Redactor | undefined {
    return job !== undefined && #redactor in job ? job.#redactor : undefined
  }

  static warn(context: AttemptContext, text: string): void {
    context.#write('warning', [text])
  }

  /** True when the code has asked for its signal: only then can it have obeyed it. */
  static usedSignal(context: AttemptContext): boolean {
    return context.#controller !== undefined
  }

  /** From here on whatever the code still logs or reports is dropped: its attempt is over. */
  static end(context: AttemptContext): void {
    context.#hooks = undefined
  }
}

function abortError(reason: StopReason): DOMException {
  return new DOMException(STOP_MESSAGES[reason], 'AbortError')
}
