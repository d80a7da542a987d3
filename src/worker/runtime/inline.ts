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
  const running = new Set<InlineAttempt>()
  return {
    start(input, hooks) {
      hooks.onStart?.()
      const execution = runAttempt(registry, input, hooks)
      const { outcome } = execution
      if (!(outcome instanceof Promise)) return new Done(outcome)
      const attempt = new InlineAttempt(execution)
      running.add(attempt)
      outcome.then((value) => {
        running.delete(attempt)
        attempt.settle(value)
      })
      return attempt
    },
    async close() {
      for (const attempt of running) attempt.stop('released', 0)
      running.clear()
    },
  }
}

class InlineAttempt extends StoppableAttempt {
  readonly #execution: Execution

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
