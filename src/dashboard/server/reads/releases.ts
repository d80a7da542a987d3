import type { WorkerRelease } from '../../../store/queried.ts'
import type { Deploy } from '../../api.ts'

/** When a worker of another release than the one before was started. The newest first are given, the oldest first come. */
export function deploysOf(releases: readonly WorkerRelease[], since: number): Deploy[] {
  return releases
    .filter(({ release }, index) => {
      const before = releases[index + 1]
      return before !== undefined && before.release !== release
    })
    .filter(({ startedAt }) => startedAt.getTime() >= since)
    .map(({ release, startedAt }) => ({ release, at: startedAt.toISOString() }))
    .reverse()
}

/** What a worker ran at that moment: one of the same name may have run something else before. */
export function releaseAt(releases: readonly WorkerRelease[], workerId: string | null, at: Date): string | null {
  return releases.find((each) => each.workerId === workerId && each.startedAt <= at)?.release ?? null
}
