import type { JobError } from '../../core/job.ts'
import { ATTEMPT_OUTCOMES, type Outcome } from '../../core/outcome.ts'
import { SEVERITIES, type Severity } from '../../store/queried.ts'
import type { AttemptInput, StopReason } from '../runtime/runtime.ts'

/**
 * What a worker and its children tell each other. Each message has a head and a body; a body is JSON text that is
 * not looked into on the way (arguments, results, progress), or empty. A child has one attempt at a time.
 */
export type ToChild =
  /** `OFFSTAGE_SECRET_KEY`, in the body: not in the environment, where all that the child starts would find it. */
  { type: 'key' } | { type: 'run'; input: Omit<AttemptInput, 'args'> } | { type: 'stop'; reason: StopReason }

export type FromChild =
  | { type: 'ready' }
  /** It could not load the config module; it ends itself. */
  | { type: 'broken'; error: JobError }
  | { type: 'log'; severity: Severity; text: string }
  | { type: 'progress' }
  /** The result, if there is one, is the body. `spent`: this child is to be replaced. */
  | { type: 'done'; outcome: Outcome; spent?: true }
  /** An error that nobody caught: it ends itself. */
  | { type: 'crash'; error: JobError }

/** A child process is about to exit. It says so itself, since the way it goes hides the code; see `entry/process.ts`. */
export interface Exiting {
  type: 'exit'
  code: number
}

type Head = ToChild | FromChild | Exiting

const OUTCOMES: readonly string[] = [...ATTEMPT_OUTCOMES, 'released'] satisfies Outcome['kind'][]

/**
 * True for what a child process sends. Code in that process can write into its end of the stream: it may spoil its
 * own attempt, but nothing it writes may take the worker down.
 */
export function isFromProcess(head: unknown): head is FromChild | Exiting {
  const message = head as Partial<Record<string, unknown>> | null
  switch (message?.type) {
    case 'ready':
    case 'progress':
      return true
    case 'exit':
      return typeof message.code === 'number'
    case 'log':
      return SEVERITIES.includes(message.severity as Severity) && typeof message.text === 'string'
    case 'broken':
    case 'crash':
      return isJobError(message.error)
    case 'done': {
      const outcome = message.outcome as Partial<Record<string, unknown>> | null
      if (typeof outcome?.kind !== 'string' || !OUTCOMES.includes(outcome.kind)) return false
      return outcome.error === undefined ? !NEED_ERROR.includes(outcome.kind) : isJobError(outcome.error)
    }
    default:
      return false
  }
}

const NEED_ERROR: readonly string[] = ['failed', 'timed_out', 'crashed'] satisfies Outcome['kind'][]

function isJobError(error: unknown): error is JobError {
  const { name, message } = (error ?? {}) as Partial<JobError>
  return typeof name === 'string' && typeof message === 'string'
}

/**
 * One message as bytes on a stream: a line for the head, a line for the body. The body goes as it is, so that a large
 * one is neither escaped nor parsed on the way.
 */
export function encode(head: Head, body: string): string {
  // A line break in JSON text can only be white space between its parts.
  return `${JSON.stringify(head)}\n${/[\n\r]/.test(body) ? body.replaceAll(/[\n\r]/g, ' ') : body}\n`
}

/** Puts messages together again from the pieces in which they arrive. */
export class Decoder {
  #text = ''
  #head: string | undefined
  readonly #onMessage: (head: unknown, body: string) => void

  constructor(onMessage: (head: unknown, body: string) => void) {
    this.#onMessage = onMessage
  }

  /** What is no JSON arrives as undefined: somebody else has written into the stream. */
  push(piece: string): void {
    // Only the new piece is searched, so that a body of a megabyte in many pieces costs what it should.
    let from = this.#text.length
    this.#text += piece
    let start = 0
    for (;;) {
      const end = this.#text.indexOf('\n', from)
      if (end === -1) break
      const line = this.#text.slice(start, end)
      start = from = end + 1
      if (this.#head === undefined) {
        this.#head = line
      } else {
        const head = parse(this.#head)
        this.#head = undefined
        this.#onMessage(head, line)
      }
    }
    this.#text = this.#text.slice(start)
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
