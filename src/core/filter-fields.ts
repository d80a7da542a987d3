import { JOB_STATUSES } from './job.ts'
import { PRIORITIES } from './priority.ts'

/** A field of a filter text, as it is offered for completion. */
export interface FilterField {
  name: FilterFieldName
  /** What can be written behind it. */
  example: string
  /** What it asks for. */
  description: string
  /** The values that there are, where they are few. */
  values?: readonly string[]
}

export type FilterFieldName =
  | 'status'
  | 'class'
  | 'method'
  | 'queue'
  | 'tag'
  | 'priority'
  | 'error'
  | 'worker'
  | 'args'
  | 'since'
  | 'until'
  | 'id'

export const FILTER_FIELDS: readonly FilterField[] = [
  {
    name: 'status',
    example: 'failed,cancelled',
    description: 'in this status, or one of several',
    values: JOB_STATUSES,
  },
  { name: 'class', example: 'ReportJob', description: 'of this class' },
  { name: 'method', example: 'build', description: 'of this method' },
  { name: 'queue', example: 'mail', description: 'in this queue' },
  { name: 'tag', example: 'nightly', description: 'with this tag' },
  {
    name: 'priority',
    example: 'high',
    description: 'of this priority: a name or a number',
    values: Object.keys(PRIORITIES),
  },
  {
    name: 'error',
    example: '9f3a',
    description: 'with an attempt that failed of this cause: how its fingerprint begins',
  },
  { name: 'worker', example: 'worker-1', description: 'run by this worker' },
  {
    name: 'args',
    example: 'user.id:42',
    description: 'with this value among the arguments, at a path or anywhere on top',
  },
  {
    name: 'since',
    example: '1h',
    description: 'since then: ended, where only final statuses are asked for, else stored',
  },
  {
    name: 'until',
    example: '2026-11-22T10:00Z',
    description: 'the same, before then; a time without a zone is in UTC',
  },
  { name: 'id', example: '0193a5c0', description: 'with this id, or one that begins so' },
]

export function isFilterField(name: string): name is FilterFieldName {
  return FILTER_FIELDS.some((field) => field.name === name)
}
