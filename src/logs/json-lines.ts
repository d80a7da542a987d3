import type { EventName, OffstageEvents } from '../core/events.ts'
import { STEPS } from './log-step.ts'
import { oneLine } from './one-line.ts'
import { redact } from './redact.ts'
import { ERROR_SHOWN, PARAMETERS_SHOWN } from './text-lines.ts'

/** One step as a line of JSON, with its line end: the event's own fields, times in ISO 8601, spans in `…Ms`. */
export function jsonLine<Name extends EventName>(name: Name, event: OffstageEvents[Name], at: number): string {
  const { severity, title } = STEPS[name](event)
  const { args, error, ...rest } = event as Partial<OffstageEvents['dispatched'] & OffstageEvents['failed']>
  let line = `{"time":"${new Date(at).toISOString()}","level":"${severity}","event":"${name}","message":"${title}"`
  // What is left are strings, numbers and dates, so that its JSON can be joined on without its first brace.
  line += `,${JSON.stringify(rest).slice(1, -1)}`
  // Arguments are JSON already; only a text that had to be cut is one no more.
  if (args !== undefined) line += `,"args":${shownArgs(args)}`
  if (error !== undefined) {
    const message = error.message.length > ERROR_SHOWN ? oneLine(error.message, ERROR_SHOWN) : error.message
    line += `,"error":${JSON.stringify({ name: error.name, message, code: error.code, cause: error.cause?.message })}`
  }
  return `${line}}\n`
}

function shownArgs(args: string): string {
  const shown = redact(args, PARAMETERS_SHOWN)
  return shown.length > PARAMETERS_SHOWN ? JSON.stringify(oneLine(shown, PARAMETERS_SHOWN)) : shown
}
