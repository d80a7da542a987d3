import { CronSlots, checkTimezone } from '../core/cron.ts'
import { shown } from '../core/duration.ts'
import { OffstageError } from '../core/errors.ts'
import type { Handler } from '../core/handler.ts'
import { encodeArgs } from '../core/json.ts'
import { labelProblem } from '../core/names.ts'
import { checkKeys, checkOneOf } from '../core/options.ts'
import type { Registry } from '../core/registry.ts'
import { LONGEST_SCHEDULE_NAME, MISSED, OVERLAPS, SCHEDULE_TAG, type Timing } from '../core/schedule.ts'
import { currentKeyring } from '../secrets/current-keyring.ts'
import { givenArgs } from '../secrets/open-args.ts'
import type { ScheduleTerms } from '../store/schedules.ts'
import type { NewJob, Store } from '../store/store.ts'
import { createNewJob, type JobOptions } from './new-job.ts'
import type { ScheduleOptions } from './schedule-types.ts'

const TIMING = ['timezone', 'missed', 'overlap']
const OF_JOB = ['priority', 'retries', 'backoff', 'timeout', 'onCrash', 'expiresIn', 'queue', 'tags', 'unique']

/** What a schedule is set with. */
export type ScheduleCall = [
  name: string,
  cron: string,
  target: unknown,
  method: string,
  args?: readonly unknown[] | undefined,
  options?: ScheduleOptions | undefined,
]

/** A schedule as it is written in code, its names checked. */
interface Written {
  name: string
  timing: Timing
  handler: Handler
  args: readonly unknown[]
  options: JobOptions
}

/** Which schedules there are in the config, and how a schedule becomes jobs. */
export class Scheduling {
  readonly #registry: Registry
  readonly #maxArgsBytes: number
  readonly #declared = new Map<string, Written>()

  /** @throws OffstageError CONFIG_INVALID, HANDLER_UNKNOWN, naming the schedule. */
  constructor(registry: Registry, maxArgsBytes: number, schedules: Readonly<Record<string, readonly unknown[]>> = {}) {
    this.#registry = registry
    this.#maxArgsBytes = maxArgsBytes
    for (const [name, tuple] of Object.entries(schedules)) {
      const at = `schedules.${name}`
      try {
        if (!Array.isArray(tuple)) throw invalid(`it is ${shown(tuple)}: use [cron, class, method, args, options]`)
        this.#declared.set(name, this.#written(...([name, ...tuple] as unknown as ScheduleCall)))
      } catch (error) {
        if (!(error instanceof OffstageError)) throw error
        const code = error.code === 'HANDLER_UNKNOWN' ? error.code : 'CONFIG_INVALID'
        throw new OffstageError(code, `${at}: ${error.message}`, { cause: error })
      }
    }
  }

  get declared(): readonly string[] {
    return [...this.#declared.keys()]
  }

  isDeclared(name: string): boolean {
    return this.#declared.has(name)
  }

  /** Whether a worker of this config enqueues for it: where it allows the method and, of declared ones, has the schedule. */
  fires({ name, class: className, method, declared }: ScheduleTerms): boolean {
    return this.#registry.find(className, method) !== undefined && (!declared || this.isDeclared(name))
  }

  /** Stores what the config says of a schedule. @throws OffstageError what keeps its jobs from being enqueued. */
  async declare(store: Store, name: string): Promise<void> {
    await this.#store(store, this.#declared.get(name) as Written, true)
  }

  /** @throws OffstageError OPTION_INVALID, HANDLER_UNKNOWN, ARGS_INVALID…: nothing is stored then. */
  async set(store: Store, ...call: ScheduleCall): Promise<void> {
    await this.#store(store, this.#written(...call), false)
  }

  /** The jobs of some slots, with the secrets of each sealed for it alone. */
  async jobs(terms: ScheduleTerms, slots: readonly number[]): Promise<NewJob[]> {
    const handler = this.#registry.resolve(terms.class, terms.method)
    const args = givenArgs(terms.args, ownerOf(terms.name))
    const own = JSON.parse(terms.options) as JobOptions
    const options = { ...own, tags: [...(own.tags ?? []), SCHEDULE_TAG + terms.name] }
    const jobs: NewJob[] = []
    for (const slot of slots) {
      const job = await createNewJob(handler, args, options, this.#maxArgsBytes)
      // What a policy adds is from the slot on.
      jobs.push({ ...job, due: 'inMs' in job.due ? { at: slot + job.due.inMs } : job.due })
    }
    return jobs
  }

  async #store(store: Store, written: Written, declared: boolean): Promise<void> {
    const { name, timing, handler, args, options } = written
    // Checked as its jobs will be: what cannot be enqueued is told now, and not at night.
    await createNewJob(handler, args, options, this.#maxArgsBytes)
    const terms: ScheduleTerms = {
      ...timing,
      name,
      class: handler.className,
      method: handler.method,
      args: encodeArgs(args, this.#maxArgsBytes, {
        dates: handler.options.args !== undefined,
        seal: (json) => currentKeyring().seal(json, ownerOf(name)),
      }),
      options: JSON.stringify(options),
      declared,
    }
    const now = await store.schedules.now()
    await store.schedules.set(terms, new CronSlots(timing.cron, timing.timezone).after(now))
  }

  #written(...[name, cron, target, method, args = [], options = {}]: ScheduleCall): Written {
    checkName(name)
    checkKeys(options, [...TIMING, ...OF_JOB], '')
    const { timezone = 'UTC', missed = 'once', overlap = 'allow', ...own } = options
    const timing: Timing = {
      cron,
      timezone: checkTimezone(timezone, 'timezone'),
      missed: checkOneOf(missed, MISSED, 'missed'),
      overlap: checkOneOf(overlap, OVERLAPS, 'overlap'),
    }
    new CronSlots(cron, timing.timezone)
    const handler =
      typeof target === 'string' ? this.#registry.resolve(target, method) : this.#registry.resolveClass(target, method)
    // The options and, but for what the key and a schema say, the arguments.
    void createNewJob({ ...handler, options: {} }, [], own, this.#maxArgsBytes)
    encodeArgs(args, this.#maxArgsBytes, { dates: handler.options.args !== undefined, seal: () => '' })
    return { name, timing, handler, args, options: own }
  }
}

/** Whom the secrets of a schedule are sealed for. */
function ownerOf(name: string): string {
  return SCHEDULE_TAG + name
}

/** @throws OffstageError OPTION_INVALID */
export function checkName(name: unknown): string {
  const problem = labelProblem(name)
  if (problem !== undefined) throw invalid(`the name of a schedule ${problem}`)
  if ((name as string).length <= LONGEST_SCHEDULE_NAME) return name as string
  throw invalid(`the name of a schedule is longer than ${LONGEST_SCHEDULE_NAME} characters`)
}

function invalid(message: string): OffstageError {
  return new OffstageError('OPTION_INVALID', message)
}
