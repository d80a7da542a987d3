import { checkBackoff, DEFAULT_BACKOFF } from './backoff.ts'
import { parseDuration, shown } from './duration.ts'
import { OffstageError } from './errors.ts'
import type { HandlerOptions, Isolation, Unique } from './handler.ts'
import { labelProblem } from './names.ts'
import { suggestion } from './nearest.ts'
import type { HandlerPolicy, UniquePolicy } from './policy.ts'
import { parsePriority } from './priority.ts'

/** More retries than these are a mistake: at the longest default delay they take six weeks. */
export const MAX_RETRIES = 1_000
const MAX_UNIQUE_KEY = 1_000
/** Where jobs go that name no queue. */
export const DEFAULT_QUEUE = 'default'

const HANDLER_OPTIONS: Record<keyof HandlerOptions, true> = {
  retries: true,
  backoff: true,
  retryIf: true,
  timeout: true,
  isolation: true,
  onCrash: true,
  memoryLimit: true,
  maxJobsPerChild: true,
  expiresIn: true,
  priority: true,
  queue: true,
  tags: true,
  unique: true,
  policy: true,
  args: true,
  create: true,
}
const HANDLER_OPTION_NAMES = Object.keys(HANDLER_OPTIONS)

/**
 * Checks a handler's options and puts them in the engine's units, with the engine's defaults for what is not set.
 * @param at What the names in errors begin with, such as `SampleJob.process: `.
 * @throws OffstageError OPTION_INVALID
 */
export function handlerPolicy(options: HandlerOptions, at: string): HandlerPolicy {
  checkKeys(options, HANDLER_OPTION_NAMES, at)
  checkFunction(options.retryIf, `${at}retryIf`)
  checkFunction(options.create, `${at}create`)
  checkFunction(options.policy, `${at}policy`)
  checkSchema(options.args, `${at}args`)
  isolationOf(options, at)
  return {
    retries: given(options.retries, (value) => checkRetries(value, `${at}retries`)) ?? 3,
    backoff: given(options.backoff, (value) => checkBackoff(value, `${at}backoff`)) ?? DEFAULT_BACKOFF,
    timeoutMs: given(options.timeout, (value) => checkTimeout(value, `${at}timeout`)),
    onCrash: given(options.onCrash, (value) => checkOneOf(value, ['retry', 'fail'], `${at}onCrash`)) ?? 'retry',
    memoryLimit: given(options.memoryLimit, (value) => checkInteger(value, 16, 1_048_576, `${at}memoryLimit`)),
    maxJobsPerChild:
      given(options.maxJobsPerChild, (value) => checkInteger(value, 1, 1e9, `${at}maxJobsPerChild`)) ?? 1_000,
    expiresInMs: given(options.expiresIn, (value) => checkTimeout(value, `${at}expiresIn`)),
    priority: given(options.priority, (value) => parsePriority(value, `${at}priority`)) ?? 0,
    queue: given(options.queue, (value) => checkQueue(value, `${at}queue`)) ?? DEFAULT_QUEUE,
    tags: given(options.tags, (value) => checkTags(value, `${at}tags`)) ?? [],
    unique: given(options.unique, (value) => checkUnique(value, `${at}unique`)),
  }
}

export function isolationOf(options: HandlerOptions, at: string): Isolation {
  const check = (value: unknown) => checkOneOf(value, ['process', 'thread', 'inline'] as const, `${at}isolation`)
  return given(options.isolation, check) ?? 'process'
}

/** Applies `check` to what is set; an option set to undefined counts as not set. */
export function given<Value, Checked>(value: Value | undefined, check: (value: Value) => Checked): Checked | undefined {
  return value === undefined ? undefined : check(value)
}

/** @throws OffstageError OPTION_INVALID for a key that is not known, with the nearest that is. */
export function checkKeys(options: unknown, known: readonly string[], at: string): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new OffstageError('OPTION_INVALID', `${at}the options are ${shown(options)}: use an object`)
  }
  for (const key in options) {
    if (!known.includes(key)) {
      throw new OffstageError('OPTION_INVALID', `${at}there is no option ${shown(key)}${suggestion(key, known)}`)
    }
  }
}

export function checkRetries(value: unknown, what: string): number {
  return checkInteger(value, 0, MAX_RETRIES, what)
}

export function checkInteger(value: unknown, min: number, max: number, what: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
  throw invalid(what, value, `use an integer from ${min} to ${max}`)
}

/** A span that must be longer than nothing: a job that has no time can only fail. */
export function checkTimeout(value: unknown, what: string): number {
  const ms = parseDuration(value as number, what)
  if (ms === 0) throw invalid(what, value, 'use a time span longer than 0, or leave it out for none')
  return ms
}

export function checkQueue(value: unknown, what: string): string {
  const problem = labelProblem(value)
  if (problem !== undefined) throw new OffstageError('OPTION_INVALID', `${what} ${problem}`)
  if (value === 'all') throw invalid(what, value, "'all' means every queue, so no queue can be called that")
  return value as string
}

/** Why a queue is paused. @throws OffstageError OPTION_INVALID */
export function checkPauseReason(value: unknown): string {
  const text = typeof value === 'string' ? value.trim() : ''
  if (text === '' || text.length > 200) throw invalid('reason', value, 'use 1 to 200 characters')
  return text
}

export function checkTags(value: unknown, what: string): readonly string[] {
  if (!Array.isArray(value)) throw invalid(what, value, 'use a list of texts')
  if (value.length > 50) throw invalid(what, value, 'use at most 50 tags')
  for (const [i, tag] of value.entries()) {
    const problem = labelProblem(tag)
    if (problem !== undefined) throw new OffstageError('OPTION_INVALID', `${what}[${i}] ${problem}`)
  }
  return new Set(value).size === value.length ? value : [...new Set<string>(value)]
}

/** Undefined for `false`. @throws OffstageError OPTION_INVALID */
export function checkUnique(value: Unique, what: string): UniquePolicy | undefined {
  if (typeof value === 'boolean') return value ? { key: undefined, forMs: undefined } : undefined
  if (typeof value === 'string') return { key: checkUniqueKey(value, what), forMs: undefined }
  if (typeof value !== 'object' || value === null) throw invalid(what, value, "use true, a key, or { key, for: '10m' }")
  checkKeys(value, ['key', 'for'], `${what}: `)
  return {
    key: given(value.key, (key) => checkUniqueKey(key, `${what}.key`)),
    forMs: given(value.for, (span) => checkTimeout(span, `${what}.for`)),
  }
}

function checkUniqueKey(value: unknown, what: string): string {
  if (typeof value === 'string' && value !== '' && value.length <= MAX_UNIQUE_KEY) return value
  throw invalid(what, value, `use a text of 1 to ${MAX_UNIQUE_KEY} characters`)
}

export function checkOneOf<const Value extends string>(value: unknown, known: readonly Value[], what: string): Value {
  if (known.includes(value as Value)) return value as Value
  const near = typeof value === 'string' ? suggestion(value, known) : ''
  throw invalid(what, value, `use ${known.map((each) => `'${each}'`).join(' or ')}${near}`)
}

export function checkFunction(value: unknown, what: string): void {
  if (value !== undefined && typeof value !== 'function') throw invalid(what, value, 'use a function')
}

function checkSchema(value: unknown, what: string): void {
  if (value === undefined) return
  const standard = (value as { '~standard'?: { validate?: unknown } } | null)?.['~standard']
  if (typeof standard?.validate !== 'function') {
    throw invalid(what, value, 'use a Standard Schema of the argument list, such as z.tuple([...]) of zod')
  }
}

function invalid(what: string, value: unknown, remedy: string): OffstageError {
  return new OffstageError('OPTION_INVALID', `${what} is ${shown(value)}: ${remedy}`)
}
