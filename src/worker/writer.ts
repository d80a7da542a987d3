import type { Recorder } from './recorder.ts'
import type { Settler } from './settler.ts'

/**
 * Writes what attempts tell, then what they came to: in this order, since the end of an attempt takes its fence away.
 * One flush at a time: two would write the same twice.
 */
export class Writer {
  readonly #recorder: Recorder
  readonly #settler: Settler
  #flushing: Promise<void> | undefined

  constructor(recorder: Recorder, settler: Settler) {
    this.#recorder = recorder
    this.#settler = settler
  }

  /** Writes all there is. @throws what the store throws; nothing is lost by it. */
  async flush(): Promise<void> {
    while (this.#flushing !== undefined) await this.#flushing
    this.#flushing = this.#write()
    try {
      await this.#flushing
    } finally {
      this.#flushing = undefined
    }
  }

  async #write(): Promise<void> {
    // What ends while the records are on their way has told more meanwhile: that is for the next flush.
    const ended = this.#settler.size
    await this.#recorder.flush()
    await this.#settler.flush(ended)
  }
}
