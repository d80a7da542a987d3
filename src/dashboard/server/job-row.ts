import type { Job, JobError } from '../../core/job.ts'
import type { JobRow, Json } from '../api.ts'
import { Shortener, type ShownBounds } from './shorten.ts'

/** Of a row's error, a first line and no stack: what is behind it is on the job's own page. */
const LONGEST_MESSAGE = 300

/** A job as the API gives it, in JSON, no larger than the bounds. */
export function toJobRow(job: Job, bounds: ShownBounds, withStack = false): JobRow {
  const shortener = new Shortener(bounds)
  const args = shortener.value(job.args) as unknown[]
  const result = shortener.value(job.result)
  const progress = shortener.value(job.progress)
  const error = job.error === null ? null : withStack ? job.error : briefError(job.error, shortener)
  return {
    id: job.id,
    class: job.class,
    method: job.method,
    args,
    status: job.status,
    reason: job.reason,
    priority: job.priority,
    queue: job.queue,
    attempt: job.attempt,
    maxAttempts: job.maxAttempts,
    runAt: job.runAt.toISOString(),
    createdAt: job.createdAt.toISOString(),
    startedAt: job.startedAt?.toISOString() ?? null,
    finishedAt: job.finishedAt?.toISOString() ?? null,
    progress,
    result,
    error: error as Json<JobError | null>,
    tags: job.tags,
    errorLine: job.error === null ? null : errorLine(job.error),
    cut: shortener.cut,
  }
}

/** An error on one line: its name where that says something, and how its message begins. */
export function errorLine({ name, message }: JobError): string {
  const [first = ''] = message.split('\n', 1)
  const line = name === 'Error' || name === '' ? first : `${name}: ${first}`
  return line.length > LONGEST_MESSAGE ? `${line.slice(0, LONGEST_MESSAGE)}…` : line
}

function briefError({ name, message, code }: JobError, shortener: Shortener): JobError {
  const brief = { name, message: shortener.text(message, LONGEST_MESSAGE) }
  return code === undefined ? brief : { ...brief, code }
}
