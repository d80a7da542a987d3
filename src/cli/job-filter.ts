import type { Command } from 'commander'
import { OffstageError } from '../core/errors.ts'
import type { JobFilter } from '../core/filter.ts'
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

/** @throws OffstageError OPTION_INVALID for a status that there is not. */
export function filterOf({ status, class: className, method, queue, tag }: FilterFlags): JobFilter {
  return { status: status?.map(checkStatus), class: className, method, queue, tag }
}

/** The flags as they were typed; empty when there are none. */
export function filterText({ status, class: className, method, queue, tag }: FilterFlags): string {
  return Object.entries({ status, class: className, method, queue, tag })
    .flatMap(([name, value]) => (value === undefined ? [] : [`--${name} ${value}`]))
    .join(' ')
}

function checkStatus(text: string): JobStatus {
  if (JOB_STATUSES.includes(text as JobStatus)) return text as JobStatus
  const near = suggestion(text, JOB_STATUSES) || `: use ${JOB_STATUSES.join(', ')}`
  throw new OffstageError('OPTION_INVALID', `--status is ${JSON.stringify(text)}${near}`)
}
