import { shown } from './duration.ts'
import { OffstageError } from './errors.ts'
import type { Priority } from './handler.ts'

/** The priorities that have a name. The larger runs first. */
export const PRIORITIES = { high: 10, medium: 0, low: -10 } as const
export type PriorityName = keyof typeof PRIORITIES

/** The largest priority, and negated the smallest: what fits a 32-bit column of every database. */
export const MAX_PRIORITY = 1_000_000_000

/** @throws OffstageError OPTION_INVALID, naming `what`, for what is no name and no integer within ±1e9. */
export function parsePriority(value: Priority, what = 'priority'): number {
  if (typeof value === 'string') {
    if (Object.hasOwn(PRIORITIES, value)) return PRIORITIES[value]
    const text = value as string
    if (/^-?\d{1,10}$/.test(text)) return parsePriority(Number(text), what)
  } else if (Number.isInteger(value) && Math.abs(value) <= MAX_PRIORITY) {
    return value === 0 ? 0 : value
  }
  throw new OffstageError(
    'OPTION_INVALID',
    `${what} is ${shown(value)}: use 'high', 'medium', 'low' or an integer from -1000000000 to 1000000000`,
  )
}

/** `high`, `medium` or `low` where a priority has a name, the number otherwise. */
export function formatPriority(priority: number): string {
  for (const name in PRIORITIES) if (PRIORITIES[name as PriorityName] === priority) return name
  return String(priority)
}
