import { OffstageError } from '../core/errors.ts'
import type { Duration, Priority } from '../core/handler.ts'

/** @throws OffstageError OPTION_INVALID unless it is a whole number, 0 or more. */
export function wholeNumber(text: string, flag: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new OffstageError('OPTION_INVALID', `${flag} is ${JSON.stringify(text)}: use a whole number, 0 or more`)
}

/** @throws OffstageError OPTION_INVALID unless it is a whole number, 1 or more, and not over `most`. */
export function positiveNumber(text: string, flag: string, most = Number.MAX_SAFE_INTEGER): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : 0
  if (value > 0 && value <= most) return value
  const range = most === Number.MAX_SAFE_INTEGER ? '1 or more' : `1 to ${most}`
  throw new OffstageError('OPTION_INVALID', `${flag} is ${JSON.stringify(text)}: use a whole number, ${range}`)
}

/** A delay as it is typed: a time span (`10`, `'5m'`), or a moment in ISO 8601. */
export function delayOrDate(text: string): Duration | Date {
  return /^\d{4}-\d\d-\d\d/.test(text) ? new Date(text) : text
}

/** A priority as it is typed; the name or number itself is checked where it is used. */
export function priority(text: string): Priority {
  return /^-?\d+$/.test(text) ? Number(text) : (text as Priority)
}

/** For an option that can be repeated, and whose values can be separated by commas. */
export function collect(text: string, before: string[] = []): string[] {
  return [...before, ...text.split(',').map((part) => part.trim())]
}
