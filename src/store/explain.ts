import type { JobDetail } from '../core/job.ts'
import { type Why, why } from '../core/why.ts'
import type { Store } from './store.ts'

/**
 * Why a job is where it is, by what else the store knows.
 * @param allowed Whether the config at hand allows its handler; undefined when there is no config.
 */
export async function explain(
  store: Pick<Store, 'workers' | 'queues' | 'stats'>,
  job: JobDetail,
  allowed: boolean | undefined,
): Promise<Why> {
  const ended = job.status !== 'pending' && job.status !== 'running'
  if (ended) return why(job, { now: 0, workers: [], queue: undefined, allowed })
  // The database's clock, not this machine's: due times are judged by it.
  const { at } = await store.stats({ windowMs: 0, sample: 1, countTo: 1 })
  const queues = job.status === 'pending' ? await store.queues() : []
  const queue = queues.find(({ name }) => name === job.queue)
  return why(job, { now: at.getTime(), workers: await store.workers(), queue, allowed })
}
