import { formatDuration } from '../core/duration.ts'
import type { EventName, JobEventBase, OffstageEvents } from '../core/events.ts'
import { formatPriority } from '../core/priority.ts'
import { errorText, STEPS } from './log-step.ts'
import { logTime } from './log-time.ts'
import { oneLine } from './one-line.ts'
import { redact } from './redact.ts'

/** How many characters of a job's parameters, and of an error, a line shows. */
export const PARAMETERS_SHOWN = 1_000
export const ERROR_SHOWN = 2_000

type Tails = { [Name in EventName]: (event: OffstageEvents[Name]) => string }

// The free text (parameters aside, which are JSON) is always the last part, so that a line can be taken apart again.
const TAILS: Tails = {
  dispatched: (event) =>
    `${job(event)} | Parameters: ${parameters(event.args)} | Priority: ${formatPriority(event.priority)}${
      event.delayMs > 0 ? ` | Delay: ${formatDuration(event.delayMs)}` : ''
    }`,
  running: attempt,
  completed: (event) => `${attempt(event)} | Duration: ${formatDuration(event.durationMs)}`,
  retrying: (event) =>
    `${attempt(event)} | Next attempt: ${logTime(event.nextAttemptAt.getTime())} | Error: ${error(event.error)}`,
  failed: (event) =>
    `${attempt(event)}${event.reason === null ? '' : ` | Reason: ${event.reason}`} | Error: ${error(event.error)}`,
  cancelled: (event) =>
    event.durationMs === null ? attempt(event) : `${attempt(event)} | Duration: ${formatDuration(event.durationMs)}`,
  snoozed: (event) => `${attempt(event)} | Next attempt: ${logTime(event.nextAttemptAt.getTime())}`,
  released: attempt,
  stale: (event) => `${attempt(event)} | Write: ${event.write}`,
  worker: (event) => ` | Worker: ${oneLine(event.workerId, 200)} | Message: ${oneLine(event.message, ERROR_SHOWN)}`,
}

const LEVELS = { debug: 'DEBUG', info: 'INFO', warning: 'WARNING', error: 'ERROR' }

/** One step as a line of text, with its line end. */
export function textLine<Name extends EventName>(name: Name, event: OffstageEvents[Name], at: number): string {
  const { severity, title } = STEPS[name](event)
  // The tail first: it may format another time, and the cached one should be this line's.
  const tail = TAILS[name](event)
  return `[${logTime(at)}] ${LEVELS[severity]}: ${title}${tail}\n`
}

function job(event: JobEventBase): string {
  return ` | Id: ${event.id} | Class: ${event.class} | Method: ${event.method}`
}

function attempt(event: OffstageEvents['running'] | OffstageEvents['released']): string {
  return `${job(event)} | Attempt: ${event.attempt}/${event.maxAttempts}`
}

function parameters(args: string): string {
  return oneLine(redact(args, PARAMETERS_SHOWN), PARAMETERS_SHOWN)
}

function error(value: OffstageEvents['failed']['error']): string {
  return oneLine(errorText(value), ERROR_SHOWN)
}
