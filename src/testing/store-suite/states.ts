import type { JobId } from '../../core/job.ts'
import type { Fixture } from './fixture.ts'
import { finishedJob, newJob, retried, runningJob } from './jobs.ts'

export type State =
  | 'pending'
  | 'delayed'
  | 'retrying'
  | 'paused'
  | 'running'
  | 'completed'
  | 'failed'
  | 'cancelled'
  | 'missing'

/** One job in each state that a person may find it in. Made in this order: what is claimed must be first in line. */
export const states: Readonly<Record<State, (fixture: Fixture) => Promise<JobId>>> = {
  async retrying(fixture) {
    const held = await runningJob(fixture)
    await fixture.store.settle([retried(held, fixture.clock.now(), 60_000)])
    return held.job.id
  },
  running: async (fixture) => (await runningJob(fixture)).job.id,
  completed: (fixture) => finishedJob(fixture, 'completed'),
  failed: (fixture) => finishedJob(fixture, 'failed'),
  cancelled: (fixture) => finishedJob(fixture, 'cancelled'),
  async pending({ store }) {
    const job = newJob()
    await store.enqueue([job])
    return job.id
  },
  async delayed({ store }) {
    const job = newJob({ due: { inMs: 60_000 } })
    await store.enqueue([job])
    return job.id
  },
  async paused({ store }) {
    await store.setPaused('paused', true)
    const job = newJob({ queue: 'paused' })
    await store.enqueue([job])
    return job.id
  },
  missing: async () => '0193a5c0-0000-7000-8000-ffffffffffff',
}
