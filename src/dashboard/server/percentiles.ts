import type { Histogram } from '../../store/insight.ts'
import type { Percentiles } from '../api.ts'

export function percentilesOf(_histograms: readonly Histogram[]): Percentiles {
  return { p50Ms: null, p95Ms: null, p99Ms: null }
}
