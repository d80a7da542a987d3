import type { Store } from '../store/store.ts'

/** After so many rounds in a row that found work, the worker stops listening: it looks by itself. */
const BUSY_ROUNDS = 20

/** Listens for news from the store while the worker has room for more; hearing of every write costs a busy one much. */
export class Listener {
  readonly #store: Store
  readonly #hear: () => void
  #unlisten: (() => void) | undefined
  #busyRounds = 0

  constructor(store: Store, hear: () => void) {
    this.#store = store
    this.#hear = hear
  }

  /** True while the worker has room, found nothing more for it, and waits for news. */
  get isListening(): boolean {
    return this.#unlisten !== undefined
  }

  /** Returns true when it has just begun: what was written before that told nobody, so look once more. */
  after(round: { found: number; hungry: boolean }): boolean {
    this.#busyRounds = round.found > 0 ? this.#busyRounds + 1 : 0
    const busy = this.#busyRounds > BUSY_ROUNDS
    if (busy) this.stop()
    if (busy || !round.hungry || this.#unlisten !== undefined) return false
    this.#unlisten = this.#store.onWake(this.#hear)
    return true
  }

  stop(): void {
    this.#unlisten?.()
    this.#unlisten = undefined
  }
}
