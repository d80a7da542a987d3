import { ERROR_CODES, OffstageError } from '../../core/errors.ts'
import type { JobError } from '../../core/job.ts'
import { fromJobError } from '../../core/job-error.ts'
import type { Severity } from '../../store/queried.ts'
import type { FromChild, ToChild } from '../entry/protocol.ts'

/** A process or a thread that runs attempts, one at a time, as the pool sees it. */
export interface Child {
  send(message: ToChild, body: string): void
  /** Has it killed if it uses more than this many MiB. Absent where the limit is built in. */
  checkMemory?(limit: number): void
  /** Ends it now, whatever it does. */
  kill(): void
  /** Lets it end by itself, since it has nothing to do; it is killed if it does not. */
  end(): void
}

/** What a child tells. */
export interface ChildEvents {
  /** Takes secrets out of a line of output. */
  hide(line: string): string
  onMessage(message: FromChild, body: string): void
  /** A line that came by stdout or stderr, not as a message; without its secrets. */
  onOutput(severity: Severity, line: string): void
  /** The last event: it is gone, and everything it has told was told. */
  onExit(death: Death): void
}

/** How a child ended. */
export interface Death {
  /** In words, as `exited with code 3`. */
  how: string
  /** The signal, the exit code or Node's own error code, for programs. */
  code: string
  /** What it reported about it itself. */
  error?: JobError | undefined
  /** The last lines of its stderr. */
  stderr: readonly string[]
}

/** Makes a child. `heapLimit`: MiB of heap, for those that can be limited from the start. */
export type Spawn = (heapLimit: number | undefined, events: ChildEvents) => Child

/** How long a child may take to end by itself. */
export const END_MS = 2_000

/** The error of an attempt whose child died under it. */
export function crashError(what: 'process' | 'thread', { how, code, error, stderr }: Death): JobError {
  if (error !== undefined) {
    const message = `uncaught ${error.name}: ${error.message}`
    return { name: 'CrashError', message, stack: error.stack ?? message, code: 'UNCAUGHT', cause: error }
  }
  const message = `the ${what} ${how} while the job ran`
  const tail = stderr.length > 0 ? `\nlast lines of stderr:\n${stderr.join('\n')}` : ''
  return { name: 'CrashError', message, stack: `CrashError: ${message}${tail}`, code }
}

/** The error of a child that ended before it was ready. */
export function brokenError(what: 'process' | 'thread', configPath: string, death: Death): OffstageError {
  const { error, how, stderr } = death
  if (error === undefined) {
    const tail = stderr.length > 0 ? `: ${stderr.join(' ')}` : ''
    return new OffstageError('CONFIG_BROKEN', `a ${what} that was to load ${configPath} ${how}${tail}`)
  }
  const code = ERROR_CODES.find((each) => each === error.code) ?? 'CONFIG_BROKEN'
  return new OffstageError(code, error.message, { cause: fromJobError(error) })
}
