/**
 * What the compiler is told of an offstage's allow-list: which classes and methods an enqueue may name, and which
 * arguments it must bring.
 */
import type { Allowed, JobClass } from '../core/allow.ts'
import type { Enqueued } from '../core/job.ts'
import type { Secret } from '../core/secret.ts'
import type { JobOptions } from './new-job.ts'

export type Jobs = readonly Allowed[]

/** Each entry of the allow-list as `[class, { method: arguments }]`. */
type Entry<List extends Jobs> = List[number] extends infer Each
  ? Each extends Allowed<infer Class, infer Args>
    ? [Class, Args]
    : never
  : never

/** True for the same type only: a class with more or other members is another class, even where it would do. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** The name of a class, where it is known when compiling: `static readonly jobName = 'SampleJob'`. */
type JobName<Class> = Class extends { readonly jobName: infer Name extends string }
  ? string extends Name
    ? never
    : Name
  : never

/** A class's own `name` is just `string` to the compiler, so without a `jobName` any text may be its name. */
type NameOf<Class> = [JobName<Class>] extends [never] ? string & {} : JobName<Class>

type EachClass<E> = E extends [infer Class extends JobClass, unknown] ? Class : never
type EachName<E> = E extends [infer Class, unknown] ? NameOf<Class> : never
type EachJobName<E> = E extends [infer Class, unknown] ? JobName<Class> : never

/** What names a job's class: the class itself, or its name. */
export type Target<List extends Jobs> = EachClass<Entry<List>> | EachName<Entry<List>>

type ByName<E, Name> = E extends [infer Class, infer Args] ? (Name extends JobName<Class> ? Args : never) : never
type Unnamed<E> = E extends [infer Class, infer Args] ? ([JobName<Class>] extends [never] ? Args : never) : never
type ByClass<E, Class> = E extends [infer Each, infer Args] ? (Same<Each, Class> extends true ? Args : never) : never

/** The methods, with their arguments, that `T` may stand for. One union member for each entry of the allow-list. */
type Methods<List extends Jobs, T> = T extends string
  ? T extends EachJobName<Entry<List>>
    ? ByName<Entry<List>, T>
    : Unnamed<Entry<List>>
  : ByClass<Entry<List>, T>

type KeyOf<M> = M extends unknown ? keyof M & string : never
type At<M, Method> = M extends unknown ? (Method extends keyof M ? M[Method] : never) : never

/** The names of the methods that are allowed of a class. */
export type MethodOf<List extends Jobs, T> = KeyOf<Methods<List, T>>

/** The argument list of an allowed method. */
export type ArgsOf<List extends Jobs, T, Method> = At<Methods<List, T>, Method>

type Plain = string | number | bigint | boolean | symbol | null | undefined | Date | ((...args: never[]) => unknown)
type Inside<T> = T extends Plain
  ? never
  : T extends readonly (infer Each)[]
    ? number extends T['length']
      ? ListOrSecret<Each>
      : EachOrSecret<T>
    : { [Key in keyof T]: OrSecret<T[Key]> }
/** An interface, so that a type that refers to itself, such as that of all JSON, comes to an end. */
interface ListOrSecret<Each> extends ReadonlyArray<OrSecret<Each>> {}

/** What an enqueue takes where a method takes `T`: it, a secret of it, or it with secrets anywhere inside. */
export type OrSecret<T> = T | Secret<T> | Inside<T>

type EachOrSecret<Args> = { readonly [Index in keyof Args]: OrSecret<Args[Index]> }

/** The arguments and the options; the arguments may be left out where the method needs none. */
export type Rest<Args, Options> = Args extends readonly unknown[]
  ? [] extends Args
    ? [args?: EachOrSecret<Args> | undefined, options?: Options | undefined]
    : [args: EachOrSecret<Args>, options?: Options | undefined]
  : never

/**
 * Stores a job that runs `method` of `target` with `args`, in the background. When the returned promise resolves, the
 * job is stored.
 *
 * `target` is an allowed class, or its name. The method and the arguments are checked by the compiler, and again when
 * the call is made.
 *
 * @returns The job's id; `duplicate` when a job of the given id was stored before.
 * @throws OffstageError HANDLER_UNKNOWN, ARGS_INVALID, ARGS_TOO_LARGE, OPTION_INVALID, SECRET_KEY_MISSING,
 * SECRET_KEY_INVALID, TX_INVALID: nothing is stored then. With `tx`, what its library throws comes out as it is.
 */
export type RunBackgroundJob<List extends Jobs> = <T extends Target<List>, Method extends MethodOf<List, T>>(
  target: T,
  method: Method,
  ...rest: Rest<ArgsOf<List, T, Method>, JobOptions>
) => Promise<Enqueued>

type EachOfEntry<E> = E extends [infer Class, infer Args]
  ? { [Method in keyof Args & string]: [Class | NameOf<Class>, Method, Args[Method]] }[keyof Args & string]
  : never

/** Each method of the allow-list as `[what names its class, its name, its arguments]`. */
export type EachAllowed<List extends Jobs> = EachOfEntry<Entry<List>>

/** One job of `runBackgroundJobs`: what `runBackgroundJob` takes, as a list. */
export type JobTuple<List extends Jobs> =
  EachAllowed<List> extends infer Each
    ? Each extends [infer Named, infer Method, infer Args]
      ? readonly [target: Named, method: Method, ...rest: Rest<Args, Omit<JobOptions, 'tx'>>]
      : never
    : never

/** What can be set for all jobs of `runBackgroundJobs`. */
export type ManyOptions = Pick<JobOptions, 'tx'>

/**
 * Stores many jobs in one transaction, which is `tx` where that is given: all of them or none. Each is a list of what
 * `runBackgroundJob` takes:
 * `[[SampleJob, 'process', [{ data: 'a' }]], [ReportJob, 'build', [], { delay: '1h' }]]`.
 *
 * @returns The ids, in the order of the jobs.
 * @throws OffstageError as `runBackgroundJob`, naming the job as in `jobs[3]`: nothing is stored then.
 */
export type RunBackgroundJobs<List extends Jobs> = (
  jobs: readonly JobTuple<List>[],
  options?: ManyOptions | undefined,
) => Promise<Enqueued[]>
