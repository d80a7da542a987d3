import { shown } from './duration.ts'
import { OffstageError } from './errors.ts'
import type { HandlerOptions } from './handler.ts'
import type { StandardSchemaV1 } from './standard-schema.ts'

/** Any class whose constructor is public, whatever it takes. */
export type JobClass = new (...args: never[]) => object

declare const ARGS: unique symbol

/** An entry of the allow-list: a class, and which of its methods may run as jobs. Made by {@link allow}. */
export interface Allowed<Class extends JobClass = JobClass, Args = object> {
  readonly target: Class
  readonly methods: { readonly [method: string]: HandlerOptions }
  /** For the compiler only: what each method takes. */
  readonly [ARGS]?: Args
}

/** What every object has; a class that has its own still may not have it run as a job. */
type InheritedName =
  | 'hasOwnProperty'
  | 'isPrototypeOf'
  | 'propertyIsEnumerable'
  | 'toLocaleString'
  | 'toString'
  | 'valueOf'

/** The names of the public methods of an instance: private and protected members are not in `keyof`. */
export type MethodName<Instance> = Exclude<
  { [Name in keyof Instance]-?: Instance[Name] extends (...args: never[]) => unknown ? Name : never }[keyof Instance] &
    string,
  InheritedName
>

/** The parameters of a method, with their names, so that editors can show them. */
export type MethodArgs<Instance, Name> = Name extends keyof Instance
  ? Instance[Name] extends (...args: infer Args) => unknown
    ? Args
    : never
  : never

type Create<Class extends JobClass> = () => InstanceType<Class> | Promise<InstanceType<Class>>

/**
 * The options of one method. `args` is any Standard Schema of the argument list: what it gives must be what the
 * method takes, and what it takes (`Input`) is what an enqueue is asked for. A class whose constructor needs
 * arguments needs `create`.
 */
export type MethodOptions<Class extends JobClass, Args, Input> = Omit<HandlerOptions, 'args' | 'create'> & {
  args?: StandardSchemaV1<Input, Args>
} & (Class extends new () => object ? { create?: Create<Class> } : { create: Create<Class> })

/** What an enqueue takes: what the schema takes where there is one, the method's own parameters otherwise. */
type EnqueueArgs<Instance, Name, Input> = unknown extends Input
  ? MethodArgs<Instance, Name>
  : Input extends readonly unknown[]
    ? Input
    : MethodArgs<Instance, Name>

/**
 * Allows methods of a class to run as jobs: by name, `allow(SampleJob, 'process', 'check')`, or with options,
 * `allow(SampleJob, { process: { retries: 5, timeout: '2m' } })`. Private and protected methods do not compile.
 * What is allowed is checked when `defineOffstage` gets it.
 */
export function allow<Class extends new () => object, Name extends MethodName<InstanceType<Class>>>(
  target: Class,
  ...methods: readonly [Name, ...Name[]]
): Allowed<Class, { [Each in Name]: MethodArgs<InstanceType<Class>, Each> }>
export function allow<Class extends JobClass, Inputs extends { [Name in MethodName<InstanceType<Class>>]?: unknown }>(
  target: Class,
  methods: {
    [Name in keyof Inputs]: Name extends MethodName<InstanceType<Class>>
      ? MethodOptions<Class, MethodArgs<InstanceType<Class>, Name>, Inputs[Name]>
      : never
  },
): Allowed<Class, { [Name in keyof Inputs]: EnqueueArgs<InstanceType<Class>, Name, Inputs[Name]> }>
export function allow(target: JobClass, ...methods: unknown[]): Allowed {
  const [first] = methods
  if (typeof first === 'object' && first !== null && !Array.isArray(first) && methods.length === 1) {
    // A null prototype, so that a method called `__proto__` or `constructor` is a plain key to be refused later.
    return { target, methods: Object.assign(Object.create(null), first) as Allowed['methods'] }
  }
  const byName = Object.create(null) as Record<string, HandlerOptions>
  for (const method of methods) {
    if (typeof method !== 'string') {
      throw new OffstageError(
        'HANDLER_INVALID',
        `allow was given ${shown(method)}: use method names, as in allow(SampleJob, 'process'), or { method: options }`,
      )
    }
    byName[method] = {}
  }
  return { target, methods: byName }
}
