import type { MetricRow } from '../../store/insight.ts'
import { tallyOf } from '../../store/rates.ts'
import type { SeriesPoint } from '../api.ts'

const MINUTE = 60_000
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440].map((minutes) => minutes * MINUTE)
const MOST_POINTS = 120

/** How long each point of a window is: as short as a chart can show. */
export function stepOf(windowMs: number): number {
  return STEPS.find((step) => windowMs / step <= MOST_POINTS) ?? (STEPS.at(-1) as number)
}

/** The rows by slices of time, the oldest first; the first slice begins at a whole step. */
export function slices(rows: readonly MetricRow[], since: number, until: number, stepMs: number): Slice[] {
  const first = Math.floor(since / stepMs)
  const count = Math.max(1, Math.ceil(until / stepMs) - first)
  const found = Array.from({ length: count }, (_, i): Slice => ({ at: (first + i) * stepMs, rows: [] }))
  for (const row of rows) found[Math.floor(row.at / stepMs) - first]?.rows.push(row)
  return found
}

export interface Slice {
  /** Its beginning, in ms since 1970. */
  at: number
  rows: MetricRow[]
}

export function toPoint({ at, rows }: Slice): SeriesPoint {
  return { at: new Date(at).toISOString(), ...tallyOf(rows) }
}
