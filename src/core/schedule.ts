import { CronSlots } from './cron.ts'
import type { JobId } from './job.ts'

/** What becomes of slots that came while nobody was there to enqueue their jobs. */
export const MISSED = ['skip', 'once', 'all'] as const
export type Missed = (typeof MISSED)[number]

/** Whether a slot is left out while the job of an earlier one has not ended. */
export const OVERLAPS = ['allow', 'skip'] as const
export type Overlap = (typeof OVERLAPS)[number]

/** How a schedule chooses its moments. */
export interface Timing {
  cron: string
  /** An IANA name. */
  timezone: string
  missed: Missed
  overlap: Overlap
}

/** A schedule as it stands in the database. */
export interface Schedule extends Timing {
  name: string
  class: string
  method: string
  /** Without its secrets. */
  args: unknown
  /** What its jobs set differently from their handler, as it was written: `{ priority: 'high', retries: 5 }`. */
  options: Readonly<Record<string, unknown>>
  /** It stands in a config module, and is fired only by workers that have it in theirs. */
  declared: boolean
  paused: boolean
  pauseReason: string | null
  /** The slot that comes next; null when its expression names no further moment. */
  nextAt: Date | null
  /** The last slot that enqueued a job, and that job. */
  lastAt: Date | null
  lastJobId: JobId | null
  createdAt: Date
  updatedAt: Date
}

/** What begins the tag of a schedule's jobs; behind it is its name. */
export const SCHEDULE_TAG = 'schedule:'
/** So that the tag of its jobs is one. */
export const LONGEST_SCHEDULE_NAME = 90

/** A slot counts as missed when nobody was there for so long: until then, a worker that restarts makes up for it. */
const MISSED_MS = 60_000
/** A slot that nobody has enqueued for so long, while somebody works, is one that nobody will. */
const OVERDUE_MS = 60_000
/** `all` means at most so many, the last ones: who comes back after a month must not be met by 43,200 jobs. */
export const MOST_MISSED = 100

export interface Due {
  /** The slots to enqueue jobs for, in their order. */
  slots: number[]
  /** The slot that comes next. */
  nextAt: number | undefined
}

/**
 * What is to be done for a schedule whose next slot, `dueAt`, has come.
 * @param now The database's clock.
 */
export function dueSlots({ cron, timezone, missed, overlap }: Timing, dueAt: number, now: number): Due {
  const all = new CronSlots(cron, timezone)
  const following = all.after(dueAt)
  if (following === undefined || following > now) {
    const isMissed = missed === 'skip' && dueAt <= now - MISSED_MS
    return { slots: isMissed ? [] : [dueAt], nextAt: following }
  }
  const slots = all.between(dueAt - 1, now, MOST_MISSED)
  // Whoever computed it knew other rules of its time zone: it was promised all the same.
  if (slots.length < MOST_MISSED && slots[0] !== dueAt) slots.unshift(dueAt)
  const onTime = slots.filter((slot) => slot > now - MISSED_MS)
  const chosen = missed === 'all' ? slots : missed === 'skip' || onTime.length > 0 ? onTime : slots.slice(-1)
  return { slots: overlap === 'skip' ? chosen.slice(-1) : chosen, nextAt: all.after(now) }
}

/** Whether a slot has waited for too long. In ms since 1970, on the database's clock. */
export function isOverdue(nextAt: number, now: number): boolean {
  return now - nextAt > OVERDUE_MS
}
