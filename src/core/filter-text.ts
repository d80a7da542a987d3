/**
 * Filters as text: what people type on the jobs page, on the command line and in a link, such as
 * `status:failed class:ReportJob args.user.id:42 since:1h`. All that is named has to hold.
 */
import type { JobFilter } from './filter.ts'
import { FILTER_FIELDS, type FilterFieldName, isFilterField } from './filter-fields.ts'
import {
  readError,
  readIds,
  readPriority,
  readStatuses,
  readText,
  readTime,
  type Writable,
  writtenTime,
} from './filter-values.ts'
import { splitWords, type Word, writtenPath, writtenValue } from './filter-words.ts'
import { isIdPrefix } from './id.ts'
import { JOB_STATUSES } from './job.ts'
import { nearest } from './nearest.ts'
import { formatPriority } from './priority.ts'

/** What is wrong with a part of a filter text. */
export interface FilterError {
  /** The field that it is about; null for a word without one. */
  field: string | null
  /** What is wrong and what to write, as a sentence without its capital and full stop. */
  reason: string
  /** Where in the text: from the character `start`, before `end`. */
  start: number
  end: number
  /** What was probably meant, to stand there instead. */
  suggestion: string | null
}

export type ParsedFilter = { filter: JobFilter; errors?: undefined } | { filter?: undefined; errors: FilterError[] }

/** Longer than any filter that is of use: a thousand ids fit. */
const LONGEST = 50_000
/** So many digits of an id may stand without `id:`. */
const BARE_ID = 4

/**
 * The filter that a text means. An empty one means all jobs.
 * @param now The moment that `since:1h` counts back from, in ms since 1970.
 */
export function parseFilter(text: string, now: number): ParsedFilter {
  if (text.length > LONGEST) {
    const reason = `the filter is longer than ${LONGEST} characters`
    return { errors: [{ field: null, reason, start: LONGEST, end: text.length, suggestion: null }] }
  }
  const filter: Writable = {}
  const errors: FilterError[] = []
  for (const word of splitWords(text, ['status', 'id'])) {
    const problem = read(filter, word, now)
    if (problem === undefined) continue
    const { field, start, end } = word
    errors.push({ field, start, end, suggestion: null, ...problem })
  }
  return errors.length > 0 ? { errors } : { filter }
}

type Problem = Pick<FilterError, 'reason'> & Partial<Pick<FilterError, 'suggestion'>>

/** Adds to the filter what a word asks for. */
function read(filter: Writable, word: Word, now: number): Problem | undefined {
  const { field, path, values, fault } = word
  if (field === null) return readAlone(filter, word)
  if (!isFilterField(field) || (path !== undefined && field !== 'args')) return unknownField(word)
  if (fault !== undefined) return { reason: `${field}: ${fault}` }
  if (path === '') return { reason: 'args. has no key behind it: write args.user.id:42, or args:42' }
  const value = values[0] as string
  switch (field) {
    case 'status':
      return readStatuses(filter, values)
    case 'id':
      return readIds(filter, values)
    case 'args':
      filter.args = [...(filter.args ?? []), { path: path ?? '', value }]
      return undefined
    default:
      if (filter[field] !== undefined) return { reason: `${field} is given twice: only one can be meant` }
  }
  switch (field) {
    case 'priority':
      return readPriority(filter, value)
    case 'error':
      return readError(filter, value)
    case 'since':
    case 'until':
      return readTime(filter, field, value, now)
    default:
      return readText(filter, field, value, word.written)
  }
}

/** A word without a field is how an id begins. */
function readAlone(filter: Writable, { written }: Word): Problem | undefined {
  const id = written.toLowerCase()
  if (id.length >= BARE_ID && isIdPrefix(id)) return readIds(filter, [id])
  const suggestion = meantBy(written)
  const advice = suggestion === null ? 'write the field before it, such as class:ReportJob' : `write ${suggestion}`
  return { reason: `${cut(written)} stands without a field: ${advice}`, suggestion }
}

/** What somebody means who writes a name alone. */
function meantBy(word: string): string | null {
  const status = nearest(word, JOB_STATUSES)
  if (status !== undefined) return `status:${status}`
  const [, className, method] = /^([A-Z]\w*)(?:\.(\w+))?$/.exec(word) ?? []
  if (className === undefined) return null
  return method === undefined ? `class:${className}` : `class:${className} method:${method}`
}

function unknownField({ field, path, written }: Word): Problem {
  const names = FILTER_FIELDS.map(({ name }) => name)
  const near = isFilterField(field ?? '') ? (field ?? undefined) : nearest(field ?? '', names)
  const unknown = cut(path === undefined ? `${field}` : `${field}.${path}`)
  if (near === undefined) return { reason: `there is no field ${unknown}; the fields are ${names.join(', ')}` }
  return { reason: `there is no field ${unknown}; did you mean ${near}?`, suggestion: `${near}:${written}` }
}

function cut(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
}

/** The words of the text that means this filter, in their usual order: `['status:failed', 'class:ReportJob']`. */
export function filterWords(filter: JobFilter): string[] {
  const { status, ids, idPrefix = '', priority, since, until } = filter
  const words: string[] = []
  const add = (field: FilterFieldName, value: string | undefined) => {
    if (value !== undefined) words.push(`${field}:${value}`)
  }
  const plain = (field: 'class' | 'method' | 'queue' | 'tag' | 'error' | 'worker') => {
    const value = filter[field]
    add(field, value === undefined ? undefined : writtenValue(value))
  }
  if (status !== undefined) add('status', listed([status].flat()))
  for (const field of ['class', 'method', 'queue', 'tag'] as const) plain(field)
  add('priority', priority === undefined ? undefined : formatPriority(priority))
  for (const field of ['error', 'worker'] as const) plain(field)
  for (const { path, value } of filter.args ?? []) {
    words.push(path === '' ? `args:${writtenValue(value)}` : `args.${writtenPath(path)}:${writtenValue(value)}`)
  }
  add('since', since === undefined ? undefined : writtenTime(since))
  add('until', until === undefined ? undefined : writtenTime(until))
  if (ids !== undefined) add('id', listed(ids.filter((id) => id.startsWith(idPrefix))))
  else if (idPrefix !== '') add('id', idPrefix)
  return words
}

/** An empty list means no job at all, and must not become a text that means every job. */
function listed(values: readonly string[]): string {
  return values.length === 0 ? '""' : values.map(writtenValue).join(',')
}

/** The text that means this filter: `parseFilter` makes the same filter of it. Empty for the filter of all jobs. */
export function formatFilter(filter: JobFilter): string {
  return filterWords(filter).join(' ')
}

/** What to type in a shell for jobs of this filter: `offstage jobs list status:failed class:ReportJob`. */
export function filterCommand(filter: JobFilter, command = 'offstage jobs list'): string {
  return [command, ...filterWords(filter).map(shellWord)].join(' ')
}

export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
