import { durationOf, type Histogram, total } from '../../../core/histogram.ts'
import type { QueueRow, WorkerRow } from '../../api.ts'
import type { Exposed } from '../reads/exposed.ts'
import { type Family, familiesText, type Labels, type Sample } from './text.ts'
import type { HandlerTotal } from './totals.ts'

/** Seconds: the upper ends of the buckets that are told. */
const ENDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600]
const OUTCOMES = ['completed', 'failed', 'retried', 'cancelled'] as const
const WORKER_STATUSES = ['running', 'quiet', 'stopping', 'lost'] as const

/** What is told to Prometheus, in its text format. */
export function exposition(exposed: Exposed, totals: readonly HandlerTotal[], version: string): string {
  const { counts, queues, workers, overdue } = exposed
  return familiesText([
    gauge('offstage_info', 'The version of Offstage; always 1.', [{ labels: { version }, value: 1 }]),
    gauge(
      'offstage_jobs',
      'Jobs by status, counted to 10,000: more are told as 10,000.',
      Object.entries(counts).map(([status, { count }]) => ({ labels: { status }, value: count })),
    ),
    ...queueFamilies(queues),
    ...workerFamilies(workers),
    gauge('offstage_schedules_overdue', 'Schedules whose slot has waited for more than a minute, counted to 100.', [
      { labels: {}, value: overdue },
    ]),
    {
      name: 'offstage_attempts_total',
      help: 'Attempts that ended since this server started, by what became of them; retried ones are tried again.',
      type: 'counter',
      samples: totals.flatMap((each) =>
        OUTCOMES.map((outcome) => ({ labels: { ...labelsOf(each), outcome }, value: each[outcome] })),
      ),
    },
    histogram('offstage_wait_seconds', 'From when an attempt was due until it was started.', totals, 'wait'),
    histogram('offstage_run_seconds', 'From the start of an attempt to its end.', totals, 'run'),
  ])
}

function queueFamilies(queues: readonly QueueRow[]): Family[] {
  const each = (value: (queue: QueueRow) => number) => {
    return queues.map((queue) => ({ labels: { queue: queue.name }, value: value(queue) }))
  }
  return [
    gauge(
      'offstage_queue_ready',
      'Jobs that are due, counted to 10,000.',
      each(({ ready }) => ready.count),
    ),
    gauge(
      'offstage_queue_delayed',
      'Jobs that are due later, counted to 10,000.',
      each(({ delayed }) => delayed.count),
    ),
    gauge(
      'offstage_queue_running',
      'Jobs that workers have claimed.',
      each(({ running }) => running),
    ),
    gauge(
      'offstage_queue_paused',
      '1 when nothing is started.',
      each(({ paused }) => (paused ? 1 : 0)),
    ),
    gauge(
      'offstage_queue_workers',
      'Live workers that serve the queue.',
      each(({ workers }) => workers),
    ),
    gauge(
      'offstage_queue_oldest_wait_seconds',
      'How long the job that has been due for longest has waited; 0 when none does.',
      each(({ oldestWaitMs }) => (oldestWaitMs ?? 0) / 1_000),
    ),
  ]
}

function workerFamilies(workers: readonly WorkerRow[]): Family[] {
  const live = workers.filter(({ status }) => status !== 'lost')
  const sum = (value: (worker: WorkerRow) => number) => live.reduce((all, worker) => all + value(worker), 0)
  return [
    gauge(
      'offstage_workers',
      'Workers by status.',
      WORKER_STATUSES.map((status) => ({
        labels: { status },
        value: workers.filter((worker) => worker.status === status).length,
      })),
    ),
    gauge('offstage_worker_slots', 'Attempts that the live workers can run at a time.', [
      { labels: {}, value: sum(({ concurrency }) => concurrency) },
    ]),
    gauge('offstage_worker_busy', 'Attempts that they run now.', [
      { labels: {}, value: sum(({ running }) => running) },
    ]),
  ]
}

function gauge(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, help, type: 'gauge', samples }
}

function histogram(name: string, help: string, totals: readonly HandlerTotal[], which: 'wait' | 'run'): Family {
  return { name, help, type: 'histogram', samples: totals.flatMap((each) => buckets(labelsOf(each), each[which])) }
}

function buckets(labels: Labels, counts: Histogram): Sample[] {
  const durations = Object.entries(counts).map(
    ([bucket, count]) => [durationOf(Number(bucket)) / 1_000, count] as const,
  )
  const all = total(counts)
  return [
    ...ENDS.map((end) => ({
      suffix: '_bucket',
      labels: { ...labels, le: String(end) },
      value: durations.reduce((sum, [seconds, count]) => sum + (seconds <= end ? count : 0), 0),
    })),
    { suffix: '_bucket', labels: { ...labels, le: '+Inf' }, value: all },
    // Of durations that are known to a tenth.
    { suffix: '_sum', labels, value: round(durations.reduce((sum, [seconds, count]) => sum + seconds * count, 0)) },
    { suffix: '_count', labels, value: all },
  ]
}

function labelsOf({ class: className, method, queue }: HandlerTotal): Labels {
  return { class: className, method, queue }
}

function round(seconds: number): number {
  return Math.round(seconds * 1_000) / 1_000
}
