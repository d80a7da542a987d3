import type { Allowed, JobClass } from './allow.ts'
import { shown } from './duration.ts'
import { OffstageError } from './errors.ts'
import type { Handler, HandlerOptions } from './handler.ts'
import { classNameProblem, methodNameProblem } from './names.ts'
import { suggestion } from './nearest.ts'
import { handlerPolicy, isolationOf } from './options.ts'

interface AllowedClass {
  readonly name: string
  readonly target: JobClass
  readonly handlers: Map<string, Handler>
}

/** The allow-list, checked: the only way from a name to code that runs. */
export class Registry {
  readonly #byName = new Map<string, AllowedClass>()
  readonly #byTarget = new Map<unknown, AllowedClass>()

  /**
   * @param defaults Options of every handler that does not set them itself.
   * @throws OffstageError HANDLER_INVALID, HANDLER_DUPLICATE, OPTION_INVALID
   */
  static from(allowed: readonly Allowed[], defaults: HandlerOptions = {}): Registry {
    const registry = new Registry()
    for (const entry of allowed) registry.#add(entry, defaults)
    return registry
  }

  find(className: string, method: string): Handler | undefined {
    return this.#byName.get(className)?.handlers.get(method)
  }

  /** @throws OffstageError HANDLER_UNKNOWN, with the nearest allowed name. */
  resolve(className: string, method: string): Handler {
    const found = this.#byName.get(className)
    return found?.handlers.get(method) ?? fail(this.#unknown(className, found, method))
  }

  /** As {@link resolve}, by the class itself: the class that is allowed, not another of its name. */
  resolveClass(target: unknown, method: string): Handler {
    const found = this.#byTarget.get(target)
    return found?.handlers.get(method) ?? fail(this.#unknownTarget(target, found, method))
  }

  list(): Handler[] {
    return [...this.#byName.values()].flatMap(({ handlers }) => [...handlers.values()])
  }

  #add(entry: Allowed, defaults: HandlerOptions): void {
    const { target, methods } = checkEntry(entry)
    const name = nameOf(target)
    const known = this.#byName.get(name)
    if (known !== undefined && known.target !== target) {
      throw new OffstageError(
        'HANDLER_DUPLICATE',
        `two classes are called ${name}: give one of them another name with static jobName = '…'`,
      )
    }
    const entryOfClass = known ?? { name, target, handlers: new Map<string, Handler>() }
    for (const [method, own] of Object.entries(methods)) {
      checkMethod(target, name, method)
      if (entryOfClass.handlers.has(method)) {
        throw new OffstageError('HANDLER_DUPLICATE', `${name}.${method} is allowed twice: leave one of them out`)
      }
      entryOfClass.handlers.set(method, toHandler(target, name, method, own, defaults))
    }
    this.#byName.set(name, entryOfClass)
    this.#byTarget.set(target, entryOfClass)
  }

  #unknown(className: unknown, found: AllowedClass | undefined, method: unknown): OffstageError {
    const problem = classNameProblem(className) ?? methodNameProblem(method)
    if (problem !== undefined) return new OffstageError('HANDLER_UNKNOWN', problem)
    if (found !== undefined) return unknownMethod(found, method as string)
    const near = suggestion(className as string, this.#byName.keys())
    return new OffstageError(
      'HANDLER_UNKNOWN',
      `${className} is not an allowed class${near === '' ? ': allow it in the jobs of the config' : near}`,
    )
  }

  #unknownTarget(target: unknown, found: AllowedClass | undefined, method: unknown): OffstageError {
    if (found !== undefined) return this.#unknown(found.name, found, method)
    if (typeof target !== 'function') {
      const what = `a job's class is ${shown(target)}: use an allowed class, or its name`
      return new OffstageError('HANDLER_UNKNOWN', what)
    }
    const name = nameOrUndefined(target as JobClass) ?? ''
    if (!this.#byName.has(name)) return this.#unknown(name, undefined, method)
    return new OffstageError(
      'HANDLER_UNKNOWN',
      `this ${name} is not the class that is allowed by that name: import the one that the config allows`,
    )
  }
}

function unknownMethod({ name, handlers }: AllowedClass, method: string): OffstageError {
  const near = suggestion(method, handlers.keys())
  const hint = near === '' ? `: ${name} allows ${[...handlers.keys()].join(', ') || 'none'}` : near
  return new OffstageError('HANDLER_UNKNOWN', `${name}.${method} is not an allowed method${hint}`)
}

function toHandler(target: JobClass, name: string, method: string, own: HandlerOptions, defaults: HandlerOptions) {
  const at = `${name}.${method}: `
  // Checked alone first: an error in the defaults is the config's, and was told as such.
  handlerPolicy(own, at)
  const options = { ...defaults, ...withoutUndefined(own) }
  if (target.length > 0 && options.create === undefined) {
    throw invalid(`${name}'s constructor takes arguments: give ${name}.${method} a create option that makes it`)
  }
  return Object.freeze({
    className: name,
    method,
    target: target as new () => object,
    options: Object.freeze(options),
    isolation: isolationOf(options, at),
    policy: Object.freeze(handlerPolicy(options, at)),
  }) satisfies Handler
}

/** An option set to undefined counts as not set: it must not hide a default. */
function withoutUndefined(options: HandlerOptions): HandlerOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

function checkEntry(entry: Allowed): Allowed {
  if (typeof entry === 'function') throw invalid(`jobs has a bare class: write allow(${shownName(entry)}, 'method')`)
  if (typeof entry !== 'object' || entry === null || typeof entry.methods !== 'object') {
    throw invalid(`jobs has ${shown(entry)}: use allow(SampleJob, 'process')`)
  }
  const target: unknown = entry.target
  if (typeof target !== 'function' || typeof target.prototype !== 'object' || target.prototype === null) {
    throw invalid(`allow was given ${shown(target)}: its first argument is a class`)
  }
  if (Object.keys(entry.methods).length === 0) {
    throw invalid(`allow(${shownName(target)}) names no method: write allow(${shownName(target)}, 'method')`)
  }
  return entry
}

function shownName(target: unknown): string {
  return (target as { name?: string }).name || 'SampleJob'
}

/** The name that a class is stored by: `static jobName`, which minifiers leave alone, else its own name. */
function nameOf(target: JobClass): string {
  const name = nameOrUndefined(target)
  if (name === undefined || name === '') {
    throw invalid("a class without a name cannot be stored: give it one, or static jobName = '…'")
  }
  const problem = classNameProblem(name)
  if (problem !== undefined) throw invalid(problem)
  return name
}

function nameOrUndefined(target: JobClass): string | undefined {
  // Own only: a subclass must not be stored as its parent.
  const name: unknown = Object.hasOwn(target, 'jobName') ? (target as { jobName?: unknown }).jobName : target.name
  return typeof name === 'string' ? name : undefined
}

function checkMethod(target: JobClass, name: string, method: string): void {
  const problem = methodNameProblem(method)
  if (problem !== undefined) throw invalid(problem)
  const descriptor = methodDescriptor(target.prototype, method)
  if (descriptor === undefined) {
    if (typeof (target as unknown as Record<string, unknown>)[method] === 'function') {
      throw invalid(`${name}.${method} is static: make it a method of the instance`)
    }
    throw invalid(`${name} has no method ${method}${suggestion(method, methodsOf(target))}`)
  }
  if (typeof descriptor.value !== 'function')
    throw invalid(`${name}.${method} is not a method: only methods can be jobs`)
  if (Object.prototype.toString.call(descriptor.value).includes('Generator')) {
    throw invalid(`${name}.${method} is a generator, which does nothing when called: make it an async method`)
  }
}

/** Looks along the prototypes without calling a getter, and never at what every object inherits. */
function methodDescriptor(prototype: object | null, method: string): PropertyDescriptor | undefined {
  for (let at = prototype; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at) as object | null) {
    const descriptor = Object.getOwnPropertyDescriptor(at, method)
    if (descriptor !== undefined) return descriptor
  }
  return undefined
}

function methodsOf(target: JobClass): string[] {
  return Object.getOwnPropertyNames(target.prototype).filter((name) => methodNameProblem(name) === undefined)
}

function invalid(message: string): OffstageError {
  return new OffstageError('HANDLER_INVALID', message)
}

function fail(error: OffstageError): never {
  throw error
}
