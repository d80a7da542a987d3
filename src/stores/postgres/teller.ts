import { setTimeout as sleep } from 'node:timers/promises'

/** Who has stored nothing for so long has its next transaction tell by itself. */
const QUIET_MS = 1_000
/** In the long run it takes a twenty-fifth of the time to tell: what is stored meanwhile is told of together. */
const TIMES_APART = 25
/** Who has told little for a while tells of the next ones at once: of so much time's worth. Jobs do not come evenly. */
const SAVED_MS = 250
/** However long it takes: so late may somebody who waits hear of a job. */
const MOST_APART_MS = 20

/**
 * When the others are told of what is stored. A transaction that notifies waits for its turn to commit, and keeps it while
 * the disk is written: whoever stores one job after the other would hold up all who do the same. So only the first in a
 * while tells by itself, which takes no message of its own and is sure; those that follow are told of behind their commit,
 * in a transaction that writes nothing. What is then not told, since this process ends, is found by those who look.
 */
export class Teller {
  readonly #tell: () => Promise<unknown>
  #storedAt = Number.NEGATIVE_INFINITY
  #work: Promise<void> | undefined
  #more = false
  /** When it may be told again; as long as that is past, there is time to spare. */
  #next = 0

  constructor(tell: () => Promise<unknown>) {
    this.#tell = tell
  }

  /** Whether the transaction that is about to begin is to tell by itself. If not, `soon` is to be called behind it. */
  goesAlong(): boolean {
    const now = performance.now()
    const isFirst = now - this.#storedAt > QUIET_MS
    this.#storedAt = now
    return isFirst
  }

  /** Tells of what has been committed by now, together with what is committed a moment later. */
  soon(): void {
    this.#more = true
    this.#work ??= this.#send()
  }

  /** Resolves when all has been told. */
  async told(): Promise<void> {
    await this.#work
  }

  async #send(): Promise<void> {
    while (this.#more) {
      this.#more = false
      const beganAt = performance.now()
      await this.#tell().catch(() => {})
      const now = performance.now()
      this.#next = Math.max(this.#next, now - SAVED_MS) + TIMES_APART * (now - beganAt)
      this.#next = Math.min(this.#next, now + MOST_APART_MS)
      if (this.#next > now) await sleep(this.#next - now)
    }
    this.#work = undefined
  }
}
