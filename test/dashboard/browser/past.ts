import { attemptFingerprint } from '../../../src/core/fingerprint.ts'
import type { JobError } from '../../../src/core/job.ts'
import type { ClaimedJob } from '../../../src/store/store.ts'
import type { Stage } from './stage.ts'

/** What became of a job that is in the past. */
export interface Past {
  error?: JobError | undefined
  finishedAt: number
  tookMs: number
}

const BATCH = 2000

/** Runs every job that waits, without running anything: they are claimed and settled, as a worker does it. */
export async function makePast(
  stage: Stage,
  become: (job: ClaimedJob, number: number) => Past,
  of: { id?: string; release?: string } = {},
): Promise<void> {
  const store = await stage.store()
  const worker = { id: 'worker-7f3a', host: 'app-1', pid: process.pid, queues: 'all', concurrency: 20, ...of }
  const lease = await store.register({ ...worker, version: '0.1.0', leaseMs: 600_000 })
  const steps = [{ queues: 'all', limit: BATCH }] as const
  let number = 0
  for (let claim = 1; ; claim += 1) {
    const { jobs } = await store.claim({ lease, claim, steps, limit: BATCH, start: BATCH })
    if (jobs.length === 0) break
    await store.settle(
      jobs.map((job) => {
        const { error, finishedAt, tookMs } = become(job, number)
        number += 1
        const base = { job, lease, startedAt: finishedAt - tookMs, finishedAt }
        if (error === undefined) return { ...base, next: { status: 'completed' }, outcome: 'completed' }
        const fingerprint = attemptFingerprint('failed', error, job)
        const failed = { ...base, next: { status: 'failed' }, outcome: 'failed', error } as const
        return fingerprint === undefined ? failed : { ...failed, fingerprint }
      }),
    )
  }
  await store.endLease(lease)
}

/** As a job threw it. */
export function thrown(name: string, message: string, frame: string, code?: string): JobError {
  const stack = `${name}: ${message}\n    at ${frame}\n    at node:internal/process/task_queues:105:5`
  return { name, message, stack, ...(code === undefined ? {} : { code }) }
}
