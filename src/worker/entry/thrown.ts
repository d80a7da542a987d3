import { parseDuration } from '../../core/duration.ts'
import { FailJob, SnoozeJob } from '../../core/errors.ts'
import type { Handler } from '../../core/handler.ts'
import type { Outcome } from '../../core/outcome.ts'
import type { StopReason } from '../runtime/runtime.ts'
import { stoppedOutcome } from './stopped.ts'
import { thrownError } from './thrown-error.ts'

/** What is known of an attempt whose code threw. */
export interface Thrower {
  handler: Handler
  attempt: number
  /** Set when the attempt was being stopped; `heard` when its code had taken the signal. */
  stop: { reason: StopReason; heard: boolean } | undefined
  warn(text: string): void
  /** Takes secrets out of a text. */
  hide(text: string): string
}

/** What an attempt comes to when its code throws. Runs where the code ran, so that functions can see the real error. */
export function outcomeOfError(thrown: unknown, { handler, attempt, stop, warn, hide }: Thrower): Outcome {
  const told = (error: unknown) => thrownError(error, hide)
  // A cancelled job is not to run again, whatever it says on its way out.
  if (stop?.reason === 'cancelled') return stoppedOutcome(stop.reason, isAbort(thrown) ? undefined : told(thrown))
  if (isNamed(thrown, 'FailJob', FailJob)) return { kind: 'failed', error: told(thrown), retry: false }
  if (isNamed(thrown, 'SnoozeJob', SnoozeJob)) {
    try {
      return { kind: 'snoozed', delayMs: parseDuration(thrown.delay, 'the delay of SnoozeJob') }
    } catch (error) {
      return { kind: 'failed', error: told(error), retry: true }
    }
  }
  // Libraries wrap the abort in errors of their own, so anything thrown by code that heard the signal counts.
  if (stop !== undefined && (stop.heard || isAbort(thrown))) {
    return stoppedOutcome(stop.reason, isAbort(thrown) ? undefined : told(thrown))
  }
  const error = told(thrown)
  if (!mayRetry(handler, thrown, warn)) return { kind: 'failed', error, retry: false }
  return { kind: 'failed', error, retry: true, retryInMs: retryDelay(handler, attempt, thrown, warn) }
}

function mayRetry({ options }: Handler, thrown: unknown, warn: (text: string) => void): boolean {
  try {
    return options.retryIf?.(thrown) !== false
  } catch (error) {
    warn(`retryIf threw, so the job may be retried: ${messageOf(error)}`)
    return true
  }
}

function retryDelay({ options }: Handler, attempt: number, thrown: unknown, warn: (text: string) => void) {
  if (typeof options.backoff !== 'function') return undefined
  try {
    const error = thrown instanceof Error ? thrown : new Error(messageOf(thrown), { cause: thrown })
    return parseDuration(options.backoff(attempt, error), 'the delay that the backoff function returned')
  } catch (error) {
    warn(`the backoff function gave no delay, so the default is used: ${messageOf(error)}`)
    return undefined
  }
}

/** By name too: the job may have imported the class from another copy of the package. */
function isNamed<T extends Error>(thrown: unknown, name: string, type: new (...args: never[]) => T): thrown is T {
  return thrown instanceof type || (thrown instanceof Error && thrown.name === name)
}

function isAbort(thrown: unknown): boolean {
  if (typeof thrown !== 'object' || thrown === null) return false
  const { name, code } = thrown as { name?: unknown; code?: unknown }
  return name === 'AbortError' || code === 'ABORT_ERR'
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
