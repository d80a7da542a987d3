import { StringDecoder } from 'node:string_decoder'
import { format, inspect } from 'node:util'
import type { Severity } from '../../store/queried.ts'
import { AttemptContext, type CurrentJob, jobStorage } from './current-job.ts'

const SEVERITY = { debug: 'debug', log: 'info', info: 'info', warn: 'warning', error: 'error' } as const

// On globalThis, so that two copies of the package in one process do not both write a line.
const PATCHED = Symbol.for('offstage.consoleCaptured')
const once = globalThis as { [PATCHED]?: true }

/**
 * From now on what a job's code writes with `console` becomes its attempt's log; outside of a job, `console` is as
 * before. (`table`, `trace`, `assert`, `count` and `timeEnd` go through the methods that are replaced here.)
 */
export function captureConsole(): void {
  if (once[PATCHED]) return
  once[PATCHED] = true
  for (const method of ['debug', 'log', 'info', 'warn', 'error'] as const) {
    const original = console[method]
    console[method] = (...values: unknown[]) => {
      const job = jobStorage.getStore()
      if (job === undefined) original(...values)
      else job.log[SEVERITY[method]](format(...values))
    }
  }
  const dir = console.dir
  console.dir = (value, options) => {
    const job = jobStorage.getStore()
    if (job === undefined) dir(value, options)
    else job.log.info(inspect(value, { customInspect: false, ...options }))
  }
}

/**
 * In a process or thread of its own: what a job's code writes straight to stdout and stderr becomes log lines too.
 * Returns how to take, at the end of an attempt, the last lines that were not ended by a line break.
 */
export function captureStreams(): (log: (severity: Severity, text: string) => void) => void {
  const stdout = captureStream(process.stdout, 'info')
  const stderr = captureStream(process.stderr, 'error')
  return (log) => {
    stdout(log)
    stderr(log)
  }
}

/** More of a line is not kept, which is cut off well before: what is searched for secrets is to have them whole. */
const LONGEST_BEGUN = 1024 * 1024

function captureStream(stream: NodeJS.WriteStream, severity: Severity) {
  const original = stream.write
  let begun: { job: CurrentJob; line: string } | undefined
  let decoder = new StringDecoder('utf8')
  const write = (chunk: Uint8Array | string, encoding?: unknown, done?: unknown): boolean => {
    const job = jobStorage.getStore()
    if (job === undefined) return Reflect.apply(original, stream, [chunk, encoding, done])
    if (begun?.job !== job) {
      begun = { job, line: '' }
      decoder = new StringDecoder('utf8')
    }
    const text = typeof chunk === 'string' ? chunk : decoder.write(chunk)
    // Only what is new is searched: a line may be written a character at a time.
    const [first = '', ...lines] = text.split('\n')
    if (begun.line.length < LONGEST_BEGUN) begun.line += first
    for (const next of lines) {
      job.log[severity](begun.line)
      begun.line = next
    }
    const callback = typeof encoding === 'function' ? encoding : done
    if (typeof callback === 'function') process.nextTick(callback as () => void)
    return true
  }
  stream.write = write as typeof stream.write
  return (log: (severity: Severity, text: string) => void) => {
    const line = `${begun?.line ?? ''}${decoder.end()}`
    if (line !== '') log(severity, line)
    begun = undefined
  }
}

let redacting = false

/**
 * In the worker's own process, where only `console` becomes a log: what inline jobs with secrets write straight to
 * stdout and stderr goes there without them. Each write for itself: what is written in pieces is not put together.
 */
export function redactStreams(): void {
  if (redacting) return
  redacting = true
  for (const stream of [process.stdout, process.stderr]) {
    const original = stream.write
    const write = (chunk: Uint8Array | string, encoding?: unknown, done?: unknown): boolean => {
      const redactor = AttemptContext.redactorOf(jobStorage.getStore())
      if (redactor === undefined) return Reflect.apply(original, stream, [chunk, encoding, done])
      const shown = redactor.hide(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString())
      return Reflect.apply(original, stream, [shown, typeof encoding === 'function' ? encoding : done])
    }
    stream.write = write as typeof stream.write
  }
}
