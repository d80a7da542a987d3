import { formatDuration } from '../../core/duration.ts'
import type { JobAttempt, JobDetail } from '../../core/job.ts'
import { formatPriority } from '../../core/priority.ts'
import type { Why } from '../../core/why.ts'
import { errorText } from '../../logs/log-step.ts'
import { oneLine } from '../../logs/one-line.ts'
import { explain } from '../../store/explain.ts'
import { errorLines } from '../error-text.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { findJobId, noSuchJob } from '../job-id.ts'
import { statusStyle, statusText } from '../job-text.ts'
import { print, printJson, styled } from '../output.ts'
import { type GlobalOptions, withStore } from '../session.ts'
import { ago, localTime } from '../time-text.ts'

export async function showJob([text]: [string], options: GlobalOptions): Promise<ExitCode> {
  const { job, why } = await withStore(async (store, engine) => {
    const id = await findJobId(store, text)
    const job = await store.get(id)
    if (job === undefined) throw noSuchJob(text)
    const allowed = engine && engine.registry.find(job.class, job.method) !== undefined
    return { job, why: options.json ? undefined : await explain(store, job, allowed) }
  })
  if (why === undefined) printJson(job)
  else for (const line of jobLines(job, why)) print(line)
  return EXIT.ok
}

const SHOWN = 2_000

function jobLines(job: JobDetail, why: Why): string[] {
  const json = (value: unknown) => oneLine(JSON.stringify(value), SHOWN)
  const rows: [string, string | null][] = [
    ['Id', job.id],
    ['Job', `${job.class}.${job.method}`],
    ['Arguments', json(job.args)],
    ['Status', styled(statusStyle(job.status), statusText(job))],
    ['Why', oneLine(why.text, SHOWN)],
    ['What to do', why.remedy === null ? null : oneLine(why.remedy, SHOWN)],
    ['Priority', formatPriority(job.priority)],
    ['Queue', job.queue],
    ['Tags', job.tags.length === 0 ? null : job.tags.join(', ')],
    ['Attempt', `${job.attempt} of ${job.maxAttempts}`],
    ['Created', moment(job.createdAt)],
    ['Due', job.status === 'pending' ? moment(job.runAt) : null],
    ['Started', moment(job.startedAt)],
    ['Finished', moment(job.finishedAt)],
    ['Progress', job.progress === null ? null : json(job.progress)],
    ['Result', job.result === null || job.result === undefined ? null : json(job.result)],
  ]
  const shown = rows.filter((row): row is [string, string] => row[1] !== null)
  const width = Math.max(...shown.map(([title]) => title.length)) + 2
  const lines = shown.map(([title, value]) => `${styled('dim', title.padEnd(width))}${value}`)
  if (job.error !== null) lines.push('', styled('dim', 'Error'), ...errorLines(job.error).map((line) => `  ${line}`))
  if (job.attempts.length > 0) lines.push('', styled('dim', 'Attempts'), ...job.attempts.map(attemptLine))
  return lines
}

function attemptLine(attempt: JobAttempt): string {
  const { outcome, startedAt, finishedAt, error } = attempt
  const span = finishedAt === null ? '' : `  ${formatDuration(finishedAt.getTime() - startedAt.getTime())}`
  const what = (outcome ?? 'running').replace('_', ' ').padEnd(9)
  const why = error === null ? '' : `  ${oneLine(errorText(error), SHOWN)}`
  return `  ${String(attempt.attempt).padStart(2)}  ${localTime(startedAt)}  ${what}${span}${why}`
}

function moment(at: Date | null): string | null {
  return at === null ? null : `${localTime(at)} (${ago(at)})`
}
