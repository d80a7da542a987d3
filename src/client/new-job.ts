import { checkBackoff } from '../core/backoff.ts'
import { MAX_DURATION_MS, parseDuration, shown } from '../core/duration.ts'
import { OffstageError } from '../core/errors.ts'
import type { Backoff, BackoffFunction, Duration, EnqueuePolicy, Handler, Priority, Unique } from '../core/handler.ts'
import { isId, newId } from '../core/id.ts'
import { encodeArgs } from '../core/json.ts'
import {
  checkFunction,
  checkKeys,
  checkOneOf,
  checkQueue,
  checkRetries,
  checkTags,
  checkTimeout,
  checkUnique,
  given,
} from '../core/options.ts'
import type { JobPolicy, UniquePolicy } from '../core/policy.ts'
import { parsePriority } from '../core/priority.ts'
import { mayHaveSealed, revealed, stringifyWith } from '../core/secret.ts'
import type { StandardIssue, StandardResult } from '../core/standard-schema.ts'
import { currentKeyring } from '../secrets/current-keyring.ts'
import { Redactor } from '../secrets/redactor.ts'
import type { NewJob } from '../store/store.ts'
import type { Transaction } from '../store/transaction.ts'
import type { UniqueKey } from '../store/unique-key.ts'

/** What can be set for a single job. What is not set is as its handler has it. */
export interface JobOptions {
  /**
   * An open transaction of your own, of pg, mysql2, node:sqlite, Kysely, Drizzle, Knex, Prisma or TypeORM, on the
   * database of this offstage: the job exists if, and only if, that commits. `runBackgroundJobs` takes it behind its list.
   */
  tx?: Transaction | undefined
  /** A UUIDv7 of your own, from `newId()`: an enqueue repeated with it stores nothing twice. */
  id?: string
  /** `'high'`, `'medium'`, `'low'` (10, 0, -10) or any integer within ±1e9; the larger runs first. */
  priority?: Priority
  /** Seconds, or text such as `'10s'`, `'5m'`, `'2h'`, or the moment itself. */
  delay?: Duration | Date
  /** Extra attempts after the first, 0 to 1,000. */
  retries?: number
  backoff?: Exclude<Backoff, BackoffFunction>
  /** How long an attempt may run before it is stopped. */
  timeout?: Duration
  onCrash?: 'retry' | 'fail'
  /** A job not started within this time fails with the reason `expired`. */
  expiresIn?: Duration
  queue?: string
  /** In addition to the handler's own. */
  tags?: readonly string[]
  /** As in the allow-list; `false` lets it be one of several. A job that is not stored has the status `'duplicate'`. */
  unique?: Unique
  /** Computes the start delay and the retries from the options above, such as `priorityWeighted`. */
  policy?: EnqueuePolicy
}

const JOB_OPTIONS: Record<keyof JobOptions, true> = {
  tx: true,
  id: true,
  priority: true,
  delay: true,
  retries: true,
  backoff: true,
  timeout: true,
  onCrash: true,
  expiresIn: true,
  queue: true,
  tags: true,
  unique: true,
  policy: true,
}
const JOB_OPTION_NAMES = Object.keys(JOB_OPTIONS)

/**
 * A job ready to be stored: its options checked, its arguments in JSON, its secrets sealed for it alone. Not a promise,
 * unless the handler has a schema that is asynchronous.
 * @throws OffstageError OPTION_INVALID, ARGS_INVALID, ARGS_TOO_LARGE, SECRET_KEY_MISSING, SECRET_KEY_INVALID
 */
export function createNewJob(
  handler: Handler,
  args: readonly unknown[] = [],
  options: JobOptions | undefined,
  maxArgsBytes: number,
): NewJob | Promise<NewJob> {
  const schema = handler.options.args
  const id = given(options?.id, checkId) ?? newId()
  const seal = (json: string) => currentKeyring().seal(json, id)
  const job = withOptions(handler, id, encodeArgs(args, maxArgsBytes, { dates: schema !== undefined, seal }), options)
  if (schema === undefined) return job
  // What is checked is what will be stored, read back and opened, and checked again before the method gets it.
  const { json, hide } = mayHaveSealed(job.args) ? opened(args) : { json: job.args }
  const result = schema['~standard'].validate(JSON.parse(json))
  if (result instanceof Promise) return result.then((settled) => accepted(job, settled, hide))
  return accepted(job, result, hide)
}

/** The arguments as the method will get them, and how to keep their secrets out of what the schema says of them. */
function opened(args: readonly unknown[]): { json: string; hide: (text: string) => string } {
  const redactor = new Redactor()
  const secrets: unknown[] = []
  const json = stringifyWith(args, (held) => {
    secrets.push(revealed(held))
    return revealed(held)
  })
  redactor.add(secrets)
  return { json, hide: redactor.hide }
}

function withOptions(handler: Handler, id: string, args: string, options: JobOptions | undefined): NewJob {
  const { className, method, policy } = handler
  if (options === undefined && handler.options.policy === undefined) {
    return {
      id,
      class: className,
      method,
      args,
      queue: policy.queue,
      priority: policy.priority,
      due: { inMs: 0 },
      maxAttempts: policy.retries + 1,
      expiresInMs: policy.expiresInMs,
      policy: undefined,
      tags: policy.tags,
      unique: policy.unique === undefined ? undefined : uniqueKey(handler, args, policy.unique),
      fresh: true,
    }
  }
  const own = options ?? {}
  checkKeys(own, JOB_OPTION_NAMES, '')
  const priority = given(own.priority, parsePriority) ?? policy.priority
  const unique = own.unique === undefined ? policy.unique : checkUnique(own.unique, 'unique')
  const terms = applyPolicy(own.policy ?? handler.options.policy, {
    priority,
    due: dueOf(own.delay),
    retries: given(own.retries, (value) => checkRetries(value, 'retries')) ?? policy.retries,
  })
  return {
    id,
    class: className,
    method,
    args,
    queue: given(own.queue, (value) => checkQueue(value, 'queue')) ?? policy.queue,
    priority,
    due: terms.due,
    maxAttempts: terms.retries + 1,
    expiresInMs: given(own.expiresIn, (value) => checkTimeout(value, 'expiresIn')) ?? policy.expiresInMs,
    policy: policyText(own),
    tags: given(own.tags, (tags) => mergedTags(policy.tags, tags)) ?? policy.tags,
    unique: unique === undefined ? undefined : uniqueKey(handler, args, unique),
    fresh: own.id === undefined,
  }
}

/** Of one length, whatever it is made of, and of this method alone. */
function uniqueKey({ className, method }: Handler, args: string, { key, forMs }: UniquePolicy): UniqueKey {
  if (key === undefined && mayHaveSealed(args)) {
    // Sealed twice, one secret is two texts.
    throw new OffstageError('OPTION_INVALID', "unique needs a key where arguments are secret: { unique: 'of what' }")
  }
  const of = key === undefined ? ['args', args] : ['key', key]
  const hash = process.getBuiltinModule('node:crypto').hash('sha256', [className, method, ...of].join('\0'), 'hex')
  return { hash, forMs }
}

interface Terms {
  priority: number
  due: NewJob['due']
  retries: number
}

function applyPolicy(policy: EnqueuePolicy | undefined, terms: Terms): Pick<Terms, 'due' | 'retries'> {
  if (policy === undefined) return terms
  checkFunction(policy, 'policy')
  const { priority, due, retries } = terms
  const inMs = 'at' in due ? Math.max(0, due.at - Date.now()) : due.inMs
  const decided: unknown = policy({ priority, delay: inMs / 1_000, retries })
  if (typeof decided !== 'object' || decided === null) {
    throw new OffstageError('OPTION_INVALID', `policy returned ${shown(decided)}: it returns { delay, retries }`)
  }
  const { delay, retries: weighted } = decided as { delay: Duration; retries: number }
  return {
    due: { inMs: parseDuration(delay, 'the delay that policy returned') },
    retries: checkRetries(weighted, 'the retries that policy returned'),
  }
}

function dueOf(delay: JobOptions['delay']): NewJob['due'] {
  if (delay === undefined) return { inMs: 0 }
  if (!(delay instanceof Date)) return { inMs: parseDuration(delay, 'delay') }
  const at = delay.getTime()
  if (Number.isNaN(at)) throw new OffstageError('OPTION_INVALID', 'delay is an invalid Date: check how it was made')
  if (at < 0 || at > Date.now() + MAX_DURATION_MS) {
    throw new OffstageError('OPTION_INVALID', `delay is ${shown(delay)}: use a moment within the next 100 years`)
  }
  return { at }
}

function checkId(id: unknown): string {
  if (isId(id)) return id
  throw new OffstageError('OPTION_INVALID', `id is ${shown(id)}: use newId(), or a UUIDv7 in lower case`)
}

function policyText({ timeout, backoff, onCrash }: JobOptions): string | undefined {
  if (timeout === undefined && backoff === undefined && onCrash === undefined) return undefined
  const policy: JobPolicy = {}
  if (timeout !== undefined) policy.timeoutMs = checkTimeout(timeout, 'timeout')
  if (onCrash !== undefined) policy.onCrash = checkOneOf(onCrash, ['retry', 'fail'], 'onCrash')
  if (backoff !== undefined) {
    if (typeof backoff === 'function') {
      throw new OffstageError('OPTION_INVALID', 'backoff is a function, which cannot be stored: set it in allow')
    }
    policy.backoff = checkBackoff(backoff, 'backoff') as NonNullable<JobPolicy['backoff']>
  }
  return JSON.stringify(policy)
}

function mergedTags(tags: readonly string[], more: readonly string[]): readonly string[] {
  return [...new Set([...tags, ...checkTags(more, 'tags')])]
}

function accepted(job: NewJob, result: StandardResult<unknown>, hide = (text: string) => text): NewJob {
  if (result.issues === undefined) return job
  const [first] = result.issues
  const path = (first?.path ?? []).map(pathStep).join('')
  const more = result.issues.length > 1 ? ` (and ${result.issues.length - 1} more)` : ''
  throw new OffstageError(
    'ARGS_INVALID',
    `${job.class}.${job.method} refuses args${hide(path)}: ${hide(first?.message ?? 'no reason given')}${more}`,
  )
}

function pathStep(step: NonNullable<StandardIssue['path']>[number]): string {
  const key = typeof step === 'object' ? step.key : step
  return typeof key === 'number' || /^\d+$/.test(String(key)) ? `[${String(key)}]` : `.${String(key)}`
}
