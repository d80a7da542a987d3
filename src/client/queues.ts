import { checkPauseReason, checkQueue, given } from '../core/options.ts'
import type { QueueInfo } from '../store/queried.ts'
import type { Connection } from './connection.ts'

export interface PauseOptions {
  /** Why, in up to 200 characters: shown with the queue while it is paused. */
  reason?: string
}

/** `offstage.queues`: the lanes of jobs. A queue comes into being with its first job, or when it is paused. */
export interface QueuesApi {
  list(): Promise<QueueInfo[]>
  /** No worker takes jobs of a paused queue; what runs goes on. @throws OffstageError OPTION_INVALID */
  pause(queue: string, options?: PauseOptions): Promise<void>
  /** @throws OffstageError OPTION_INVALID */
  resume(queue: string): Promise<void>
}

export function createQueuesApi({ store }: Connection): QueuesApi {
  const setPaused = async (queue: string, paused: boolean, reason?: string) => {
    checkQueue(queue, 'queue')
    await (await store()).setPaused(queue, paused, reason)
  }
  return {
    list: async () => await (await store()).queues(),
    pause: async (queue, { reason } = {}) => await setPaused(queue, true, given(reason, checkPauseReason)),
    resume: (queue) => setPaused(queue, false),
  }
}
