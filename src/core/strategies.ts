import type { EnqueuePolicy } from './handler.ts'
import { MAX_RETRIES } from './options.ts'

/**
 * The priority-weighted policy: the more often a job may be retried, the more its start moves by its retries, and
 * an important job gets one retry more, an unimportant one fewer.
 *
 * - It starts after |delay − retries| seconds.
 * - Above medium priority it may be retried once more when it fails, below once less (never less than not at all).
 *
 * Use it as `policy: priorityWeighted`, for a handler or for a single job. It is applied once, at enqueue.
 */
export const priorityWeighted: EnqueuePolicy = ({ priority, delay, retries }) => ({
  delay: Math.abs(delay - retries),
  retries: Math.min(MAX_RETRIES, Math.max(0, retries + Math.sign(priority))),
})
