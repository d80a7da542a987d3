import type { SeriesPoint } from '../../api.ts'

export type PartKey = 'completed' | 'retried' | 'failed'

/** What a bar is made of, from the top down. */
export const PARTS: readonly { key: PartKey; name: string; fill: string; token: string }[] = [
  { key: 'completed', name: 'completed', fill: 'bg-good-fill', token: '--good-fill' },
  { key: 'retried', name: 'retried', fill: 'bg-wait-fill', token: '--wait-fill' },
  { key: 'failed', name: 'failed', fill: 'bg-bad-fill', token: '--bad-fill' },
]

export function sums(points: readonly SeriesPoint[]): Record<PartKey, number> {
  const total = { completed: 0, retried: 0, failed: 0 }
  for (const point of points) for (const { key } of PARTS) total[key] += point[key]
  return total
}

/** Times in seconds, and for each part the height at which it ends: each is drawn over the one before. */
export function stacked(points: readonly SeriesPoint[]): [number[], ...number[][]] {
  const times = points.map(({ at }) => Date.parse(at) / 1000)
  const heights = PARTS.map((_, index) =>
    points.map((point) => PARTS.slice(index).reduce((height, { key }) => height + point[key], 0)),
  )
  return [times, ...heights]
}
