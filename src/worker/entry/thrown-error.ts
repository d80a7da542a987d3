import { dirname, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { JobError } from '../../core/job.ts'
import { toJobError } from '../../core/job-error.ts'

/** Where this package's own code is: `src`, or `dist`. */
const OWN_PATH = `${dirname(dirname(import.meta.dirname))}${sep}`
const OWN_URL = pathToFileURL(OWN_PATH).href

const FRAME = /^ +at /

/**
 * What a job's code threw, as it is stored: in the stacks of the error and of all its causes only frames of the user's
 * code are left, and of what it called itself. How the engine and Node came to call it says nothing to anybody.
 * @param hide Takes secrets out of a text.
 */
export function thrownError(thrown: unknown, hide?: (text: string) => string): JobError {
  return withOwnFrames(toJobError(thrown, hide))
}

function withOwnFrames(error: JobError): JobError {
  const { stack, cause } = error
  const cleaned = { ...error }
  if (stack !== undefined) {
    cleaned.stack = stack
      .split('\n')
      .filter((line) => !FRAME.test(line) || !isOfEngine(line))
      .join('\n')
  }
  if (cause !== undefined) cleaned.cause = withOwnFrames(cause)
  return cleaned
}

function isOfEngine(frame: string): boolean {
  return frame.includes(OWN_URL) || frame.includes(OWN_PATH) || frame.includes('node:internal/')
}
