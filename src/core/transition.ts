/**
 * The state machine: what an attempt's outcome means for its job. Pure; the only place that decides it.
 *
 *   completed                                        → completed
 *   cancelled                                        → cancelled
 *   failed, timed out: retry allowed and retries left → pending, after the backoff; else failed
 *   crashed: onCrash 'fail', or for the third time   → failed; else pending, sparing the retries
 *   snoozed, failed for want of a key                → pending, sparing the retries
 *   released                                         → back as it was before the claim
 *
 * A failed job says why beside its status where it is not simply that its retries are spent: `poisonous`,
 * `crashed`, `timed out`, `not retried` (`FailJob`, `retryIf`), `expired`, `not allowed`, `arguments refused`.
 */
import { backoffMs } from './backoff.ts'
import type { JobError } from './job.ts'
import { fromJobError } from './job-error.ts'
import type { AttemptOutcome, Outcome } from './outcome.ts'
import type { AttemptPolicy } from './policy.ts'

/** A job that took its process down this often is not tried again. */
export const MAX_CRASHES = 3

/** True when one more crash fails the job: then it has to be its own, and not that of a neighbour. */
export function isSuspect(crashes: number): boolean {
  return crashes >= MAX_CRASHES - 1
}

/** What is known about the attempt. A claimed job and an orphan both have it. */
export interface AttemptFacts {
  attempt: number
  maxAttempts: number
  /** Crashes before this attempt. */
  crashes: number
  /** Attempts before this one that spent no retry. */
  spared: number
  /** Milliseconds since 1970; undefined when the handler's code did not start. */
  startedAt?: number | undefined
  /** With a release: it may be what took the process down. It is then run with care. */
  suspect?: boolean | undefined
}

export type Next =
  | { status: 'completed' | 'failed' | 'cancelled' }
  | { status: 'pending'; inMs: number; spared: boolean; crashed: boolean }
  | { status: 'released'; suspect: boolean }

/** All of a settlement but the job and its lease. */
export interface Decision {
  next: Next
  outcome: AttemptOutcome | undefined
  startedAt: number | undefined
  finishedAt: number
  reason?: string | undefined
  error?: JobError | undefined
  result?: string | undefined
}

/**
 * @param now When the outcome came about, in milliseconds since 1970.
 * @param random For the jitter of the backoff.
 */
export function decide(
  facts: AttemptFacts,
  outcome: Outcome,
  policy: Pick<AttemptPolicy, 'backoff' | 'onCrash'>,
  now: number,
  random: () => number = Math.random,
): Decision {
  const { startedAt } = facts
  const ended = { startedAt, finishedAt: now }
  switch (outcome.kind) {
    case 'completed':
      return { next: { status: 'completed' }, outcome: 'completed', ...ended, result: outcome.result }
    case 'cancelled':
      return { next: { status: 'cancelled' }, outcome: 'cancelled', ...ended, error: outcome.error }
    case 'failed':
      return failed(facts, outcome, policy, now, random)
    case 'timed_out': {
      const { error } = outcome
      if (facts.attempt < facts.maxAttempts) {
        const inMs = retryDelay(facts, error, policy, random)
        return { next: again(inMs, false, false), outcome: 'timed_out', ...ended, error }
      }
      return { next: { status: 'failed' }, outcome: 'timed_out', ...ended, reason: 'timed out', error }
    }
    case 'crashed':
      return crashed(facts, outcome.error, policy, now, random)
    case 'snoozed':
      return { next: again(outcome.delayMs, true, false), outcome: 'snoozed', ...ended }
    case 'released':
      return {
        next: { status: 'released', suspect: facts.suspect ?? false },
        outcome: undefined,
        startedAt: undefined,
        finishedAt: now,
      }
    default:
      return outcome satisfies never
  }
}

function failed(
  facts: AttemptFacts,
  outcome: Extract<Outcome, { kind: 'failed' }>,
  policy: Pick<AttemptPolicy, 'backoff'>,
  now: number,
  random: () => number,
): Decision {
  const { error } = outcome
  const startedAt = outcome.unstarted ? undefined : facts.startedAt
  const decision = { outcome: 'failed', startedAt, finishedAt: now, error } as const
  if (outcome.spared) {
    return { next: again(outcome.retryInMs ?? retryDelay(facts, error, policy, random), true, false), ...decision }
  }
  const retriesLeft = facts.attempt < facts.maxAttempts
  if (outcome.retry && retriesLeft) {
    // What the handler's function asked for counts only where the job has no backoff of its own.
    const asked = typeof policy.backoff === 'function' ? outcome.retryInMs : undefined
    const inMs = asked ?? retryDelay(facts, error, policy, random)
    return { next: again(inMs, false, false), ...decision }
  }
  const reason = outcome.unstarted ? refusalReason(error) : retriesLeft ? 'not retried' : undefined
  return { next: { status: 'failed' }, ...decision, reason }
}

function crashed(
  facts: AttemptFacts,
  error: JobError,
  policy: Pick<AttemptPolicy, 'backoff' | 'onCrash'>,
  now: number,
  random: () => number,
): Decision {
  const decision = { outcome: 'crashed', startedAt: facts.startedAt, finishedAt: now, error } as const
  const crashes = facts.crashes + 1
  if (crashes >= MAX_CRASHES) return { next: { status: 'failed' }, ...decision, reason: 'poisonous' }
  if (policy.onCrash === 'fail') return { next: { status: 'failed' }, ...decision, reason: 'crashed' }
  // A crash is no failure of the job's own making, so its place in the backoff is its own too.
  const inMs = backoffMs(dataOnly(policy.backoff), crashes, fromJobError(error), random)
  return { next: again(inMs, true, true), ...decision }
}

/** A user's function is asked about failures of its own code only; a crash has no error that it could know. */
function dataOnly(backoff: AttemptPolicy['backoff']): AttemptPolicy['backoff'] | undefined {
  return typeof backoff === 'function' ? undefined : backoff
}

function retryDelay(
  facts: AttemptFacts,
  error: JobError,
  policy: Pick<AttemptPolicy, 'backoff'>,
  random: () => number,
): number {
  return backoffMs(policy.backoff, Math.max(1, facts.attempt - facts.spared), fromJobError(error), random)
}

function again(inMs: number, spared: boolean, crashed: boolean): Next {
  return { status: 'pending', inMs, spared, crashed }
}

const REFUSALS: Record<string, string> = {
  EXPIRED: 'expired',
  HANDLER_UNKNOWN: 'not allowed',
  ARGS_INVALID: 'arguments refused',
}

function refusalReason(error: JobError): string {
  return REFUSALS[error.code ?? ''] ?? 'refused'
}

/** The outcome of a job that is not run at all; `decide` makes the reason beside its status from `code`. */
export function refused(code: 'EXPIRED' | 'HANDLER_UNKNOWN' | 'ARGS_INVALID', message: string): Outcome {
  return { kind: 'failed', error: { name: 'OffstageError', message, code }, retry: false, unstarted: true }
}
