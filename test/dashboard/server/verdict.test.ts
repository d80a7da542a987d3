import { describe, expect, test } from 'vitest'
import type { CauseRow, QueueRow, StatusCounts, WorkerRow } from '../../../src/dashboard/api.ts'
import { type Situation, verdictOf } from '../../../src/dashboard/server/verdict.ts'

const now = Date.parse('2026-11-22T03:00:00Z')
const ago = (minutes: number) => new Date(now - minutes * 60_000).toISOString()
const exactly = (count: number) => ({ count, more: false })
const counts = (change: Partial<Record<keyof StatusCounts, number>> = {}): StatusCounts => ({
  pending: exactly(change.pending ?? 0),
  running: exactly(change.running ?? 0),
  completed: exactly(change.completed ?? 0),
  failed: exactly(change.failed ?? 0),
  cancelled: exactly(change.cancelled ?? 0),
})
const cause = (change: Partial<CauseRow>): CauseRow => ({
  fingerprint: '9f3a',
  name: 'Error',
  message: 'x',
  code: null,
  attempts: exactly(1),
  jobs: 1,
  firstAt: ago(20),
  lastAt: ago(1),
  firstRelease: null,
  muted: null,
  trend: [],
  handlers: [],
  jobId: 'x',
  ...change,
})
const queue = (change: Partial<QueueRow>): QueueRow => ({
  name: 'mail',
  paused: false,
  pauseReason: null,
  ready: exactly(0),
  delayed: exactly(0),
  running: 0,
  oldestWaitMs: null,
  inPerMinute: 0,
  outPerMinute: 0,
  capacity: 1,
  workers: 1,
  ...change,
})
const situation = (change: Partial<Situation> = {}): Situation => ({
  now,
  counts: counts({ completed: 10 }),
  causes: [],
  queues: [],
  workers: [],
  overdue: [],
  completed: 0,
  ...change,
})

describe('the verdict', () => {
  test('says since when it fails, how much, and what else is wrong', () => {
    const { tone, verdict, problems } = verdictOf(
      situation({
        causes: [cause({ jobs: 2_000, firstAt: ago(19) }), cause({ jobs: 114, firstAt: ago(5) })],
        queues: [queue({ ready: exactly(12), workers: 0, oldestWaitMs: 840_000 })],
      }),
    )
    expect(tone).toBe('bad')
    expect(verdict).toBe('Failing for 19m: 2 causes, 2,114 jobs. Queue mail has 12 jobs due and no worker.')
    expect(problems.map(({ kind, href }) => [kind, href])).toEqual([
      ['failing', '/causes'],
      ['no-worker', '/queues'],
    ])
  })

  test('names a schedule that no worker enqueues, and says one thing of several that share a reason', () => {
    const late = (name: string, minutes: number, why = 'no worker runs') => ({ name, overdueMs: minutes * 60_000, why })
    const of = (...overdue: ReturnType<typeof late>[]) => verdictOf(situation({ overdue }))
    expect(of(late('nightly', 12))).toEqual({
      tone: 'warning',
      verdict: 'Schedule nightly is overdue by 12m: no worker runs.',
      problems: [{ kind: 'schedule', text: 'Schedule nightly is overdue by 12m: no worker runs', href: '/schedules' }],
    })
    expect(of(late('a', 90), late('b', 5), late('c', 3, 'none of 2 workers enqueues it')).problems).toMatchObject([
      { text: '2 schedules are overdue by 1h 30m, a the longest: no worker runs' },
      { text: 'Schedule c is overdue by 3m: none of 2 workers enqueues it' },
    ])
  })

  test('leads to the cause itself where there is but one', () => {
    expect(verdictOf(situation({ causes: [cause({})] })).problems[0]).toMatchObject({ href: '/causes/9f3a' })
  })

  test('says of what failed long ago that it failed, not that it is failing', () => {
    const { tone, verdict } = verdictOf(situation({ causes: [cause({ firstAt: ago(300), lastAt: ago(200) })] }))
    expect([tone, verdict]).toEqual(['bad', 'Failed, last 3h 20m ago: 1 cause, 1 job.'])
  })

  test('tells what fails now from what failed before', () => {
    const before = cause({
      fingerprint: '1111',
      message: 'no total\nat all',
      jobs: 43,
      firstAt: ago(360),
      lastAt: ago(180),
    })
    const { verdict, problems } = verdictOf(situation({ causes: [cause({ jobs: 299 }), before] }))
    expect(verdict).toBe('Failing for 20m: 1 cause, 299 jobs. Before that: 1 cause, 43 jobs, last 3h ago.')
    expect(problems.map(({ text, href }) => [text, href])).toEqual([
      ['x: 299 jobs failed', '/causes/9f3a'],
      ['no total: 43 jobs failed', '/causes/1111'],
    ])
  })

  test('warns of retries that may still succeed, for an hour', () => {
    const retried = cause({ jobs: 0, attempts: exactly(7) })
    expect(verdictOf(situation({ causes: [retried] }))).toMatchObject({
      tone: 'warning',
      verdict: '1 cause of retries: 7 attempts, no job lost.',
    })
    expect(verdictOf(situation({ causes: [{ ...retried, lastAt: ago(90) }] })).tone).toBe('idle')
  })

  test('warns of late and of paused queues and of lost workers', () => {
    const lost = { id: 'w3', status: 'lost', lastSeenAt: ago(5) } as WorkerRow
    const { tone, problems } = verdictOf(
      situation({
        queues: [
          queue({ name: 'late', ready: exactly(5), oldestWaitMs: 120_000 }),
          queue({ name: 'paused', paused: true, ready: { count: 10_000, more: true }, oldestWaitMs: 900_000 }),
          queue({ name: 'fine', ready: exactly(5), oldestWaitMs: 1_000 }),
        ],
        workers: [lost],
      }),
    )
    expect(tone).toBe('warning')
    expect(problems.map(({ text }) => text)).toEqual([
      'Worker w3 has not been heard of for 5m',
      'Queue late is late: its oldest job has waited 2m',
      'Queue paused is paused with 10,000+ jobs due',
    ])
  })

  test('leaves out what is muted, and does not call that nothing', () => {
    const muted = cause({ muted: { until: null, by: 'ada' } })
    expect(verdictOf(situation({ causes: [muted], completed: 3 }))).toEqual({
      tone: 'ok',
      verdict: 'All is well: 3 jobs completed in the last hour, but for a muted cause.',
      problems: [],
    })
    expect(verdictOf(situation({ causes: [cause({ jobs: 2 }), muted] })).verdict).toContain('1 cause, 2 jobs')
  })

  test('is calm where all is well', () => {
    const fine = (change: Partial<Situation>) => verdictOf(situation(change))
    expect(fine({ counts: counts() })).toEqual({ tone: 'idle', verdict: 'No jobs yet.', problems: [] })
    expect(fine({})).toMatchObject({ tone: 'idle', verdict: 'Nothing to do: no job waits or runs.' })
    expect(fine({ completed: 1_204, counts: counts({ completed: 5_000, running: 2, pending: 7 }) })).toMatchObject({
      tone: 'ok',
      verdict: 'All is well: 1,204 jobs completed in the last hour, none failed. 2 running, 7 waiting.',
    })
    expect(fine({ counts: counts({ pending: 1 }) })).toMatchObject({ verdict: 'Nothing is due: 1 job will be later.' })
  })
})
