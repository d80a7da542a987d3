import { backoffMs } from '../../core/backoff.ts'
import { OffstageError } from '../../core/errors.ts'
import type { Handler } from '../../core/handler.ts'
import type { Outcome } from '../../core/outcome.ts'
import type { Registry } from '../../core/registry.ts'
import type { StandardSchemaV1 } from '../../core/standard-schema.ts'
import { openArgs } from '../../secrets/open-args.ts'
import { Redactor } from '../../secrets/redactor.ts'
import type { AttemptHooks, AttemptInput, StopReason } from '../runtime/runtime.ts'
import { redactStreams } from './capture.ts'
import { AttemptContext, isKept, jobStorage, TOO_LARGE } from './current-job.ts'
import { stoppedOutcome } from './stopped.ts'
import { outcomeOfError } from './thrown.ts'
import { thrownError } from './thrown-error.ts'

/** An attempt whose code runs here. */
export interface Execution {
  /** Not a promise when the code was done at once. Never rejects. */
  readonly outcome: Outcome | Promise<Outcome>
  /** Aborts the code's signal. */
  abort(reason: StopReason): void
  /** Drops what the code still logs and reports; what it comes to is no longer of interest. */
  abandon(): void
}

/**
 * Runs a handler's code: the one place that does, whatever the runtime. Whatever the code throws or returns
 * becomes an outcome. A job that returns at once costs no promise.
 * @param redactor What this place has opened before, and is to be searched for too; one of its own by default.
 */
export function runAttempt(
  registry: Registry,
  input: AttemptInput,
  hooks: AttemptHooks,
  redactor?: Redactor,
): Execution {
  return new RunningCode(registry, input, hooks, redactor)
}

class RunningCode implements Execution {
  readonly outcome: Outcome | Promise<Outcome>
  readonly #context: AttemptContext
  #redactor: Redactor | undefined

  constructor(registry: Registry, input: AttemptInput, hooks: AttemptHooks, redactor: Redactor | undefined) {
    this.#redactor = redactor
    this.#context = new AttemptContext(input, hooks, redactor)
    this.outcome = this.#begin(registry, input)
  }

  abort(reason: StopReason): void {
    // The listeners of the signal are the job's code: what they log belongs to the job.
    jobStorage.run(this.#context, AttemptContext.stop, this.#context, reason)
  }

  abandon(): void {
    AttemptContext.end(this.#context)
  }

  #begin(registry: Registry, input: AttemptInput): Outcome | Promise<Outcome> {
    let handler: Handler | undefined
    let args: unknown[]
    try {
      handler = registry.find(input.class, input.method) ?? registry.resolve(input.class, input.method)
      args = this.#argsOf(input)
    } catch (error) {
      return unopened(error, input.attempt) ?? this.#refused(error)
    }
    try {
      const { options } = handler
      if (options.args !== undefined) return this.#checkAndCall(handler, options.args, args)
      const returned =
        options.create === undefined
          ? jobStorage.run(this.#context, call, handler, args)
          : jobStorage.run(this.#context, createAndCall, handler, options.create, args)
      if (!isThenable(returned)) return this.#returned(returned)
      return this.#settled(handler, returned)
    } catch (error) {
      return this.#threw(handler, error)
    }
  }

  #argsOf({ args: json, id }: AttemptInput): unknown[] {
    if (json === '[]') return []
    let args: unknown
    try {
      const opened = openArgs(json, id)
      if (opened !== undefined) this.#redact(opened.secrets)
      args = opened === undefined ? JSON.parse(json) : opened.args
    } catch (cause) {
      if (cause instanceof OffstageError) throw cause
      throw new OffstageError('ARGS_INVALID', `the stored arguments are not JSON: ${(cause as Error).message}`, {
        cause,
      })
    }
    if (!Array.isArray(args)) throw new OffstageError('ARGS_INVALID', 'the stored arguments are not a list')
    return args
  }

  #redact(secrets: readonly unknown[]): void {
    if (this.#redactor === undefined) {
      this.#redactor = new Redactor()
      redactStreams()
    }
    this.#redactor.add(secrets)
    AttemptContext.redact(this.#context, this.#redactor)
  }

  async #settled(handler: Handler, returned: PromiseLike<unknown>): Promise<Outcome> {
    try {
      return this.#returned(await returned)
    } catch (error) {
      return this.#threw(handler, error)
    }
  }

  async #checkAndCall(handler: Handler, schema: StandardSchemaV1, args: unknown[]): Promise<Outcome> {
    let checked: unknown[]
    try {
      checked = await check(schema, args, handler)
    } catch (error) {
      return this.#over(this.#refused(error))
    }
    const stopped = AttemptContext.stopReason(this.#context)
    if (stopped !== undefined) return this.#over(stoppedOutcome(stopped))
    const create = handler.options.create
    try {
      return this.#returned(
        await jobStorage.run(this.#context, () =>
          create === undefined ? call(handler, checked) : createAndCall(handler, create, checked),
        ),
      )
    } catch (error) {
      return this.#threw(handler, error)
    }
  }

  #returned(value: unknown): Outcome {
    // Code that has taken its signal and returns after it was aborted has obeyed; code that has not is simply done.
    const stopped = AttemptContext.stopReason(this.#context)
    if (stopped !== undefined && AttemptContext.usedSignal(this.#context)) return this.#over(stoppedOutcome(stopped))
    return this.#over(
      value === undefined ? { kind: 'completed' } : { kind: 'completed', result: this.#resultOf(value) },
    )
  }

  #threw(handler: Handler, error: unknown): Outcome {
    const stop = AttemptContext.stopReason(this.#context)
    return this.#over(
      outcomeOfError(error, {
        handler,
        attempt: this.#context.attempt,
        stop: stop && { reason: stop, heard: AttemptContext.usedSignal(this.#context) },
        warn: (text) => AttemptContext.warn(this.#context, text),
        hide: (text) => this.#redactor?.hide(text) ?? text,
      }),
    )
  }

  /** Nothing of the handler's code has run, and running it again would end the same way. */
  #refused(error: unknown): Outcome {
    return { kind: 'failed', error: thrownError(error, this.#redactor?.hide), retry: false, unstarted: true }
  }

  #over(outcome: Outcome): Outcome {
    AttemptContext.end(this.#context)
    return outcome
  }

  #resultOf(value: unknown): string | undefined {
    let problem: string
    try {
      const given: string | undefined = JSON.stringify(value)
      const json = given === undefined ? undefined : (this.#redactor?.hideJson(given) ?? given)
      if (json === undefined) problem = `a ${typeof value} is no JSON value`
      else if (isKept(json)) return json
      else problem = TOO_LARGE
    } catch (error) {
      problem = (error as Error).message
    }
    AttemptContext.warn(this.#context, `the job's result was not kept: ${problem}`)
    return undefined
  }
}

async function check(schema: StandardSchemaV1, args: unknown[], { className, method }: Handler): Promise<unknown[]> {
  const result = await schema['~standard'].validate(args)
  const refusal = `the arguments of ${className}.${method} were refused by its schema`
  if (result.issues !== undefined) {
    const issues = result.issues.map(({ message, path }) => {
      const at = path?.map((part) => String(typeof part === 'object' ? part.key : part)).join('.')
      return at ? `${at}: ${message}` : message
    })
    throw new OffstageError('ARGS_INVALID', `${refusal}: ${issues.join('; ')}`)
  }
  if (!Array.isArray(result.value)) throw new OffstageError('ARGS_INVALID', `${refusal}: it did not return a list`)
  return result.value
}

function call(handler: Handler, args: unknown[]): unknown {
  const instance = new handler.target() as Record<string, (...args: unknown[]) => unknown>
  return (instance[handler.method] as (...args: unknown[]) => unknown)(...args)
}

async function createAndCall(
  { method }: Handler,
  create: () => object | Promise<object>,
  args: unknown[],
): Promise<unknown> {
  const instance = (await create()) as Record<string, (...args: unknown[]) => unknown>
  if (typeof instance?.[method] !== 'function') {
    throw new OffstageError('HANDLER_INVALID', `what \`create\` returned has no method ${method}`)
  }
  return instance[method](...args)
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as PromiseLike<unknown>).then === 'function'
}

const KEY_PROBLEMS: readonly string[] = ['SECRET_KEY_MISSING', 'SECRET_KEY_INVALID', 'SECRET_KEY_UNKNOWN']
/** How long until another attempt may find the key: someone has to put it there. */
const KEY_BACKOFF = { type: 'exponential', delay: '5s', max: '5m' } as const

/** A secret that could not be opened. For want of a key is no fault of the job: it waits for one, sparing its retries. */
function unopened(error: unknown, attempt: number): Outcome | undefined {
  if (!(error instanceof OffstageError)) return undefined
  if (error.code === 'SECRET_CORRUPT') return { kind: 'failed', error: thrownError(error), retry: true }
  if (!KEY_PROBLEMS.includes(error.code)) return undefined
  const retryInMs = backoffMs(KEY_BACKOFF, attempt, error)
  return { kind: 'failed', error: thrownError(error), retry: true, spared: true, retryInMs }
}
