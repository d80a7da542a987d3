import type { Retention } from '../../store/commands.ts'
import type { Store } from '../../store/store.ts'
import type { Duty } from './maintenance.ts'

const EVERY_MS = 60_000
/**
 * What one transaction may take: meanwhile nobody else writes, and this process does nothing else. A tenth of the 50 ms
 * that a worker may pause for it, because a busy disk or machine makes some of them several times as long as most, and
 * the worker's own writes come on top.
 */
const AIM_MS = 5
/** The rest after each, in multiples of what it took: the work goes before the sweeping. */
const REST = 2
/** Jobs of a transaction. Steps of two, so that there are only few lengths of statement to prepare. */
const FIRST = 128
const LEAST = 16
const MOST = 1_024

/**
 * Removes the history that is past its time or number: as much at a time as fits {@link AIM_MS}, and after each time a
 * rest, in which whoever waits for the lock gets it.
 */
export function pruner(store: Store, retention: Retention, now: () => number = () => performance.now()): Duty {
  let chunk = FIRST
  return {
    async run() {
      const began = now()
      const removed = await store.prune(retention, chunk)
      const tookMs = now() - began
      if (removed < chunk) return EVERY_MS
      if (tookMs > AIM_MS) chunk = Math.max(LEAST, chunk / 2)
      else if (tookMs < AIM_MS / 3) chunk = Math.min(MOST, chunk * 2)
      return Math.max(1, REST * tookMs)
    },
  }
}
