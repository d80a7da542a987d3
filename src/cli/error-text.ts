import { relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { JobError } from '../core/job.ts'
import { namedError } from '../logs/log-step.ts'
import { oneLine } from '../logs/one-line.ts'
import { styled } from './output.ts'

const LONGEST = 2_000
const FILE = /file:\/\/\S+?(?=:\d+(:\d+)?\)?$)/

/** An error for people, over several lines: its message, where it was thrown, and the same of what caused it. */
export function errorLines(error: JobError): string[] {
  const { code, message, cause } = error
  const coded = code === undefined || message.includes(code) ? '' : ` (${code})`
  const lines = [styled('red', oneLine(`${namedError(error)}${coded}`, LONGEST)), ...frames(error)]
  if (cause !== undefined) {
    const [first = '', ...more] = errorLines(cause)
    lines.push(`${styled('dim', 'caused by')} ${first}`, ...more)
  }
  return lines
}

/** Where it was thrown, as in `  at SampleJob.process (jobs/sample-job.ts:3:9)`. */
function frames({ stack = '' }: JobError): string[] {
  return stack
    .split('\n')
    .filter((line) => /^ +at /.test(line))
    .map((line) => styled('dim', `  ${oneLine(line.trim().replace(FILE, shortPath), LONGEST)}`))
}

/** From here, where that is shorter: a path that can be clicked in a terminal. */
function shortPath(url: string): string {
  try {
    const path = fileURLToPath(url)
    const near = relative(process.cwd(), path)
    return near.startsWith(`..${sep}`) ? path : near
  } catch {
    return url
  }
}
