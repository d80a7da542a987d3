/**
 * From which queues a worker takes its next jobs. Pure: a plan follows from the setting and the number of the
 * turn alone, so nothing has to be remembered between claims but that number.
 */

/** What a worker's `queues` setting comes to. */
export type QueuesSetting =
  | { readonly kind: 'all' }
  | { readonly kind: 'strict'; readonly queues: readonly string[] }
  | { readonly kind: 'weighted'; readonly weights: ReadonlyMap<string, number> }

/** The setting in words, as a worker is listed with it. */
export function describeQueues(setting: QueuesSetting): string {
  if (setting.kind === 'all') return 'all'
  if (setting.kind === 'strict') return setting.queues.join(',')
  return [...setting.weights].map(([name, weight]) => `${name}:${weight}`).join(',')
}

/** True when a worker whose queues are described so takes jobs of this one. */
export function servesQueue(described: string, queue: string): boolean {
  return (
    described === 'all' || described.split(',').some((name) => name === queue || name.replace(/:\d+$/, '') === queue)
  )
}

/** As `ClaimStep` of the store: taken one after the other, each up to its own limit. */
export interface PlannedStep {
  queues: 'all' | readonly string[]
  limit: number
}

/**
 * The steps of one claim of up to `limit` jobs.
 *
 * - `all`: every queue there is, merged in the order of priority.
 * - strict order: a queue is looked at only when those before it gave less than `limit`.
 * - weights: each queue gets its share of `limit`, shares that are no whole numbers evening out over the turns;
 *   then what an empty queue left goes to the others, by their weights too.
 *
 * @param turn How many claims the worker made before.
 */
export function planClaim(setting: QueuesSetting, limit: number, turn: number): PlannedStep[] {
  if (limit <= 0) return []
  switch (setting.kind) {
    case 'all':
      return [{ queues: 'all', limit }]
    case 'strict':
      return setting.queues.map((queue) => ({ queues: [queue], limit }))
    case 'weighted':
      return weighted(setting.weights, limit, turn)
    default:
      return setting satisfies never
  }
}

function weighted(weights: ReadonlyMap<string, number>, limit: number, turn: number): PlannedStep[] {
  const steps: PlannedStep[] = []
  for (const [queue, share] of shares(weights, limit, turn))
    if (share > 0) steps.push({ queues: [queue], limit: share })
  if (weights.size === 1) return steps
  for (const queue of shuffled(weights, turn)) steps.push({ queues: [queue], limit })
  return steps
}

const GOLDEN_RATIO = 0.618_033_988_749_894_9

/**
 * How many of this turn's jobs fall to each queue. Each gets the whole part of its share; what is left over falls
 * to the queues whose fractions, laid end to end, are hit by marks at a distance of one. The first mark moves on
 * by the golden ratio each turn, which spreads evenly, so each queue is hit as often as its fraction says.
 */
function* shares(weights: ReadonlyMap<string, number>, limit: number, turn: number): Generator<[string, number]> {
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0)
  const mark = (0.5 + turn * GOLDEN_RATIO) % 1
  let start = 0
  for (const [queue, weight] of weights) {
    const exact = (limit * weight) / total
    const whole = Math.floor(exact)
    const end = start + exact - whole
    yield [queue, whole + Math.ceil(end - mark) - Math.ceil(start - mark)]
    start = end
  }
}

/**
 * The queues in an order that changes each turn: of any two, the heavier is before the other as often as their
 * weights say. So what an empty queue leaves goes to the others by weight too, not to the heaviest alone.
 */
function shuffled(weights: ReadonlyMap<string, number>, turn: number): string[] {
  return [...weights]
    .map(([queue, weight], index) => ({ queue, rank: -Math.log(scattered(turn, index)) / weight }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ queue }) => queue)
}

/** A number above 0 and below 1 that looks random and follows from its arguments (the mix of MurmurHash3). */
function scattered(turn: number, index: number): number {
  let hash = Math.imul(turn + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (((hash ^ (hash >>> 16)) >>> 0) + 0.5) / 2 ** 32
}
