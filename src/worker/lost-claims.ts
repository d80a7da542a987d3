import type { AttemptRef, Lease, Store } from '../store/store.ts'

/** A request may reach the database long after its caller has given it up: so long it is looked for. */
const LONGEST_WAIT_MS = 60_000
const FIRST_WAIT_MS = 500

/**
 * Claims whose answer was lost. What they took, if they took anything, is held by a lease that is alive, so nobody else
 * would ever run it: it is given back.
 */
export class LostClaims {
  readonly #store: Store
  #claims: { lease: Lease; claim: number; lookAt: number; waitMs: number }[] = []

  constructor(store: Store) {
    this.#store = store
  }

  add(lease: Lease, claim: number): void {
    this.#claims.push({ lease, claim, lookAt: performance.now(), waitMs: FIRST_WAIT_MS })
  }

  /** What such claims hold; each is looked at once at first, then ever less often for two minutes. */
  async find(): Promise<{ job: AttemptRef; lease: Lease }[]> {
    if (this.#claims.length === 0) return []
    const found: { job: AttemptRef; lease: Lease }[] = []
    const now = performance.now()
    for (const entry of this.#claims) {
      if (entry.lookAt > now) continue
      const { lease, claim, waitMs } = entry
      for (const job of await this.#store.held(lease, claim)) found.push({ job, lease })
      entry.lookAt = now + waitMs
      entry.waitMs = waitMs * 2
    }
    this.#claims = this.#claims.filter(({ waitMs }) => waitMs <= LONGEST_WAIT_MS)
    return found
  }
}
