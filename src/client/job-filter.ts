import { shown } from '../core/duration.ts'
import { OffstageError } from '../core/errors.ts'
import type { ArgFilter, JobFilter } from '../core/filter.ts'
import { isIdPrefix } from '../core/id.ts'
import { JOB_STATUSES } from '../core/job.ts'
import { checkInteger, checkKeys, checkOneOf } from '../core/options.ts'
import { MAX_PRIORITY } from '../core/priority.ts'

const KEYS: Record<keyof JobFilter, true> = {
  status: true,
  class: true,
  method: true,
  queue: true,
  tag: true,
  ids: true,
  idPrefix: true,
  priority: true,
  error: true,
  worker: true,
  args: true,
  since: true,
  until: true,
}
/** The last moment that a Date can be. */
const LAST_MOMENT = 8_640_000_000_000_000

/** @throws OffstageError OPTION_INVALID for what is no filter. */
export function checkFilter(filter: JobFilter): JobFilter {
  checkKeys(filter, Object.keys(KEYS), 'filter: ')
  const { status, ids, idPrefix, priority, error, args } = filter
  for (const each of typeof status === 'string' ? [status] : (status ?? [])) checkOneOf(each, JOB_STATUSES, 'status')
  checkList(ids, 'ids', 'job ids')
  for (const key of ['class', 'method', 'queue', 'tag', 'worker', 'idPrefix', 'error'] as const) {
    const value: unknown = filter[key]
    if (value !== undefined && typeof value !== 'string') throw invalid(key, value, 'use text')
  }
  if (idPrefix !== undefined && !isIdPrefix(idPrefix)) {
    throw invalid('idPrefix', idPrefix, 'use how an id begins, in lower case')
  }
  if (error !== undefined && !/^[0-9a-f]{4,64}$/.test(error)) {
    throw invalid('error', error, 'use the fingerprint of a cause, or at least its first four digits')
  }
  if (priority !== undefined) checkInteger(priority, -MAX_PRIORITY, MAX_PRIORITY, 'priority')
  for (const key of ['since', 'until'] as const) {
    const moment: unknown = filter[key]
    if (moment !== undefined && !(typeof moment === 'number' && Math.abs(moment) <= LAST_MOMENT)) {
      throw invalid(key, moment, 'use milliseconds since 1970, such as Date.now() - 3_600_000')
    }
  }
  checkList(args, 'args', "{ path, value }, such as [{ path: 'user.id', value: '42' }]")
  for (const each of args ?? []) checkArg(each)
  return filter
}

function checkArg(arg: ArgFilter): void {
  checkKeys(arg, ['path', 'value'], 'args: ')
  for (const key of ['path', 'value'] as const) {
    if (typeof arg[key] !== 'string') throw invalid(`args: ${key}`, arg[key], 'use text')
  }
}

function checkList(value: unknown, what: string, of: string): void {
  if (value !== undefined && !Array.isArray(value)) throw invalid(what, value, `use a list of ${of}`)
}

function invalid(what: string, value: unknown, remedy: string): OffstageError {
  return new OffstageError('OPTION_INVALID', `${what} is ${shown(value)}: ${remedy}`)
}
