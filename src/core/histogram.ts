/**
 * How often durations of each length occurred, in few numbers: each bucket is a tenth longer than the one before, so
 * what is read out of it is within a tenth of what was put in, from 1 ms to years. Sparse, by the number of the bucket,
 * since most lengths never occur; two are added bucket by bucket.
 */
export type Histogram = Readonly<Record<number, number>>

const GROWTH = 1.1
const LOG_GROWTH = Math.log(GROWTH)
/** 1.1 to the power of this is ten thousand years. */
const LAST_BUCKET = 350
/** Most durations are short: theirs are looked up. */
const SHORT = Uint16Array.from({ length: 1_024 }, (_, ms) => computed(ms))

/** The bucket of a duration in ms; what is less than 1 ms, or negative, is in bucket 0. */
export function bucketOf(ms: number): number {
  return SHORT[ms] ?? computed(ms)
}

function computed(ms: number): number {
  // The sum hides that a power of 1.1 may come out a hair too small.
  return ms >= 1 ? Math.min(LAST_BUCKET, 1 + Math.floor(Math.log(ms) / LOG_GROWTH + 1e-9)) : 0
}

/** The duration that stands for a bucket: the one in its middle, in whole ms. */
export function durationOf(bucket: number): number {
  return bucket === 0 ? 0 : Math.round(GROWTH ** (bucket - 0.5))
}

/** Counts durations; for one writer. */
export class HistogramCounter {
  readonly #counts: number[] = []

  add(ms: number): void {
    const bucket = bucketOf(ms)
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
  }

  /** What was counted so far. */
  counts(): Histogram {
    const counts: Record<number, number> = {}
    // Skips the holes.
    this.#counts.forEach((count, bucket) => {
      counts[bucket] = count
    })
    return counts
  }
}

export function merged(histograms: Iterable<Histogram>): Histogram {
  const sum: Record<number, number> = {}
  for (const histogram of histograms) {
    for (const [bucket, count] of Object.entries(histogram)) sum[Number(bucket)] = (sum[Number(bucket)] ?? 0) + count
  }
  return sum
}

/** How many durations are in it. */
export function total(histogram: Histogram): number {
  return Object.values(histogram).reduce((sum, count) => sum + count, 0)
}

/**
 * The shortest duration, in ms, that so large a share of all does not exceed; null when there are none.
 * @param share From 0 to 1: 0.95 for the 95th percentile.
 */
export function percentile(histogram: Histogram, share: number): number | null {
  const buckets = Object.keys(histogram)
    .map(Number)
    .sort((a, b) => a - b)
  let left = Math.max(1, Math.ceil(total(histogram) * share))
  for (const bucket of buckets) {
    left -= histogram[bucket] ?? 0
    if (left <= 0) return durationOf(bucket)
  }
  return null
}
