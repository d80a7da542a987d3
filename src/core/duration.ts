import { OffstageError } from './errors.ts'
import type { Duration } from './handler.ts'

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const
type Unit = keyof typeof UNIT_MS

/** The longest time span that is taken: 100 years. Whatever is longer is a mistake, not a plan. */
export const MAX_DURATION_MS = 36_525 * UNIT_MS.d

const PART = /(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)\s*/gy
const BARE_NUMBER = /^\d+(?:\.\d+)?$/

/**
 * Milliseconds of a duration: a number of seconds, or text such as `'250ms'`, `'10s'`, `'5m'`, `'1h 30m'`.
 * @param what Names the value in the error, such as `delay`.
 * @throws OffstageError OPTION_INVALID for anything else, for negative spans, and for more than 100 years.
 */
export function parseDuration(value: Duration, what: string): number {
  const ms = typeof value === 'number' ? value * 1_000 : typeof value === 'string' ? textToMs(value.trim()) : Number.NaN
  if (Number.isNaN(ms)) {
    throw invalid(what, value, "use a number of seconds, or text such as '250ms', '10s', '5m', '2h', '1d'")
  }
  if (ms < 0) throw invalid(what, value, 'a time span cannot be negative')
  if (ms > MAX_DURATION_MS) throw invalid(what, value, 'the longest time span is 100 years')
  return Math.round(ms)
}

function textToMs(text: string): number {
  if (BARE_NUMBER.test(text)) return Number(text) * 1_000
  if (text.startsWith('-') && !Number.isNaN(textToMs(text.slice(1)))) return -1
  let ms = 0
  PART.lastIndex = 0
  while (PART.lastIndex < text.length) {
    const part = PART.exec(text)
    if (part === null) return Number.NaN
    ms += Number(part[1]) * UNIT_MS[part[2] as Unit]
  }
  return text === '' ? Number.NaN : ms
}

function invalid(what: string, value: unknown, remedy: string): OffstageError {
  return new OffstageError('OPTION_INVALID', `${what} is ${shown(value)}: ${remedy}`)
}

/** A value as an error message shows it: short, on one line. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'bigint') return `${value}n`
  if (Array.isArray(value)) return 'a list'
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid Date' : value.toISOString()
  if (typeof value === 'object' && value !== null) return 'an object'
  return String(value)
}

/** A time span for people: `250ms`, `1.2s`, `2m 5s`, `3h 10m`, `2d 4h`. Never more than two units. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return 'for ever'
  if (ms < 0) return `-${formatDuration(-ms)}`
  if (ms < 999.5) return `${Math.round(ms)}ms`
  if (ms < 59_950) return `${Math.round(ms / 100) / 10}s`
  const pairs: readonly [Unit, Unit][] = [
    ['m', 's'],
    ['h', 'm'],
    ['d', 'h'],
  ]
  for (const [large, small] of pairs) {
    const smalls = Math.round(ms / UNIT_MS[small])
    const ratio = UNIT_MS[large] / UNIT_MS[small]
    const next = large === 'm' ? 60 : large === 'h' ? 24 : Number.POSITIVE_INFINITY
    const larges = Math.floor(smalls / ratio)
    if (larges < next) return smalls % ratio === 0 ? `${larges}${large}` : `${larges}${large} ${smalls % ratio}${small}`
  }
  throw new Error('unreachable: days have no next unit')
}
