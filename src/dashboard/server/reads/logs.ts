import type { LogLine } from '../../../store/queried.ts'
import type { LogEntry, LogFilePage, LogPage } from '../../api.ts'
import { type LogQuery, readLogBackwards } from '../log-reader.ts'
import { notFound, Problem } from '../problem.ts'
import type { ReadContext } from './read.ts'

const MOST_LINES = 1_000
const PAGE = 100

export interface JobLogsInput {
  id: string
  attempt: number | undefined
  /** How many lines have been seen. */
  after: number
}

/** What a job logged, from a line on. */
export async function jobLogs({ store }: ReadContext, { id, attempt, after }: JobLogsInput): Promise<LogPage> {
  const job = await store.get(id)
  if (job === undefined) throw jobMissing(id)
  const all = await store.logs(id, attempt)
  const lines = all.slice(after, after + MOST_LINES).map(toLogEntry)
  const next = after + lines.length
  const runs = job.status === 'running' && (attempt === undefined || attempt === job.attempt)
  return { lines, next, live: runs || next < all.length }
}

/** The same as a text to be kept. */
export async function jobLogText(
  { store }: ReadContext,
  { id, attempt }: Omit<JobLogsInput, 'after'>,
): Promise<{ text: string }> {
  if ((await store.get(id)) === undefined) throw jobMissing(id)
  const lines = await store.logs(id, attempt)
  const texts = lines.map((line) => {
    const text = line.text.replaceAll('\n', '\n    ')
    return `${line.at.toISOString()} ${line.severity.toUpperCase()} attempt ${line.attempt}: ${text}\n`
  })
  return { text: texts.join('') }
}

export function toLogEntry({ attempt, at, severity, text }: LogLine): LogEntry {
  return { attempt, at: at.toISOString(), severity, text }
}

export function jobMissing(id: string): Problem {
  const message = `there is no job ${id}: it was deleted, or never stored here`
  return new Problem(404, { code: 'JOB_NOT_FOUND', message })
}

export interface LogFileInput extends Omit<LogQuery, 'file' | 'limit'> {
  which: 'main' | 'errors'
}

/** A page of a log file, from its end backwards. */
export async function logFile({ facts }: ReadContext, { which, ...query }: LogFileInput): Promise<LogFilePage> {
  if (facts.logs === null) throw notFound('there are no log files: the config says `logs: false`')
  const { file, errorFile } = facts.logs
  const page = readLogBackwards({ ...query, file: which === 'main' ? file : errorFile, limit: PAGE })
  return { ...page, files: { main: file, errors: errorFile } }
}
