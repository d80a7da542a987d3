import type { Retention, Store } from '../../store/store.ts'
import type { Duty } from './maintenance.ts'

const EVERY_MS = 60_000
/**
 * What one transaction may take: meanwhile nobody else writes, and this process does nothing else. Far below the 50 ms
 * that nobody is to notice, because a disk that is busy makes some of them several times as long as most.
 */
const AIM_MS = 10
/** Jobs of a transaction. Steps of two, so that there are only few lengths of statement to prepare. */
const FIRST = 128
const LEAST = 16
const MOST = 1_024

/**
 * Removes the history that is past its time or number: as much at a time as fits {@link AIM_MS}, and after each time as
 * long a rest, in which whoever waits for the lock gets it.
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
      return Math.max(1, tookMs)
    },
  }
}
