import type { Outcome } from '../../core/outcome.ts'
import type { Registry } from '../../core/registry.ts'
import { captureConsole } from '../entry/capture.ts'
import { type Execution, runAttempt } from '../entry/run-attempt.ts'
import { stoppedOutcome } from '../entry/stopped.ts'
import type { RunningAttempt, Runtime, StopReason } from './runtime.ts'
import { StoppableAttempt } from './stoppable.ts'

/**
 * Runs attempts in the worker's own event loop, many at once. Code that ignores its signal cannot be ended here: after
 * the grace it is given up, and whatever it still tells is dropped.
 */
export function createInlineRuntime({ registry }: { registry: Registry }): Runtime {
  captureConsole()
  // A list, not a Set: what is put into a long-lived Set and taken out again for each job piles up in the old heap.
  const running: InlineAttempt[] = []
  return {
    start(input, hooks) {
      hooks.onStart?.()
      const execution = runAttempt(registry, input, hooks)
      const { outcome } = execution
      if (!(outcome instanceof Promise)) return new Done(outcome)
      const attempt = new InlineAttempt(execution)
      attempt.place = running.push(attempt) - 1
      outcome.then((value) => {
        const last = running.pop() as InlineAttempt
        if (last !== attempt) {
          running[attempt.place] = last
          last.place = attempt.place
        }
        attempt.settle(value)
      })
      return attempt
    },
    async close() {
      for (const attempt of running) attempt.stop('released', 0)
    },
  }
}

class InlineAttempt extends StoppableAttempt {
  readonly #execution: Execution
  /** Where it stands among those that run. */
  place = 0

  constructor(execution: Execution) {
    super()
    this.#execution = execution
  }

  protected override abort(reason: StopReason): void {
    this.#execution.abort(reason)
  }

  protected override giveUp(reason: StopReason): void {
    this.#execution.abandon()
    this.settle(stoppedOutcome(reason))
  }
}

/** An attempt that was over as soon as it had begun. */
class Done implements RunningAttempt {
  readonly outcome: Outcome

  constructor(outcome: Outcome) {
    this.outcome = outcome
  }

  stop(): void {}
}
