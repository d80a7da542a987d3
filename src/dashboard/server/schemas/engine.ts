import type {
  HandlerRow,
  LogFileEntry,
  LogFilePage,
  MetricsAnswer,
  Percentiles,
  QueueRow,
  WorkerRow,
} from '../../api.ts'
import {
  anything,
  boolean,
  described,
  integer,
  listOf,
  mapOf,
  number,
  object,
  oneOf,
  orNull,
  ref,
  type Schema,
  string,
  time,
} from './schema.ts'

const ms = orNull(number)

/** The schemas of what is answered about queues, workers, handlers and log files. */
export const ENGINE_SCHEMAS: Readonly<Record<string, Schema>> = {
  QueueRow: object<QueueRow>({
    name: string,
    paused: boolean,
    ready: ref('Count'),
    delayed: ref('Count'),
    running: integer,
    oldestWaitMs: ms,
    outPerMinute: number,
    workers: integer,
  }),
  WorkerRow: object<WorkerRow>({
    id: string,
    host: string,
    pid: integer,
    status: oneOf('running', 'quiet', 'stopping', 'lost'),
    queues: string,
    concurrency: integer,
    running: integer,
    version: string,
    startedAt: time,
    lastSeenAt: time,
    jobs: listOf(
      object<WorkerRow['jobs'][number]>({
        id: string,
        class: string,
        method: string,
        attempt: integer,
        startedAt: time,
      }),
    ),
  }),
  Percentiles: object<Percentiles>({ p50Ms: ms, p95Ms: ms, p99Ms: ms }),
  HandlerRow: object<HandlerRow>({
    class: string,
    method: string,
    allowed: boolean,
    isolation: orNull(string),
    completed: integer,
    failed: integer,
    retried: integer,
    perMinute: number,
    failureShare: orNull(number),
    wait: ref('Percentiles'),
    run: ref('Percentiles'),
    trend: listOf(object<HandlerRow['trend'][number]>({ completed: integer, failed: integer })),
    schema: described(anything, 'JSON Schema of the argument list; null where it is not known.'),
    defaults: object<HandlerRow['defaults']>({ retries: integer, priority: integer, queue: string, timeoutMs: ms }),
  }),
  MetricsAnswer: object<MetricsAnswer>({
    since: time,
    series: listOf(
      object<MetricsAnswer['series'][number]>({
        at: time,
        completed: integer,
        failed: integer,
        retried: integer,
        cancelled: integer,
        wait: ref('Percentiles'),
        run: ref('Percentiles'),
      }),
    ),
  }),
  LogFileEntry: object<LogFileEntry>({
    at: time,
    severity: oneOf('INFO', 'WARNING', 'ERROR'),
    message: string,
    fields: mapOf(string),
  }),
  LogFilePage: object<LogFilePage>({
    entries: listOf(ref('LogFileEntry')),
    before: orNull(string),
    files: object<LogFilePage['files']>({ main: string, errors: string }),
  }),
}
