import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { JobError } from '../../src/core/job.ts'
import type { Outcome } from '../../src/core/outcome.ts'
import { attemptPolicy } from '../../src/core/policy.ts'
import { type AttemptFacts, decide, refused } from '../../src/core/transition.ts'

const error: JobError = { name: 'Error', message: 'boom' }
const failed: Outcome = { kind: 'failed', error, retry: true }
const policy = { backoff: { type: 'exponential', jitter: 0 }, onCrash: 'retry' } as const
const first: AttemptFacts = { attempt: 1, maxAttempts: 4, crashes: 0, spared: 0, startedAt: 1_000 }
const last: AttemptFacts = { ...first, attempt: 4 }
const on = (facts: AttemptFacts, outcome: Outcome, own: Parameters<typeof decide>[2] = policy) =>
  decide(facts, outcome, own, 5_000)

describe('decide', () => {
  test('completed and cancelled end the job', () => {
    expect(on(first, { kind: 'completed', result: '1' })).toEqual({
      next: { status: 'completed' },
      outcome: 'completed',
      startedAt: 1_000,
      finishedAt: 5_000,
      result: '1',
    })
    expect(on(first, { kind: 'cancelled' })).toMatchObject({ next: { status: 'cancelled' }, outcome: 'cancelled' })
  })

  test('failed runs again after the backoff, as long as retries are left', () => {
    expect(on(first, failed)).toMatchObject({
      next: { status: 'pending', inMs: 1_000, spared: false, crashed: false },
      outcome: 'failed',
      error,
    })
    expect(on({ ...first, attempt: 3 }, failed)).toMatchObject({ next: { inMs: 4_000 } })
    expect(on(last, failed)).toMatchObject({ next: { status: 'failed' }, outcome: 'failed', error })
    expect(on(last, failed).reason).toBeUndefined()
  })

  test('no retries means one attempt', () => {
    expect(on({ ...first, maxAttempts: 1 }, failed).next).toEqual({ status: 'failed' })
  })

  test('for want of a key spends no retry, whatever is left', () => {
    expect(on(last, { kind: 'failed', error, retry: true, spared: true, retryInMs: 5_000 })).toMatchObject({
      next: { status: 'pending', inMs: 5_000, spared: true, crashed: false },
      outcome: 'failed',
      error,
    })
  })

  test('the backoff counts failures, not attempts that were spared', () => {
    const facts = { attempt: 5, maxAttempts: 8, crashes: 1, spared: 4, startedAt: 1 }
    expect(on(facts, failed).next).toMatchObject({ inMs: 1_000 })
  })

  test('a job that may not be retried fails at once and says so', () => {
    const outcome: Outcome = { kind: 'failed', error, retry: false }
    expect(on(first, outcome)).toMatchObject({ next: { status: 'failed' }, reason: 'not retried' })
    expect(on(last, outcome).reason).toBeUndefined()
  })

  test("the delay of the handler's own function counts, unless the job has a backoff of its own", () => {
    const outcome: Outcome = { kind: 'failed', error, retry: true, retryInMs: 77 }
    const handler = { backoff: () => 1, onCrash: 'retry', timeoutMs: undefined } as const
    expect(on(first, outcome, handler).next).toMatchObject({ inMs: 77 })
    expect(on(first, outcome, attemptPolicy(handler, '{"backoff":"9s"}')).next).toMatchObject({ inMs: 9_000 })
  })

  test('a timeout counts as a failure and keeps its name', () => {
    const outcome: Outcome = { kind: 'timed_out', error }
    expect(on(first, outcome)).toMatchObject({ next: { status: 'pending', spared: false }, outcome: 'timed_out' })
    expect(on(last, outcome)).toMatchObject({ next: { status: 'failed' }, outcome: 'timed_out', reason: 'timed out' })
  })

  test('a crash spares the retries, even the last one', () => {
    const outcome: Outcome = { kind: 'crashed', error }
    const next = { status: 'pending', spared: true, crashed: true }
    expect(on(first, outcome)).toMatchObject({ next, outcome: 'crashed' })
    expect(on(last, outcome)).toMatchObject({ next })
  })

  test('the third crash fails the job as poisonous', () => {
    const outcome: Outcome = { kind: 'crashed', error }
    expect(on({ ...first, crashes: 1 }, outcome).next).toMatchObject({ status: 'pending' })
    expect(on({ ...first, crashes: 2 }, outcome)).toMatchObject({ next: { status: 'failed' }, reason: 'poisonous' })
  })

  test("onCrash: 'fail' fails at the first crash", () => {
    expect(on(first, { kind: 'crashed', error }, { ...policy, onCrash: 'fail' })).toMatchObject({
      next: { status: 'failed' },
      outcome: 'crashed',
      reason: 'crashed',
    })
  })

  test('a snooze spends nothing, as often as it likes', () => {
    expect(on(last, { kind: 'snoozed', delayMs: 30 })).toMatchObject({
      next: { status: 'pending', inMs: 30, spared: true, crashed: false },
      outcome: 'snoozed',
    })
  })

  test('a release leaves no trace of the attempt', () => {
    expect(on(first, { kind: 'released' })).toEqual({
      next: { status: 'released', suspect: false },
      outcome: undefined,
      startedAt: undefined,
      finishedAt: 5_000,
    })
    expect(on({ ...first, suspect: true }, { kind: 'released' }).next).toMatchObject({ suspect: true })
  })

  test.each([
    ['EXPIRED', 'expired'],
    ['HANDLER_UNKNOWN', 'not allowed'],
    ['ARGS_INVALID', 'arguments refused'],
  ] as const)('what was not run for %s fails as %j, unstarted, with its retries unused', (code, reason) => {
    expect(on(first, refused(code, 'why'))).toEqual({
      next: { status: 'failed' },
      outcome: 'failed',
      startedAt: undefined,
      finishedAt: 5_000,
      error: { name: 'OffstageError', message: 'why', code },
      reason,
    })
  })

  test("an error of the job's own with such a code is an ordinary failure", () => {
    const outcome: Outcome = { kind: 'failed', error: { ...error, code: 'EXPIRED' }, retry: true }
    expect(on(first, outcome).next).toMatchObject({ status: 'pending' })
    expect(on(last, outcome).reason).toBeUndefined()
  })
})

const outcomes: fc.Arbitrary<Outcome> = fc.oneof(
  fc.constant<Outcome>({ kind: 'completed' }),
  fc.constant<Outcome>({ kind: 'cancelled' }),
  fc.boolean().map((retry): Outcome => ({ kind: 'failed', error, retry })),
  fc.constant<Outcome>({ kind: 'timed_out', error }),
  fc.constant<Outcome>({ kind: 'crashed', error }),
  fc.nat().map((delayMs): Outcome => ({ kind: 'snoozed', delayMs })),
  fc.constant<Outcome>({ kind: 'released' }),
)

test('whatever happens to a job: it fails at most retries + 1 times, crashes at most 3 times, and then is over', () => {
  fc.assert(
    fc.property(fc.array(outcomes, { maxLength: 60 }), fc.integer({ min: 0, max: 5 }), (happens, retries) => {
      let attempt = 0
      let spared = 0
      let crashes = 0
      let failures = 0
      for (const outcome of happens) {
        // As a store keeps it: the claim counts the attempt, each spared one adds another.
        attempt += 1
        const facts = { attempt, maxAttempts: retries + 1 + spared, crashes, spared, startedAt: 0 }
        const { next } = decide(facts, outcome, policy, 10)
        if (outcome.kind === 'failed' || outcome.kind === 'timed_out') failures += 1
        if (next.status === 'released') attempt -= 1
        else if (next.status === 'pending') {
          expect(next.inMs).toBeGreaterThanOrEqual(0)
          spared += next.spared ? 1 : 0
          crashes += next.crashed ? 1 : 0
        } else {
          const spent = outcome.kind === 'timed_out' || (outcome.kind === 'failed' && outcome.retry)
          if (spent) expect(failures).toBe(retries + 1)
          if (outcome.kind === 'crashed') expect(crashes).toBe(2)
          expect(next.status === 'completed').toBe(outcome.kind === 'completed')
          expect(next.status === 'cancelled').toBe(outcome.kind === 'cancelled')
          return
        }
        expect(failures).toBeLessThanOrEqual(retries)
        expect(crashes).toBeLessThan(3)
      }
    }),
  )
})
