import { formatDuration } from '../core/duration.ts'
import type { EventName, JobEventBase, OffstageEvents } from '../core/events.ts'
import { formatPriority } from '../core/priority.ts'
import { errorText, type LogStep, STEPS } from './log-step.ts'
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
  completed: (event) => attempt(event) + duration(event.durationMs),
  retrying: (event) =>
    `${attempt(event)} | Next attempt: ${logTime(event.nextAttemptAt.getTime())} | Error: ${error(event.error)}`,
  failed: (event) =>
    `${attempt(event)}${event.reason === null ? '' : ` | Reason: ${event.reason}`} | Error: ${error(event.error)}`,
  cancelled: (event) => (event.durationMs === null ? attempt(event) : attempt(event) + duration(event.durationMs)),
  snoozed: (event) => `${attempt(event)} | Next attempt: ${logTime(event.nextAttemptAt.getTime())}`,
  released: attempt,
  stale: (event) => `${attempt(event)} | Write: ${event.write}`,
  worker: (event) => ` | Worker: ${oneLine(event.workerId, 200)} | Message: ${oneLine(event.message, ERROR_SHOWN)}`,
}

const LEVELS = { debug: 'DEBUG', info: 'INFO', warning: 'WARNING', error: 'ERROR' }

/** One step as a line of text, with its line end. */
export function textLine<Name extends EventName>(name: Name, event: OffstageEvents[Name], at: number): string {
  // The tail first: it may format another time, and the cached one should be this line's.
  const tail = TAILS[name](event)
  return `${beginning(STEPS[name](event), logTime(at))}${tail}\n`
}

// A line is put together from few parts, and those that are as in the line before are kept: 200,000 lines in a second
// differ in their ids, and in little else.

let second = ''
const beginnings = new Map<LogStep, string>()

function beginning(step: LogStep, time: string): string {
  if (time !== second) {
    second = time
    beginnings.clear()
  }
  let text = beginnings.get(step)
  if (text === undefined) {
    text = `[${time}] ${LEVELS[step.severity]}: ${step.title}`
    beginnings.set(step, text)
  }
  return text
}

let handler = { class: '', method: '', text: '' }

function job(event: JobEventBase): string {
  const { class: className, method } = event
  if (className !== handler.class || method !== handler.method) {
    handler = { class: className, method, text: ` | Class: ${className} | Method: ${method}` }
  }
  return ` | Id: ${event.id}${handler.text}`
}

let number = { attempt: 0, of: 0, text: '' }

function attempt(event: JobEventBase & { attempt: number; maxAttempts: number }): string {
  const { attempt, maxAttempts } = event
  if (attempt !== number.attempt || maxAttempts !== number.of) {
    number = { attempt, of: maxAttempts, text: ` | Attempt: ${attempt}/${maxAttempts}` }
  }
  return job(event) + number.text
}

let lasted = { ms: -1, text: '' }

function duration(ms: number): string {
  if (ms !== lasted.ms) lasted = { ms, text: ` | Duration: ${formatDuration(ms)}` }
  return lasted.text
}

function parameters(args: string): string {
  return oneLine(redact(args, PARAMETERS_SHOWN), PARAMETERS_SHOWN)
}

function error(value: OffstageEvents['failed']['error']): string {
  return oneLine(errorText(value), ERROR_SHOWN)
}
