import { checkQueue } from '../core/options.ts'
import type { QueueInfo } from '../store/queried.ts'
import type { Connection } from './connection.ts'

/** `offstage.queues`: the lanes of jobs. A queue comes into being with its first job, or when it is paused. */
export interface QueuesApi {
  list(): Promise<QueueInfo[]>
  /** No worker takes jobs of a paused queue; what runs goes on. @throws OffstageError OPTION_INVALID */
  pause(queue: string): Promise<void>
  /** @throws OffstageError OPTION_INVALID */
  resume(queue: string): Promise<void>
}

export function createQueuesApi({ store }: Connection): QueuesApi {
  const setPaused = async (queue: string, paused: boolean) => {
    checkQueue(queue, 'queue')
    await (await store()).setPaused(queue, paused)
  }
  return {
    list: async () => await (await store()).queues(),
    pause: (queue) => setPaused(queue, true),
    resume: (queue) => setPaused(queue, false),
  }
}
