import type { Command } from 'commander'
import { OffstageError } from '../core/errors.ts'
import type { JobFilter } from '../core/filter.ts'
import { formatFilter, parseFilter } from '../core/filter-text.ts'
import { JOB_STATUSES, type JobStatus } from '../core/job.ts'
import { suggestion } from '../core/nearest.ts'
import { collect } from './option-values.ts'

/** The flags that say which jobs are meant. */
export interface FilterFlags {
  status?: string[]
  class?: string
  method?: string
  queue?: string
  tag?: string
}

export function addFilterOptions(command: Command): Command {
  return command
    .option('--status <statuses>', 'pending, running, completed, failed, cancelled', collect)
    .option('--class <name>', 'of this class')
    .option('--method <name>', 'of this method')
    .option('--queue <name>', 'in this queue')
    .option('--tag <tag>', 'with this tag')
}

/**
 * What is meant by words such as `status:failed` and the flags together.
 * @throws OffstageError OPTION_INVALID for what is no filter, and for a field that both of them name.
 */
export function filterOf(words: readonly string[], flags: FilterFlags): JobFilter {
  const filter = filterOfFlags(flags)
  const read = readWords(words)
  for (const key of Object.keys(read) as (keyof JobFilter)[]) {
    if (filter[key] === undefined) continue
    const both = `--${key} and ${formatFilter({ [key]: read[key] })}`
    throw new OffstageError('OPTION_INVALID', `${both} contradict each other: give one of them`)
  }
  return { ...filter, ...read }
}

/** True when a word asks for a field: then all of them are a filter, and else they are ids. */
export function isFilter(words: readonly string[]): boolean {
  return words.some((word) => /[:\s"]/.test(word))
}

function filterOfFlags({ status, class: className, method, queue, tag }: FilterFlags): JobFilter {
  const filter: JobFilter = { status: status?.map(checkStatus), class: className, method, queue, tag }
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined))
}

function checkStatus(text: string): JobStatus {
  if (JOB_STATUSES.includes(text as JobStatus)) return text as JobStatus
  const near = suggestion(text, JOB_STATUSES) || `: use ${JOB_STATUSES.join(', ')}`
  throw new OffstageError('OPTION_INVALID', `--status is ${JSON.stringify(text)}${near}`)
}

function readWords(words: readonly string[]): JobFilter {
  const now = Date.now()
  for (const word of words) {
    const problem = parseFilter(word, now).errors?.[0]
    if (problem !== undefined) {
      throw new OffstageError('OPTION_INVALID', `the filter is wrong: ${problem.reason}${unquoted(word, now)}`)
    }
  }
  // Together: what is given twice is wrong although each of them is right.
  const { filter, errors } = parseFilter(words.join(' '), now)
  if (filter === undefined) throw new OffstageError('OPTION_INVALID', `the filter is wrong: ${errors[0]?.reason}`)
  return filter
}

/** The quotes of `class:"My Job"` are gone when a shell has read them: then it is one word with a space in it. */
function unquoted(word: string, now: number): string {
  const [, field, value] = /^([^\s:"]+:)([^"]*\s[^"]*)$/s.exec(word) ?? []
  if (field === undefined || value === undefined) return ''
  const quoted = field + JSON.stringify(value)
  return parseFilter(quoted, now).filter === undefined ? '' : `; in a shell, write '${quoted}'`
}
