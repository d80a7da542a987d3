import type { JobRow } from '../../api.ts'

/**
 * How many of the found rows are new, and which of the shown ones were not found. Rows behind the last that is shown are
 * not new: others before them have left, and they have moved up.
 */
export function compare(shown: readonly JobRow[], found: readonly JobRow[]): { fresh: number; missing: string[] } {
  const shownIds = new Set(shown.map(({ id }) => id))
  const foundIds = new Set(found.map(({ id }) => id))
  const last = found.findLastIndex(({ id }) => shownIds.has(id))
  const among = last < 0 ? found : found.slice(0, last)
  return {
    fresh: among.filter(({ id }) => !shownIds.has(id)).length,
    missing: shown.filter(({ id }) => !foundIds.has(id)).map(({ id }) => id),
  }
}

/** The shown rows in their places, as they are now. What does not match any more is left out, unless that is `unknown`. */
export function merged(shown: readonly JobRow[], now: readonly JobRow[], unknown: readonly string[]): JobRow[] {
  const byId = new Map(now.map((job) => [job.id, job]))
  return shown.filter(({ id }) => byId.has(id) || unknown.includes(id)).map((job) => byId.get(job.id) ?? job)
}
