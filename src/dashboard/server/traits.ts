import type { Trait } from '../api.ts'

/** What is looked at of one job. */
export interface TraitSample {
  queue: string
  priority: number
  attempt: number
  tags: readonly string[]
  /** The worker of its last attempt. */
  worker: string | null
  /** The app's release that it ran under. */
  release: string | null
  args: readonly unknown[]
}

/** Fewer than these say nothing: what they share may be chance. */
const FEWEST_FAILURES = 3
const FEWEST_SUCCESSES = 3
/** A trait holds for at least so many of the failures, and for so much less of the successes. */
const LEAST_SHARE = 0.6
const LEAST_DIFFERENCE = 0.3
const MOST_TRAITS = 8
const DEEPEST = 4
const MOST_PATHS = 60
const LONGEST_VALUE = 80

/**
 * What failures share that successes of the same handlers do not: the strongest first. Both are samples, so the shares
 * are estimates.
 */
export function traitsOf(failures: readonly TraitSample[], successes: readonly TraitSample[]): Trait[] {
  if (failures.length < FEWEST_FAILURES || successes.length < FEWEST_SUCCESSES) return []
  const failed = counts(failures)
  const succeeded = counts(successes)
  const traits: Trait[] = []
  for (const [key, { field, value, count }] of failed) {
    const share = count / failures.length
    const other = (succeeded.get(key)?.count ?? 0) / successes.length
    if (share >= LEAST_SHARE && share - other >= LEAST_DIFFERENCE) {
      traits.push({ field, value, failed: rounded(share), succeeded: rounded(other) })
    }
  }
  return traits
    .sort((a, b) => b.failed - b.succeeded - (a.failed - a.succeeded) || (a.field < b.field ? -1 : 1))
    .slice(0, MOST_TRAITS)
}

interface Counted {
  field: string
  value: string
  count: number
}

function counts(samples: readonly TraitSample[]): Map<string, Counted> {
  const found = new Map<string, Counted>()
  for (const sample of samples) {
    const seen = new Set<string>()
    for (const [field, value] of featuresOf(sample)) {
      const key = JSON.stringify([field, value])
      // Once for each job, however often it has it.
      if (seen.has(key)) continue
      seen.add(key)
      const counted = found.get(key)
      if (counted === undefined) found.set(key, { field, value, count: 1 })
      else counted.count += 1
    }
  }
  return found
}

function featuresOf({
  queue,
  priority,
  attempt,
  tags,
  worker,
  release,
  args,
}: TraitSample): [field: string, value: string][] {
  const features: [string, string][] = [
    ['queue', queue],
    ['priority', String(priority)],
    ['attempt', String(attempt)],
    ...tags.map((tag): [string, string] => ['tag', tag]),
  ]
  if (worker !== null) features.push(['worker', worker])
  if (release !== null) features.push(['release', release])
  const before = features.length
  const [first, ...more] = args
  if (more.length === 0) collect(first, 'args', 0, features, before)
  else for (const [i, arg] of args.entries()) collect(arg, `args.${i}`, 0, features, before)
  return features
}

/** Every scalar of an argument by its path, as the filter names it: `args.user.plan` = `free`. */
function collect(value: unknown, path: string, depth: number, into: [string, string][], before: number): void {
  if (into.length - before >= MOST_PATHS || depth > DEEPEST) return
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const [key, each] of Object.entries(value)) {
      // A key with a dot in it has no path in a filter.
      if (key !== '' && key.length <= LONGEST_VALUE && !/[.\s]/.test(key)) {
        collect(each, `${path}.${key}`, depth + 1, into, before)
      }
    }
  } else if (value !== undefined && !Array.isArray(value)) {
    const text = String(value)
    if (text.length <= LONGEST_VALUE) into.push([path, text])
  }
}

function rounded(share: number): number {
  return Math.round(share * 100) / 100
}
