/** How long an answer may be given again. */
const KEPT_MS = 1_000

interface Entry<Value> {
  value: Promise<Value>
  until: number
}

/**
 * Answers that are given again for a second to those who ask the same, also while they are being made; until somebody
 * knows that something has changed.
 */
export class Kept<Value> {
  readonly #most: number
  readonly #now: () => number
  readonly #entries = new Map<string, Entry<Value>>()

  /**
   * @param most How many are kept.
   * @param now In ms, from any moment on.
   */
  constructor(most: number, now: () => number = () => performance.now()) {
    this.#most = most
    this.#now = now
  }

  /** @param isWorth Whether an answer is kept once it is there; one that failed never is. */
  of(key: string, ask: () => Promise<Value>, isWorth: (value: Value) => boolean = () => true): Promise<Value> {
    const now = this.#now()
    const kept = this.#entries.get(key)
    if (kept !== undefined && kept.until > now) return kept.value
    // Counted from now, not from the answer: what it shows is of now.
    const entry = { value: ask(), until: now + KEPT_MS }
    this.#entries.set(key, entry)
    const drop = () => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key)
    }
    entry.value.then((value) => isWorth(value) || drop(), drop)
    if (this.#entries.size > this.#most) this.#shrink(now)
    return entry.value
  }

  /** Something has changed: what was answered before may be wrong. */
  forget(): void {
    this.#entries.clear()
  }

  #shrink(now: number): void {
    for (const [key, { until }] of this.#entries) if (until <= now) this.#entries.delete(key)
    for (const key of this.#entries.keys()) {
      if (this.#entries.size <= this.#most) break
      this.#entries.delete(key)
    }
  }
}
