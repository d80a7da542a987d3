import { formatDuration } from '../core/duration.ts'
import type { EventName, Events, OffstageEvents } from '../core/events.ts'
import { jsonLine } from '../logs/json-lines.ts'
import { errorText, STEPS } from '../logs/log-step.ts'
import { oneLine } from '../logs/one-line.ts'
import { shortId } from './job-id.ts'
import { inLocale, type Style } from './output.ts'
import { localClock } from './time-text.ts'

export type JobStep = Exclude<EventName, 'worker'>
export type Shown = { status: string; style: Style; more: string }
type ShownSteps = { [Name in JobStep]: (event: OffstageEvents[Name]) => Shown }

const SHOWN: ShownSteps = {
  dispatched: ({ delayMs }) => shown('dispatched', 'blue', delayMs > 0 ? `due in ${formatDuration(delayMs)}` : ''),
  running: () => shown('running', 'cyan'),
  completed: ({ durationMs }) => shown('completed', 'green', formatDuration(durationMs)),
  retrying: ({ outcome, nextAttemptAt, error }) =>
    shown('retrying', 'yellow', `${outcome.replace('_', ' ')}, again in ${until(nextAttemptAt)}: ${text(error)}`),
  failed: ({ error, reason }) => shown('failed', 'red', `${reason === null ? '' : `${reason}: `}${text(error)}`),
  cancelled: ({ durationMs }) =>
    shown('cancelled', 'yellow', durationMs === null ? '' : `after ${formatDuration(durationMs)}`),
  snoozed: ({ nextAttemptAt }) => shown('snoozed', 'dim', `again in ${until(nextAttemptAt)}`),
  released: () => shown('released', 'dim', 'put back, no attempt spent'),
  stale: ({ write }) => shown('stale', 'yellow', `a late ${write} was refused`),
}

/** A step in words, and how it looks. */
export function describeStep<Name extends JobStep>(name: Name, event: OffstageEvents[Name]): Shown {
  return SHOWN[name](event)
}

/** Calls `hear` for each step of each job. */
export function onSteps(events: Events, hear: <Name extends JobStep>(name: Name, event: OffstageEvents[Name]) => void) {
  const listen = <Name extends JobStep>(name: Name) => events.on(name, (event) => hear(name, event))
  for (const name of Object.keys(SHOWN) as JobStep[]) listen(name)
}

/** Beyond this many characters that the reader has not taken yet, steps are counted instead of shown. */
const UNREAD_MOST = 1024 * 1024

/** Prints each step of each job as it happens: a plain line each, or with `json` one of the log files' JSON lines. */
export function printSteps(events: Events, { json = false } = {}): void {
  let skipped = 0
  const write = (line: string) => {
    if (process.stdout.writableLength > UNREAD_MOST) {
      skipped += 1
      return
    }
    if (skipped > 0 && !json) {
      process.stdout.write(inLocale(`… ${skipped} steps were not shown: the reader is too slow\n`))
    }
    skipped = 0
    process.stdout.write(line)
  }
  onSteps(events, (name, event) =>
    write(json ? jsonLine(name, event, Date.now()) : `${stepLine(name, event, new Date())}\n`),
  )
  events.on('worker', (event) => {
    if (json) write(jsonLine('worker', event, Date.now()))
    else write(`${workerLine(event, new Date())}\n`)
  })
}

function stepLine<Name extends JobStep>(name: Name, event: OffstageEvents[Name], at: Date): string {
  const { status, more } = describeStep(name, event)
  const attempt = 'attempt' in event ? `${event.attempt}/${event.maxAttempts}` : ''
  const head = `${localClock(at)}  ${status.padEnd(10)}  ${`${event.class}.${event.method}`.padEnd(24)}`
  return inLocale(`${head}  ${shortId(event.id)}  ${attempt.padEnd(4)}  ${more}`.trimEnd())
}

function workerLine({ message }: OffstageEvents['worker'], at: Date): string {
  return inLocale(`${localClock(at)}  ${'worker'.padEnd(10)}  ${oneLine(message, 2_000)}`)
}

export function isWarning({ state, message }: OffstageEvents['worker']): boolean {
  return STEPS.worker({ state, message, workerId: '' }).severity !== 'info'
}

function shown(status: string, style: Style, more = ''): Shown {
  return { status, style, more }
}

function text(error: OffstageEvents['failed']['error']): string {
  return oneLine(errorText(error), 500)
}

function until(at: Date): string {
  return formatDuration(Math.max(0, at.getTime() - Date.now()))
}
