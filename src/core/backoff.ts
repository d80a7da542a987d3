import { parseDuration, shown } from './duration.ts'
import { OffstageError } from './errors.ts'
import type { Backoff, Duration } from './handler.ts'

const DEFAULTS = { delay: 1, factor: 2, max: 3_600, jitter: 0.2 } as const

/** Used where nothing else is said: 1 s, doubled each time, at most 1 h, a fifth of it random. */
export const DEFAULT_BACKOFF = { type: 'exponential' } as const satisfies Backoff

/**
 * How long to wait before the next attempt, in milliseconds. Never throws: a function that throws or returns
 * no duration counts as the default, because a retry must not be lost to a slip in its delay.
 * @param failures How many attempts have failed so far; 1 after the first.
 * @param random Gives numbers from 0 to below 1.
 */
export function backoffMs(
  backoff: Backoff | undefined,
  failures: number,
  error: Error,
  random: () => number = Math.random,
): number {
  if (typeof backoff === 'function') {
    try {
      return parseDuration(backoff(failures, error), 'the delay that backoff returned')
    } catch {
      return exponentialMs({}, failures, random)
    }
  }
  if (backoff === undefined) return exponentialMs({}, failures, random)
  if (typeof backoff === 'number' || typeof backoff === 'string') return parseDuration(backoff, 'backoff')
  if (isList(backoff)) {
    const delay = backoff[Math.min(Math.max(failures, 1), backoff.length) - 1]
    return delay === undefined ? exponentialMs({}, failures, random) : parseDuration(delay, 'backoff')
  }
  if (backoff.type === 'fixed') return parseDuration(backoff.delay, 'backoff.delay')
  return exponentialMs(backoff, failures, random)
}

type Exponential = { delay?: Duration; factor?: number; max?: Duration; jitter?: number }

function exponentialMs(options: Exponential, failures: number, random: () => number): number {
  const first = parseDuration(options.delay ?? DEFAULTS.delay, 'backoff.delay')
  const max = parseDuration(options.max ?? DEFAULTS.max, 'backoff.max')
  const jitter = options.jitter ?? DEFAULTS.jitter
  // Nothing stays nothing: 0 × Infinity would be NaN.
  const grown =
    first === 0 ? 0 : Math.min(max, first * (options.factor ?? DEFAULTS.factor) ** Math.max(failures - 1, 0))
  // The random share is taken off, not added, so that `max` stays the longest delay.
  return Math.round(grown * (1 - jitter * random()))
}

/**
 * Checks a backoff where it is set, so that `backoffMs` can trust it later.
 * @throws OffstageError OPTION_INVALID, naming `what`.
 */
export function checkBackoff(backoff: unknown, what: string): Backoff {
  if (typeof backoff === 'function') return backoff as Backoff
  if (typeof backoff === 'number' || typeof backoff === 'string') {
    parseDuration(backoff, what)
    return backoff
  }
  if (isList(backoff)) return checkList(backoff, what)
  if (typeof backoff === 'object' && backoff !== null) return checkObject(backoff as Record<string, unknown>, what)
  throw invalid(what, backoff, "use a delay such as '10s', a list of delays, { type: 'exponential' } or a function")
}

function checkList(list: readonly unknown[], what: string): Backoff {
  if (list.length === 0) throw invalid(what, list, 'name at least one delay')
  if (list.length > 1_000) throw invalid(what, list, 'name at most 1000 delays')
  for (const [i, delay] of list.entries()) parseDuration(delay as Duration, `${what}[${i}]`)
  return list as Backoff
}

function checkObject(options: Record<string, unknown>, what: string): Backoff {
  const known = options.type === 'fixed' ? ['type', 'delay'] : ['type', 'delay', 'factor', 'max', 'jitter']
  if (options.type !== 'fixed' && options.type !== 'exponential') {
    throw invalid(`${what}.type`, options.type, "use 'fixed' or 'exponential'")
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) {
      throw new OffstageError('OPTION_INVALID', `${what} has no option ${shown(key)}: it has ${known.join(', ')}`)
    }
  }
  if (options.type === 'fixed' || options.delay !== undefined) parseDuration(options.delay as Duration, `${what}.delay`)
  if (options.max !== undefined) parseDuration(options.max as Duration, `${what}.max`)
  checkRange(options.factor, 1, 1_000, `${what}.factor`)
  checkRange(options.jitter, 0, 1, `${what}.jitter`)
  return options as Backoff
}

function checkRange(value: unknown, min: number, max: number, what: string): void {
  if (value === undefined) return
  if (typeof value !== 'number' || !(value >= min && value <= max)) {
    throw invalid(what, value, `use a number from ${min} to ${max}`)
  }
}

function isList(value: unknown): value is readonly Duration[] {
  return Array.isArray(value)
}

function invalid(what: string, value: unknown, remedy: string): OffstageError {
  return new OffstageError('OPTION_INVALID', `${what} is ${shown(value)}: ${remedy}`)
}
