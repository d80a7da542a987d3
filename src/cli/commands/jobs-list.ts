import { OffstageError } from '../../core/errors.ts'
import { JOB_STATUSES, type Job, type JobStatus } from '../../core/job.ts'
import { suggestion } from '../../core/nearest.ts'
import { formatPriority } from '../../core/priority.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { shortId } from '../job-id.ts'
import { statusStyle, statusText } from '../job-text.ts'
import { positiveNumber } from '../option-values.ts'
import { note, onTerminal, print, printJson, styled } from '../output.ts'
import { type GlobalOptions, withStore } from '../session.ts'
import { type Column, tableLines } from '../table.ts'
import { ago } from '../time-text.ts'

interface Options extends GlobalOptions {
  status?: string[]
  class?: string
  method?: string
  queue?: string
  tag?: string
  limit?: string
  cursor?: string
}

const COLUMNS: Column<Job>[] = [
  { title: 'ID', cell: (job) => job.id, short: (job) => shortId(job.id) },
  { title: 'STATUS', cell: statusText, style: (job) => statusStyle(job.status) },
  { title: 'JOB', cell: (job) => `${job.class}.${job.method}`, flexible: true },
  { title: 'PRIORITY', cell: (job) => formatPriority(job.priority), optional: true },
  { title: 'QUEUE', cell: (job) => job.queue, optional: true },
  { title: 'ATTEMPT', cell: (job) => `${job.attempt}/${job.maxAttempts}`, align: 'right' },
  { title: 'CREATED', cell: (job) => job.createdAt.toISOString(), short: (job) => ago(job.createdAt), align: 'right' },
]

export async function listJobs(_: [], options: Options): Promise<ExitCode> {
  const { class: className, method, queue, tag, cursor } = options
  const status = options.status?.map(checkStatus)
  const limit = options.limit === undefined ? 20 : positiveNumber(options.limit, '--limit')
  const filter = { status, class: className, method, queue, tag, cursor, limit: Math.min(limit, 1_000) }
  const page = await withStore((store) => store.list(filter))
  if (options.json) {
    printJson({ jobs: page.jobs, cursor: page.cursor ?? null })
    return EXIT.ok
  }
  if (page.jobs.length === 0) note('no jobs')
  else for (const line of tableLines(COLUMNS, page.jobs)) print(line)
  if (page.cursor !== undefined && onTerminal) print(styled('dim', `more: add --cursor ${page.cursor}`))
  return EXIT.ok
}

function checkStatus(text: string): JobStatus {
  if (JOB_STATUSES.includes(text as JobStatus)) return text as JobStatus
  const near = suggestion(text, JOB_STATUSES) || `: use ${JOB_STATUSES.join(', ')}`
  throw new OffstageError('OPTION_INVALID', `--status is ${JSON.stringify(text)}${near}`)
}
