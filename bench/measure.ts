/** What a side of a measurement came to: named numbers, such as jobs a second. */
export type Figures = Record<string, number>

/** What a side is given. All of it is plain data: a side runs in a process of its own. */
export interface Context {
  /** An empty folder of this side's own, removed afterwards. */
  folder: string
  /** A folder that all sides and rounds of the measurement share; `prepare` fills it. */
  shared: string
  /** What the sizes are multiplied by: 1, or less for a quick look. */
  scale: number
}

/** The default export of each file in `measures/`. Its other exports are its sides. */
export interface Measure {
  title: string
  /** The exported functions that are run in turns, each in a process of its own, in every round. */
  sides: readonly string[]
  /** The exported function that is run once before the rounds. */
  prepare?: string
  /** Some side runs on PostgreSQL. */
  postgres?: true
}

/** At least 1, since a measurement of nothing divides by it. */
export function scaled(size: number, scale: number): number {
  return Math.max(1, Math.round(size * scale))
}

export function perSecond(count: number, ms: number): number {
  return (count / ms) * 1000
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
