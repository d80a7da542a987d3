import { type Histogram, merged, percentile } from '../../core/histogram.ts'
import type { Percentiles } from '../api.ts'

export function percentilesOf(histograms: readonly Histogram[]): Percentiles {
  const all = merged(histograms)
  return { p50Ms: percentile(all, 0.5), p95Ms: percentile(all, 0.95), p99Ms: percentile(all, 0.99) }
}
