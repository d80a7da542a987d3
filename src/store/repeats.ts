import { OffstageError } from '../core/errors.ts'
import type { JobDetail } from '../core/job.ts'
import { callsOf } from './calls.ts'
import type { Settlement, Store } from './store.ts'

/**
 * The same store, which knows a settlement again that it was given before. When the answer to a commit is lost, the
 * settlement is repeated, and is refused if it was applied the first time: it is not stale then, it is done.
 */
export function recognisingRepeats(store: Store): Store {
  /** Those whose write failed in a way that does not tell whether it was done. */
  const unsure = new WeakSet<Settlement>()
  const wasDone = async (settlement: Settlement): Promise<boolean> => {
    if (!unsure.has(settlement)) return false
    // Given back unstarted: that leaves no trace to look for.
    if (settlement.outcome === undefined) return true
    const job = await store.get(settlement.job.id)
    return job !== undefined && endedSo(job, settlement)
  }
  return {
    ...callsOf(store),
    async settle(batch) {
      let refused: number[]
      try {
        refused = await store.settle(batch)
      } catch (error) {
        if (!isSure(error)) for (const settlement of batch) unsure.add(settlement)
        throw error
      }
      if (refused.length === 0) return refused
      const stale: number[] = []
      for (const position of refused) {
        if (!(await wasDone(batch[position] as Settlement))) stale.push(position)
      }
      return stale
    },
  }
}

/** A busy database has undone what it did; an error that is not of the database was there before anything was done. */
function isSure(error: unknown): boolean {
  return !(error instanceof OffstageError) || !error.transient || error.code === 'DATABASE_BUSY'
}

/** An attempt whose code ran is in the job's history; any other end is only told by the job itself. */
function endedSo(stored: JobDetail, { job, outcome, startedAt, finishedAt }: Settlement): boolean {
  if (startedAt === undefined) return stored.finishedAt?.getTime() === finishedAt
  const attempt = stored.attempts.find((each) => each.attempt === job.attempt)
  return attempt?.outcome === outcome && attempt?.finishedAt?.getTime() === finishedAt
}
