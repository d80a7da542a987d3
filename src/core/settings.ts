import type { Allowed } from './allow.ts'
import type { QueuesSetting } from './claim-plan.ts'
import { type DashboardConfig, type DashboardSettings, dashboardSettings } from './dashboard-settings.ts'
import { parseDuration, shown } from './duration.ts'
import { OffstageError } from './errors.ts'
import type { Duration, HandlerOptions } from './handler.ts'
import type { FinalStatus } from './job.ts'
import { checkInteger, checkKeys, checkOneOf, checkQueue, given, handlerPolicy, MAX_RETRIES } from './options.ts'

/** What `defineOffstage` takes. Durations are numbers of seconds, or text such as `'30s'`. */
export interface OffstageConfig<Jobs extends readonly Allowed[] = readonly Allowed[]> {
  /** `sqlite:path/to/file.db`. Default: `OFFSTAGE_DATABASE`, else `sqlite:offstage.db` in the working folder. */
  database?: string
  /** What may run, and nothing else does: `[allow(SampleJob, 'process'), …]`. */
  jobs: Jobs
  /** What is deployed, such as a version or a commit: `OFFSTAGE_RELEASE`, else this. Shown with what its workers ran. */
  release?: string
  /** Options of every handler that does not set them itself. */
  defaults?: HandlerOptions
  /** Checked, and enqueued from, by those who know how to enqueue. */
  schedules?: Readonly<Record<string, readonly unknown[]>>
  /** The largest argument list, in bytes of JSON; default 1 MiB. */
  maxArgsBytes?: number
  worker?: WorkerConfig
  /** The two log files; `false` for none. */
  logs?: false | LogsConfig
  retention?: RetentionConfig
  dashboard?: DashboardConfig
}

export interface WorkerConfig {
  /** A name that no other running worker has; made up by default. */
  id?: string
  /** Jobs at a time, of each kind of isolation. Default: the machine's cores for `process` and `thread`, 100 `inline`. */
  concurrency?: number | { process?: number; thread?: number; inline?: number }
  /** `'all'`, a strict order (`'high,medium,low'` or a list), or weights by queue. */
  queues?: 'all' | string | readonly string[] | Readonly<Record<string, number>>
  /** How long after its last heartbeat a worker's jobs run elsewhere; default 30 s. */
  lease?: Duration
  /** Default 1 s; at most a third of the lease. */
  heartbeat?: Duration
  /** What running jobs are given to finish on a stop, a cancel or a timeout; default 5 s. */
  grace?: Duration
  /** How often to look for due jobs when nothing wakes the worker; default 1 s. */
  poll?: Duration
}

export interface LogsConfig {
  /** Every step of every job; default `logs/background_jobs.log`, or `BACKGROUND_JOB_LOG_DIRECTORY`. */
  file?: string
  /** What went wrong; default `logs/background_jobs_errors.log`, or `BACKGROUND_JOB_ERROR_LOG_DIRECTORY`. */
  errorFile?: string
  format?: 'text' | 'json'
  /** Bytes above which a file is put aside; default 10 MiB. */
  maxSize?: number
  /** How many of each are kept beside the current one; default 5. */
  keep?: number
}

/** How long finished jobs are kept, by how they ended. */
export interface RetentionConfig {
  /** Default 7 days. */
  completed?: KeepConfig
  /** Default 30 days. */
  failed?: KeepConfig
  /** Default 7 days. */
  cancelled?: KeepConfig
}

/** An age, `false` for ever, or both an age (the default one unless it is set) and how many are kept at most. */
export type KeepConfig = Duration | false | { age?: Duration | false; count?: number }

/** The configuration as the engine uses it: complete, checked, all durations in milliseconds. */
export interface Settings {
  readonly database: string
  readonly jobs: readonly Allowed[]
  readonly release: string | undefined
  /** With `MAX_RETRIES` of the environment in it. */
  readonly defaults: HandlerOptions
  readonly maxArgsBytes: number
  readonly worker: {
    readonly id: string | undefined
    readonly concurrency: { readonly process: number; readonly thread: number; readonly inline: number }
    readonly queues: QueuesSetting
    readonly leaseMs: number
    readonly heartbeatMs: number
    readonly graceMs: number
    readonly pollMs: number
  }
  readonly logs: false | Required<LogsConfig>
  /** Milliseconds; Infinity keeps them. `most` of those with a status are kept, however young they are. */
  readonly retention: ByFinalStatus<number> & { readonly most?: Partial<ByFinalStatus<number>> }
  readonly dashboard: DashboardSettings
}

type ByFinalStatus<Value> = Readonly<Record<FinalStatus, Value>>

export type Environment = Readonly<Record<string, string | undefined>>

const DAY = 86_400
const MiB = 1_048_576
const CONFIG = 'database jobs release defaults schedules maxArgsBytes worker logs retention dashboard'.split(' ')
const WORKER = ['id', 'concurrency', 'queues', 'lease', 'heartbeat', 'grace', 'poll']
const KEPT_DAYS = { completed: 7, failed: 30, cancelled: 7 } as const
const MOST_KEPT = 1_000_000_000
const LOGS = ['file', 'errorFile', 'format', 'maxSize', 'keep']

/**
 * Checks a configuration and fills in the environment and the defaults. Precedence: environment, config, default;
 * but `MAX_RETRIES` gives way to what a handler or a job sets itself.
 * @param cores The default concurrency of `process` and `thread`.
 * @throws OffstageError CONFIG_INVALID, naming the key.
 */
export function resolveSettings(config: OffstageConfig, env: Environment = {}, cores = availableCores()): Settings {
  try {
    checkKeys(config, CONFIG, 'config: ')
    if (!Array.isArray(config.jobs))
      throw invalid('jobs', config.jobs, "use a list, as in [allow(SampleJob, 'process')]")
    const defaults = { ...config.defaults, ...given(set(env.MAX_RETRIES), maxRetries) }
    handlerPolicy(defaults, 'defaults: ')
    if (defaults.create !== undefined || defaults.args !== undefined) {
      throw new OffstageError('CONFIG_INVALID', 'defaults: args and create belong to one handler: set them in allow')
    }
    return {
      database: databaseOf(config, env),
      jobs: config.jobs,
      release: releaseOf(set(env.OFFSTAGE_RELEASE) ?? config.release),
      defaults,
      maxArgsBytes: checkInteger(config.maxArgsBytes ?? MiB, 2, 1_024 * MiB, 'maxArgsBytes'),
      worker: workerOf(config.worker ?? {}, cores),
      logs: config.logs === false ? false : logsOf(config.logs ?? {}, env),
      retention: retentionOf(config.retention ?? {}),
      dashboard: dashboardSettings(config.dashboard ?? {}, env),
    }
  } catch (error) {
    if (!(error instanceof OffstageError) || error.code !== 'OPTION_INVALID') throw error
    throw new OffstageError('CONFIG_INVALID', error.message, { cause: error })
  }
}

function availableCores(): number {
  return globalThis.navigator?.hardwareConcurrency ?? 2
}

/** An environment variable that is set to nothing counts as not set. */
function set(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value.trim()
}

function maxRetries(text: string): { retries: number } {
  const retries = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (retries <= MAX_RETRIES) return { retries }
  throw invalid('MAX_RETRIES', text, `use an integer from 0 to ${MAX_RETRIES}`)
}

function databaseOf(config: OffstageConfig, env: Environment): string {
  const database: unknown = set(env.OFFSTAGE_DATABASE) ?? config.database ?? 'sqlite:offstage.db'
  if (typeof database === 'string' && database.trim() !== '') return database
  throw invalid('database', database, "use a URL, such as 'sqlite:offstage.db'")
}

function releaseOf(release: unknown): string | undefined {
  if (release === undefined || (typeof release === 'string' && /^[\x21-\x7e]{1,100}$/.test(release))) return release
  throw invalid('release', release, 'use up to 100 letters, digits and signs without spaces, such as v1.4.2')
}

function workerOf(config: WorkerConfig, cores: number): Settings['worker'] {
  checkKeys(config, WORKER, 'worker: ')
  const { id } = config
  if (id !== undefined && (typeof id !== 'string' || !/^[\w.:@-]{1,100}$/.test(id))) {
    throw invalid('worker.id', id, 'use up to 100 letters, digits, and . : @ _ -')
  }
  const leaseMs = span(config.lease, 30, 300, 'worker.lease')
  // A short lease without a heartbeat of its own gets one that fits it.
  const heartbeatMs = span(config.heartbeat, Math.min(1_000, Math.floor(leaseMs / 3)) / 1_000, 50, 'worker.heartbeat')
  if (heartbeatMs * 3 > leaseMs) {
    throw invalid('worker.heartbeat', config.heartbeat, 'use at most a third of worker.lease')
  }
  return {
    id,
    concurrency: concurrencyOf(config.concurrency ?? {}, cores),
    queues: queuesOf(config.queues ?? 'all'),
    leaseMs,
    heartbeatMs,
    graceMs: span(config.grace, 5, 0, 'worker.grace'),
    pollMs: span(config.poll, 1, 10, 'worker.poll'),
  }
}

function span(value: Duration | undefined, defaultSeconds: number, minMs: number, what: string): number {
  const ms = parseDuration(value ?? defaultSeconds, what)
  // What sets a timer must fit one: timers hold 31 bits of milliseconds.
  if (ms < minMs) throw invalid(what, value, `use at least ${minMs} ms`)
  if (ms > DAY * 1_000) throw invalid(what, value, 'use at most 1 day')
  return ms
}

function concurrencyOf(value: NonNullable<WorkerConfig['concurrency']>, cores: number) {
  const check = (count: unknown, what: string) => checkInteger(count, 0, 10_000, what)
  if (typeof value === 'number') {
    const all = checkInteger(value, 1, 10_000, 'worker.concurrency')
    return { process: all, thread: all, inline: all }
  }
  checkKeys(value, ['process', 'thread', 'inline'], 'worker.concurrency: ')
  return {
    process: check(value.process ?? cores, 'worker.concurrency.process'),
    thread: check(value.thread ?? cores, 'worker.concurrency.thread'),
    inline: check(value.inline ?? 100, 'worker.concurrency.inline'),
  }
}

/** Reads a `queues` setting: also what `--queues` gives on the command line. @throws OffstageError OPTION_INVALID */
export function queuesOf(value: NonNullable<WorkerConfig['queues']>, what = 'worker.queues'): QueuesSetting {
  if (value === 'all') return { kind: 'all' }
  if (typeof value === 'string')
    return strictOrder(
      value.split(',').map((name) => name.trim()),
      what,
    )
  if (Array.isArray(value)) return strictOrder(value as readonly string[], what)
  if (typeof value !== 'object' || value === null) {
    throw invalid(what, value, "use 'all', 'high,medium,low', a list of queues, or weights by queue")
  }
  const weights = new Map<string, number>()
  for (const [queue, weight] of Object.entries(value as Readonly<Record<string, number>>)) {
    weights.set(checkQueue(queue, what), checkInteger(weight, 1, 1_000_000, `${what}.${queue}`))
  }
  if (weights.size === 0) throw invalid(what, value, "name at least one queue, or 'all'")
  return { kind: 'weighted', weights }
}

function strictOrder(queues: readonly string[], what: string): QueuesSetting {
  if (queues.length === 0) throw invalid(what, queues, "name at least one queue, or 'all'")
  for (const [i, queue] of queues.entries()) checkQueue(queue, `${what}[${i}]`)
  return { kind: 'strict', queues: [...new Set(queues)] }
}

function logsOf(config: LogsConfig, env: Environment): Required<LogsConfig> {
  checkKeys(config, LOGS, 'logs: ')
  const { BACKGROUND_JOB_LOG_DIRECTORY: main, BACKGROUND_JOB_ERROR_LOG_DIRECTORY: errors } = env
  return {
    file: logPath(set(main), config.file, 'background_jobs.log', 'logs.file'),
    errorFile: logPath(set(errors), config.errorFile, 'background_jobs_errors.log', 'logs.errorFile'),
    format: checkOneOf(config.format ?? 'text', ['text', 'json'], 'logs.format'),
    maxSize: checkInteger(config.maxSize ?? 10 * MiB, 1_024, 1_024 * MiB, 'logs.maxSize'),
    keep: checkInteger(config.keep ?? 5, 0, 1_000, 'logs.keep'),
  }
}

/** The variables are called directories and were used as files: what has no extension is the folder of the file. */
function logPath(fromEnv: string | undefined, configured: unknown, name: string, what: string): string {
  if (fromEnv !== undefined)
    return /[^/\\.][^/\\]*\.[a-z0-9]+$/i.test(fromEnv) ? fromEnv : `${fromEnv.replace(/[/\\]+$/, '')}/${name}`
  if (configured === undefined) return `logs/${name}`
  if (typeof configured === 'string' && configured.trim() !== '') return configured
  throw invalid(what, configured, 'use a path')
}

function retentionOf(config: RetentionConfig): Settings['retention'] {
  checkKeys(config, Object.keys(KEPT_DAYS), 'retention: ')
  const ages = { completed: 0, failed: 0, cancelled: 0 }
  const most: Partial<Record<FinalStatus, number>> = {}
  for (const status of Object.keys(KEPT_DAYS) as FinalStatus[]) {
    const what = `retention.${status}`
    const keep = config[status]
    const byBoth = typeof keep === 'object' && keep !== null
    if (byBoth) checkKeys(keep, ['age', 'count'], `${what}: `)
    const age = byBoth ? keep.age : keep
    ages[status] =
      age === false
        ? Number.POSITIVE_INFINITY
        : parseDuration(age ?? KEPT_DAYS[status] * DAY, byBoth ? `${what}.age` : what)
    if (byBoth && keep.count !== undefined) most[status] = checkInteger(keep.count, 0, MOST_KEPT, `${what}.count`)
  }
  return Object.keys(most).length === 0 ? ages : { ...ages, most }
}

function invalid(what: string, value: unknown, remedy: string): OffstageError {
  return new OffstageError('CONFIG_INVALID', `${what} is ${shown(value)}: ${remedy}`)
}
