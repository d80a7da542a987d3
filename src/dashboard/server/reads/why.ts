import type { JobDetail } from '../../../core/job.ts'
import { type Why, why } from '../../../core/why.ts'
import type { Store } from '../../../store/store.ts'
import type { Facts } from './read.ts'

/** Why a job is where it is, with what only the store knows of its queue and the workers. */
export async function whyOf(store: Store, { handlers }: Facts, job: JobDetail): Promise<Why> {
  const { at, queues } = await store.stats({ windowMs: 0, sample: 1, countTo: 1_000 })
  const allowed = handlers.some((handler) => handler.class === job.class && handler.method === job.method)
  return why(job, {
    now: at.getTime(),
    workers: await store.workers(),
    queue: queues.find(({ name }) => name === job.queue),
    allowed,
  })
}
