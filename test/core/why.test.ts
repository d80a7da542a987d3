import { describe, expect, test } from 'vitest'
import type { JobAttempt, JobDetail } from '../../src/core/job.ts'
import { type WhyFacts, type WhyWorker, why } from '../../src/core/why.ts'

const NOW = Date.parse('2026-11-22T12:00:00Z')
const at = (ms: number) => new Date(NOW + ms)

function job(overrides: Partial<JobDetail> = {}): JobDetail {
  return {
    id: '0193a5c0-7e00-7000-8000-000000000001',
    class: 'ReportJob',
    method: 'build',
    args: [],
    status: 'pending',
    reason: null,
    priority: 0,
    queue: 'mail',
    attempt: 0,
    maxAttempts: 4,
    runAt: at(-60_000),
    createdAt: at(-60_000),
    startedAt: null,
    finishedAt: null,
    progress: null,
    result: null,
    error: null,
    tags: [],
    attempts: [],
    ...overrides,
  }
}

function attempt(overrides: Partial<JobAttempt> = {}): JobAttempt {
  const error = { name: 'TypeError', message: 'it broke.\nsecond line' }
  return {
    attempt: 1,
    outcome: 'failed',
    workerId: 'w1',
    startedAt: at(-9_000),
    finishedAt: at(-8_000),
    error,
    ...overrides,
  }
}

function worker(overrides: Partial<WhyWorker> = {}): WhyWorker {
  return {
    id: 'w1',
    status: 'running',
    queues: 'all',
    concurrency: 10,
    running: 0,
    lastSeenAt: at(-1_000),
    ...overrides,
  }
}

function facts(overrides: Partial<WhyFacts> = {}): WhyFacts {
  return {
    now: NOW,
    workers: [worker()],
    queue: { paused: false, pauseReason: null, ready: 1, more: false },
    allowed: true,
    ...overrides,
  }
}

const failed = { attempt: 1, attempts: [attempt()], error: attempt().error }

describe('a pending job', () => {
  test.each<[string, Partial<JobDetail>, Partial<WhyFacts>, RegExp, RegExp | null]>([
    [
      'next in line',
      {},
      {},
      /^It is due, and next in its queue; 1 worker serves it, running 0 of 10 at a time\.$/,
      null,
    ],
    [
      'in a line',
      {},
      { queue: { paused: false, pauseReason: null, ready: 10_000, more: true }, workers: [worker({ running: 10 })] },
      /one of 10,000 or more in its queue; 1 worker serves it, running 10 of 10/,
      /raise its priority/,
    ],
    ['no worker', {}, { workers: [] }, /due, but no worker is running/, /offstage start/],
    ['only lost workers', {}, { workers: [worker({ status: 'lost' })] }, /no worker is running/, /offstage start/],
    [
      'other queues',
      {},
      { workers: [worker({ queues: 'high:3,low:1' }), worker({ queues: 'mailing' })] },
      /the 2 workers that run serve other queues than mail: high:3,low:1, mailing\./,
      /offstage work --queue mail`/,
    ],
    ['served by weight', {}, { workers: [worker({ queues: 'high:3,mail:1' })] }, /1 worker serves it/, null],
    ['quiet workers', {}, { workers: [worker({ status: 'quiet' })] }, /claim no more jobs: w1/, /workers resume w1/],
    [
      'a paused queue',
      { reason: 'paused' },
      { queue: { paused: true, pauseReason: null, ready: 1, more: false } },
      /queue mail is paused\.$/,
      /queues resume mail/,
    ],
    [
      'a paused queue with a reason',
      { reason: 'paused' },
      { queue: { paused: true, pauseReason: 'the provider is down', ready: 1, more: false } },
      /queue mail is paused: “the provider is down”\.$/,
      /queues resume mail/,
    ],
    [
      'a paused queue and a delay',
      { reason: 'paused', runAt: at(60_000) },
      {},
      /paused, and it is not due before at .*, in 1m\.$/,
      /resume/,
    ],
    [
      'a delay',
      { reason: 'delayed', runAt: at(3_600_000) },
      {},
      /with a delay: it is due at 2026-11-22T13:00:00.000Z, in 1h\.$/,
      /run-now 0193/,
    ],
    [
      'snoozed',
      { reason: 'snoozed', runAt: at(5_000), attempts: [attempt({ outcome: 'snoozed', error: null })] },
      {},
      /asked to be run again later: .* in 5s/,
      /run-now/,
    ],
    [
      'retrying',
      { ...failed, reason: 'retrying', runAt: at(10_000) },
      {},
      /^Attempt 1 of 4 failed: TypeError: it broke\. It is tried again at .*, in 10s\.$/,
      /run-now/,
    ],
    [
      'retrying, and due',
      { ...failed, reason: 'retrying' },
      { workers: [] },
      /^Attempt 1 of 4 failed: TypeError: it broke\. It is due, but no worker/,
      /start/,
    ],
    [
      'after a crash',
      { reason: 'retrying', attempts: [attempt({ outcome: 'crashed' })], runAt: at(9) },
      {},
      /Attempt 1 of 4 crashed/,
      /run-now/,
    ],
    [
      'after a timeout',
      { reason: 'retrying', attempts: [attempt({ outcome: 'timed_out' })], runAt: at(9) },
      {},
      /timed out/,
      /run-now/,
    ],
    ['claimed', { reason: 'claimed' }, {}, /claimed it ahead/, /concurrency/],
    ['cancelling', { reason: 'cancelling' }, {}, /being cancelled/, null],
    [
      'not on the allow-list',
      {},
      { allowed: false },
      /ReportJob\.build is not on the allow-list/,
      /allow\(ReportJob, 'build'\)/,
    ],
    ['without a config', {}, { allowed: undefined }, /next in its queue/, null],
  ])('%s', (_, differs, known, text, remedy) => {
    const said = why(job(differs), facts(known))
    expect(said.text).toMatch(text)
    if (remedy === null) expect(said.remedy).toBeNull()
    else expect(said.remedy).toMatch(remedy)
  })
})

describe('a running job', () => {
  const running = {
    status: 'running',
    attempt: 2,
    attempts: [attempt(), attempt({ attempt: 2, outcome: null, finishedAt: null, startedAt: at(-65_000) })],
  } as const

  test.each<[string, Partial<JobDetail>, Partial<WhyFacts>, RegExp, RegExp | null]>([
    ['runs', {}, {}, /^Worker w1 has been running it for 1m 5s: attempt 2 of 4\.$/, null],
    ['is being cancelled', { reason: 'cancelling' }, {}, /being cancelled\. Worker w1 stops it/, null],
    [
      'of a lost worker',
      {},
      { workers: [worker({ status: 'lost', lastSeenAt: at(-40_000) }), worker({ id: 'w2' })] },
      /not been heard of for 40s: another takes/,
      null,
    ],
    [
      'of a lost worker alone',
      {},
      { workers: [worker({ status: 'lost' })] },
      /not been heard of/,
      /No other worker is running/,
    ],
    ['of a worker that has ended', {}, { workers: [] }, /has ended: another takes/, /offstage start/],
  ])('%s', (_, differs, known, text, remedy) => {
    const said = why(job({ ...running, attempts: [...running.attempts], ...differs }), facts(known))
    expect(said.text).toMatch(text)
    if (remedy === null) expect(said.remedy).toBeNull()
    else expect(said.remedy).toMatch(remedy)
  })
})

describe('a job that has ended', () => {
  test.each<[string, Partial<JobDetail>, RegExp, RegExp | null]>([
    [
      'completed',
      { status: 'completed', attempt: 1, attempts: [attempt({ outcome: 'completed', error: null })] },
      /^It completed after 1s\.$/,
      null,
    ],
    [
      'completed later',
      { status: 'completed', attempt: 2, attempts: [attempt(), attempt({ attempt: 2, outcome: 'completed' })] },
      /after 1s, at attempt 2\.$/,
      null,
    ],
    ['cancelled before', { status: 'cancelled' }, /before it was started/, /retry 0193/],
    ['cancelled', { status: 'cancelled', startedAt: at(-9) }, /has been stopped/, /retry/],
    [
      'failed',
      { ...failed, status: 'failed', attempt: 4 },
      /^All 4 attempts are spent; the last failed: TypeError: it broke\.$/,
      /Mend the cause/,
    ],
    ['failed at once', { ...failed, status: 'failed', maxAttempts: 1 }, /It had one attempt; the last failed/, /retry/],
    ['not retried', { ...failed, status: 'failed', reason: 'not retried' }, /Attempt 1 of 4 failed for good/, /retry/],
    ['expired', { status: 'failed', reason: 'expired' }, /expired: no worker started it in time/, /expiresIn/],
    [
      'poisonous',
      { status: 'failed', reason: 'poisonous', attempts: [1, 2, 3].map(() => attempt({ outcome: 'crashed' })) },
      /down 3 times/,
      /memory/,
    ],
    ['crashed', { ...failed, status: 'failed', reason: 'crashed' }, /ended under it/, /logs 0193/],
    ['timed out', { ...failed, status: 'failed', reason: 'timed out', attempt: 4 }, /its time was over/, /timeout/],
    [
      'not allowed',
      { status: 'failed', reason: 'not allowed' },
      /not on the allow-list of the worker/,
      /allow\(ReportJob/,
    ],
    ['arguments refused', { status: 'failed', reason: 'arguments refused' }, /do not fit the schema/, /schema/],
    ['not stored', { status: 'failed', reason: 'not stored' }, /could not be stored/, /return less/],
    [
      'a reason of another version',
      { ...failed, status: 'failed', reason: 'something new' },
      /the last failed/,
      /retry/,
    ],
  ])('%s', (_, differs, text, remedy) => {
    const said = why(job(differs), facts())
    expect(said.text).toMatch(text)
    if (remedy === null) expect(said.remedy).toBeNull()
    else expect(said.remedy).toMatch(remedy)
  })

  test('says no more of an error than a line can hold', () => {
    const error = { name: 'Error', message: 'x'.repeat(9_000) }
    expect(why(job({ ...failed, status: 'failed', error }), facts()).text.length).toBeLessThan(300)
  })
})
