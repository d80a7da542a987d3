import type { EventName, Events, OffstageEvents } from '../core/events.ts'
import { jsonLine } from './json-lines.ts'
import { STEPS } from './log-step.ts'
import { RotatingFile } from './rotating-file.ts'
import { textLine } from './text-lines.ts'

export interface LogFilesOptions {
  /** Every step of every job. */
  file: string
  /** What went wrong: the steps that are a warning or an error. */
  errorFile: string
  format?: 'text' | 'json' | undefined
  /** Bytes above which a file is put aside; default 10 MiB. */
  maxSize?: number | undefined
  /** How many of each file are kept beside the current one; default 5. */
  keep?: number | undefined
  /** Told when lines cannot be written; by default a process warning. */
  onProblem?: ((message: string) => void) | undefined
}

export interface LogFiles {
  readonly file: string
  readonly errorFile: string
  /** Writes what is buffered, now. */
  flush(): void
  /** Stops listening, writes what is buffered and closes the files. */
  close(): void
}

const EVENTS = Object.keys(STEPS) as EventName[]

/**
 * Writes every step that `events` tells to the log files, until closed. Lines are buffered for at most 50 ms and
 * written when the process exits.
 * @throws OffstageError LOG_UNWRITABLE when one of the files cannot be written.
 */
export function openLogFiles(events: Events, options: LogFilesOptions): LogFiles {
  const { maxSize = 10 * 1024 * 1024, keep = 5, onProblem = warn } = options
  const main = new RotatingFile({ path: options.file, maxSize, keep, onProblem })
  const errors = openOrClose(main, () => new RotatingFile({ path: options.errorFile, maxSize, keep, onProblem }))
  const toLine = options.format === 'json' ? jsonLine : textLine

  const write = <Name extends EventName>(name: Name, event: OffstageEvents[Name]): void => {
    const line = toLine(name, event, Date.now())
    main.append(line)
    if (STEPS[name](event).severity !== 'info') errors.append(line)
  }
  const stops = EVENTS.map((name) => events.on(name, (event) => write(name, event)))

  const flush = () => {
    main.flush()
    errors.flush()
  }
  process.on('exit', flush)
  return {
    file: main.path,
    errorFile: errors.path,
    flush,
    close() {
      if (stops.length === 0) return
      process.off('exit', flush)
      for (const stop of stops.splice(0)) stop()
      main.close()
      errors.close()
    },
  }
}

function openOrClose(first: RotatingFile, open: () => RotatingFile): RotatingFile {
  try {
    return open()
  } catch (error) {
    first.close()
    throw error
  }
}

function warn(message: string): void {
  process.emitWarning(message, 'OffstageWarning')
}
