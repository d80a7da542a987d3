import { parseDuration, shown } from './duration.ts'
import { OffstageError } from './errors.ts'
import type { JobFilter } from './filter.ts'
import { isId, isIdPrefix } from './id.ts'
import { JOB_STATUSES, type JobStatus } from './job.ts'
import { nearest } from './nearest.ts'
import { PRIORITIES, parsePriority } from './priority.ts'

/** A filter that is being put together. */
export type Writable = { -readonly [Key in keyof JobFilter]: JobFilter[Key] }

export interface ValueProblem {
  reason: string
  suggestion?: string | null
}

export function readStatuses(filter: Writable, values: readonly string[]): ValueProblem | undefined {
  const known = values.filter((value) => JOB_STATUSES.includes(value as JobStatus)) as JobStatus[]
  const wrong = values.find((value) => !JOB_STATUSES.includes(value as JobStatus))
  if (wrong !== undefined && !(wrong === '' && values.length === 1)) {
    const near = nearest(wrong, JOB_STATUSES)
    const advice = near === undefined ? `the statuses are ${JOB_STATUSES.join(', ')}` : `did you mean ${near}?`
    const meant =
      near === undefined ? null : `status:${values.map((value) => (value === wrong ? near : value)).join(',')}`
    return { reason: `there is no status ${shown(wrong)}; ${advice}`, suggestion: meant }
  }
  const before = filter.status === undefined ? [] : [filter.status].flat()
  filter.status = [...new Set([...before, ...known])]
  return undefined
}

/** A value that is text. What stands unquoted with a comma was meant as several. */
export function readText(
  filter: Writable,
  field: 'class' | 'method' | 'queue' | 'tag' | 'worker',
  value: string,
  written: string,
): ValueProblem | undefined {
  if (value.includes(',') && !written.startsWith('"')) {
    const reason = `${field} takes one value: write ${field}:${JSON.stringify(value)} if the comma is part of it`
    return { reason, suggestion: `${field}:${value.split(',')[0]}` }
  }
  filter[field] = value
  return undefined
}

/** Whole ids can be several; the beginning of one stands alone. */
export function readIds(filter: Writable, values: readonly string[]): ValueProblem | undefined {
  const ids = values.map((value) => value.toLowerCase())
  const wrong = ids.find((id) => !isIdPrefix(id))
  if (wrong !== undefined) {
    return { reason: `${shown(wrong)} is no id: use one, or its beginning, such as 0193a5c0-7e00` }
  }
  if (ids.every((id) => isId(id)) || (ids.length === 1 && ids[0] === '')) {
    if (filter.idPrefix !== undefined) return { reason: SEVERAL }
    filter.ids = [...new Set([...(filter.ids ?? []), ...ids.filter((id) => id !== '')])]
    return undefined
  }
  const [prefix, ...others] = ids
  if (others.length > 0 || filter.ids !== undefined || filter.idPrefix !== undefined) return { reason: SEVERAL }
  filter.idPrefix = prefix
  return undefined
}

const SEVERAL = 'several ids are given, and one is only the beginning: give the whole of each'

export function readPriority(filter: Writable, value: string): ValueProblem | undefined {
  try {
    filter.priority = parsePriority(value as 'high')
    return undefined
  } catch (error) {
    const near = nearest(value, Object.keys(PRIORITIES))
    return { reason: messageOf(error), suggestion: near === undefined ? null : `priority:${near}` }
  }
}

export function readError(filter: Writable, value: string): ValueProblem | undefined {
  const fingerprint = value.toLowerCase()
  if (!/^[0-9a-f]{4,64}$/.test(fingerprint)) {
    return { reason: `error is ${shown(value)}: use the fingerprint of a cause, or at least its first four digits` }
  }
  filter.error = fingerprint
  return undefined
}

const SPAN = /^(?:\d+(?:\.\d+)?(?:ms|[smhdw]))+$/
const MOMENT = /^((?:\d{4}|[+-]\d{6})-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+-]\d\d:\d\d)?)?$/

/** A span of time back from now, or a moment; one without a zone is in UTC, wherever it is typed. */
export function readTime(
  filter: Writable,
  field: 'since' | 'until',
  value: string,
  now: number,
): ValueProblem | undefined {
  if (SPAN.test(value)) {
    try {
      filter[field] = now - parseDuration(value, field)
      return undefined
    } catch (error) {
      return { reason: messageOf(error) }
    }
  }
  const [, date, time = '00:00', zone = 'Z'] = MOMENT.exec(value) ?? []
  const ms = Date.parse(`${date}T${time}${zone}`)
  // There is no 30th of February, though some would take it for the 2nd of March.
  const exists = date !== undefined && !Number.isNaN(ms) && new Date(`${date}T00:00Z`).toISOString().startsWith(date)
  if (!exists) {
    return {
      reason: `${field} is ${shown(value)}: use a span such as 1h or 7d, or a moment such as 2026-11-22T10:00Z`,
      suggestion: /^\d+$/.test(value) ? `${field}:${value}h` : null,
    }
  }
  filter[field] = ms
  return undefined
}

/** `2026-11-22T10:00Z`, with seconds and milliseconds where there are any. */
export function writtenTime(ms: number): string {
  return new Date(ms).toISOString().replace(/(:00)?\.000Z$/, 'Z')
}

function messageOf(error: unknown): string {
  if (error instanceof OffstageError) return error.message
  throw error
}
