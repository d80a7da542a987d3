import type { EventName, OffstageEvents } from '../core/events.ts'
import type { JobError } from '../core/job.ts'
import type { Severity } from '../store/queried.ts'

/** One line of a log file before it has a form: what happened, how bad it is, and what belongs to it. */
export interface LogStep {
  severity: Severity
  title: string
}

type Steps = { [Name in EventName]: (event: OffstageEvents[Name]) => LogStep }

const info = (title: string): LogStep => ({ severity: 'info', title })
const warning = (title: string): LogStep => ({ severity: 'warning', title })

const DISPATCHED = info('Job dispatched')
// Whether it does, only the database will know: the job is written of again when it runs.
const DISPATCHED_IN_TRANSACTION = info('Job dispatched, if its transaction commits')
const RUNNING = info('Job running')
const COMPLETED = info('Job completed')
const FAILED: LogStep = { severity: 'error', title: 'Job failed' }
const CANCELLED = info('Job cancelled')
const SNOOZED = info('Job snoozed')
const RELEASED = info('Job released')
const STALE = warning('Job write refused, the attempt is no longer its own')

const RETRYING = {
  failed: warning('Job failed, will retry'),
  timed_out: warning('Job timed out, will retry'),
  crashed: warning('Job crashed, will retry'),
}

const WORKER = {
  started: info('Worker started'),
  stopping: info('Worker stopping'),
  stopped: info('Worker stopped'),
  lost: warning('Worker lost its lease'),
  'database-away': warning('Worker cannot reach the database'),
  'database-back': info('Worker reached the database again'),
  warning: warning('Worker warning'),
}

/** What each event is called in the log files. Everything that is not `info` also goes to the file of errors. */
export const STEPS: Steps = {
  dispatched: (event) => (event.inTransaction ? DISPATCHED_IN_TRANSACTION : DISPATCHED),
  running: () => RUNNING,
  completed: () => COMPLETED,
  retrying: (event) => RETRYING[event.outcome],
  failed: () => FAILED,
  cancelled: () => CANCELLED,
  snoozed: () => SNOOZED,
  released: () => RELEASED,
  stale: () => STALE,
  worker: (event) => WORKER[event.state],
}

/** What an error says, after its name where that says something; its name alone where it says nothing. */
export function namedError({ name, message }: JobError): string {
  if (message === '') return name || 'Error'
  return name === 'Error' || name === '' ? message : `${name}: ${message}`
}

/** An error on one line: its name where that says something, its message, and what caused it. */
export function errorText(error: JobError): string {
  let text = ''
  let current: JobError | undefined = error
  for (let depth = 0; current !== undefined && depth < 5; depth++) {
    const named = namedError(current)
    text = depth === 0 ? named : `${text} (cause: ${named})`
    current = current.cause
  }
  return text
}
