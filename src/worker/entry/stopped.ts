import type { JobError } from '../../core/job.ts'
import type { Outcome } from '../../core/outcome.ts'
import type { StopReason } from '../runtime/runtime.ts'

/** What an attempt that was stopped comes to. `error` is what its code threw on the way out, if that says more. */
export function stoppedOutcome(reason: StopReason, error?: JobError): Outcome {
  switch (reason) {
    case 'cancelled':
      return { kind: 'cancelled', error }
    case 'released':
      return { kind: 'released' }
    case 'timed_out':
      return {
        kind: 'timed_out',
        error: {
          name: 'TimeoutError',
          message: 'the attempt ran longer than its timeout allows',
          ...(error && { cause: error }),
        },
      }
    default:
      throw new Error(`no such reason: ${reason satisfies never}`)
  }
}
