import type { JobDetail } from '../../../core/job.ts'
import { type Why, why } from '../../../core/why.ts'
import type { Store } from '../../../store/store.ts'
import { databaseClock } from './database-clock.ts'
import type { Facts } from './read.ts'

/** How far the jobs in line with it are counted. */
const IN_LINE = 1_000

/** Why a job is where it is, with what only the store knows of its queue and the workers. */
export async function whyOf(store: Store, { handlers }: Facts, job: JobDetail): Promise<Why> {
  // Its queue matters while it waits.
  const queues = job.status === 'pending' ? await store.queues(IN_LINE) : []
  const allowed = handlers.some((handler) => handler.class === job.class && handler.method === job.method)
  return why(job, {
    now: await databaseClock(store),
    workers: await store.workers(),
    queue: queues.find(({ name }) => name === job.queue),
    allowed,
  })
}
