import { shown } from '../../core/duration.ts'
import { OffstageError } from '../../core/errors.ts'
import type { Job } from '../../core/job.ts'
import { formatPriority } from '../../core/priority.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { type FilterFlags, filterOf } from '../job-filter.ts'
import { shortId } from '../job-id.ts'
import { statusStyle, statusText } from '../job-text.ts'
import { positiveNumber } from '../option-values.ts'
import { note, onTerminal, print, printJson, styled } from '../output.ts'
import { type GlobalOptions, withStore } from '../session.ts'
import { type Column, tableLines } from '../table.ts'
import { ago } from '../time-text.ts'

interface Options extends GlobalOptions, FilterFlags {
  limit?: string
  cursor?: string
}

const MOST = 1_000

const COLUMNS: Column<Job>[] = [
  { title: 'ID', cell: (job) => job.id, short: (job) => shortId(job.id) },
  { title: 'STATUS', cell: statusText, style: (job) => statusStyle(job.status) },
  { title: 'JOB', cell: (job) => `${job.class}.${job.method}`, flexible: true },
  { title: 'PRIORITY', cell: (job) => formatPriority(job.priority), optional: true },
  { title: 'QUEUE', cell: (job) => job.queue, optional: true },
  { title: 'ATTEMPT', cell: (job) => `${job.attempt}/${job.maxAttempts}`, align: 'right' },
  { title: 'CREATED', cell: (job) => job.createdAt.toISOString(), short: (job) => ago(job.createdAt), align: 'right' },
]

export async function listJobs([words]: [string[]], options: Options): Promise<ExitCode> {
  const cursor = options.cursor === undefined ? undefined : checkCursor(options.cursor)
  const limit = options.limit === undefined ? 20 : positiveNumber(options.limit, '--limit', MOST)
  const filter = filterOf(words, options)
  const page = await withStore((store) => store.list({ ...filter, cursor, limit }))
  if (options.json) {
    printJson({ jobs: page.jobs, cursor: page.cursor ?? null })
    return EXIT.ok
  }
  if (page.jobs.length === 0) note('no jobs')
  else for (const line of tableLines(COLUMNS, page.jobs)) print(line)
  if (page.cursor !== undefined && onTerminal) print(styled('dim', `more: add --cursor ${page.cursor}`))
  return EXIT.ok
}

/** What a page ended with is the store's own affair, but it never has any other form than this. */
function checkCursor(text: string): string {
  if (/^[\w-]{1,100}$/.test(text) && /\d/.test(text)) return text
  throw new OffstageError('OPTION_INVALID', `--cursor is ${shown(text)}: use the one that the page before ended with`)
}
