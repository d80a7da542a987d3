import type { EventName, JobEventBase, OffstageEvents } from '../core/events.ts'
import { STEPS } from './log-step.ts'
import { isoTime } from './log-time.ts'
import { oneLine } from './one-line.ts'
import { redact } from './redact.ts'
import { ERROR_SHOWN, PARAMETERS_SHOWN } from './text-lines.ts'

type Fields = { [Name in EventName]: (event: OffstageEvents[Name]) => string }

// Joined by hand: what is JSON already is not read and written again, and the rest are a few known fields.
const FIELDS: Fields = {
  dispatched: (event) =>
    `${job(event)},"args":${args(event.args)},"priority":${event.priority},"runAt":${moment(event.runAt)},"delayMs":${event.delayMs}${event.inTransaction ? ',"inTransaction":true' : ''}`,
  running: attempt,
  completed: (event) => `${attempt(event)},"durationMs":${event.durationMs}`,
  retrying: (event) =>
    `${attempt(event)},"outcome":"${event.outcome}","nextAttemptAt":${moment(event.nextAttemptAt)},"error":${error(event.error)}`,
  failed: (event) => `${attempt(event)},"reason":${JSON.stringify(event.reason)},"error":${error(event.error)}`,
  cancelled: (event) => `${attempt(event)},"durationMs":${event.durationMs}`,
  snoozed: (event) => `${attempt(event)},"nextAttemptAt":${moment(event.nextAttemptAt)}`,
  released: attempt,
  stale: (event) => `${attempt(event)},"write":"${event.write}"`,
  worker: (event) =>
    `"workerId":${quoted(event.workerId)},"state":"${event.state}","text":${JSON.stringify(event.message)}`,
}

/** One step as a line of JSON, with its line end: times in ISO 8601, spans in `…Ms`. */
export function jsonLine<Name extends EventName>(name: Name, event: OffstageEvents[Name], at: number): string {
  const { severity, title } = STEPS[name](event)
  const fields = FIELDS[name](event)
  return `{"time":"${isoTime(at)}","level":"${severity}","event":"${name}","message":"${title}",${fields}}\n`
}

function job(event: JobEventBase): string {
  return `"id":"${event.id}","class":${quoted(event.class)},"method":${quoted(event.method)},"queue":${quoted(event.queue)}`
}

function attempt(event: OffstageEvents['released']): string {
  const { attempt, maxAttempts, workerId } = event
  return `${job(event)},"attempt":${attempt},"maxAttempts":${maxAttempts},"workerId":${workerId === null ? null : quoted(workerId)}`
}

const QUOTED = new Map<string, string>()

/** A name as JSON. The same few come again and again. */
function quoted(name: string): string {
  let text = QUOTED.get(name)
  if (text === undefined) {
    text = JSON.stringify(name)
    if (QUOTED.size > 1_000) QUOTED.clear()
    QUOTED.set(name, text)
  }
  return text
}

function moment(at: Date | null): string {
  return at === null ? 'null' : `"${at.toISOString()}"`
}

/** Arguments are JSON already; only what had to be cut is none any more, and becomes text. */
function args(json: string): string {
  const shown = redact(json, PARAMETERS_SHOWN)
  return shown.length > PARAMETERS_SHOWN ? JSON.stringify(oneLine(shown, PARAMETERS_SHOWN)) : shown
}

function error({ name, message, code, cause }: OffstageEvents['failed']['error']): string {
  const shown = message.length > ERROR_SHOWN ? oneLine(message, ERROR_SHOWN) : message
  return JSON.stringify({ name, message: shown, code, cause: cause?.message })
}
