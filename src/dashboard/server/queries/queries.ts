import type { ChangeEvent } from '../../api.ts'
import type { ReadInput, ReadName, ReadValue } from '../reads/reads.ts'

/** What runs reads: a process of its own, or this one where the database is in its memory. */
export interface Runner {
  /** The answer as JSON. */
  run(name: ReadName, input: ReadInput<ReadName>): Promise<Uint8Array>
  /** Tells of changes while it is on. */
  watch(on: boolean): void
  close(): Promise<void>
}

/** How long an answer may be given again to others who ask the same, unless something is known to have changed. */
const KEPT_MS = 1_000
const MOST_KEPT = 100

interface Kept {
  json: Promise<Uint8Array>
  until: number
}

/**
 * The dashboard's reads. Ten tabs on one page ask the same: one query answers them all. What was answered before a
 * change is given to nobody who asks after it.
 */
export class Queries {
  readonly #runner: Runner
  readonly #kept = new Map<string, Kept>()
  readonly #listeners = new Set<(event: ChangeEvent) => void>()

  /** @param start Makes the runner, which tells of changes. */
  constructor(start: (onChange: (event: ChangeEvent) => void) => Runner) {
    this.#runner = start((event) => {
      this.forget()
      for (const listener of this.#listeners) listener(event)
    })
  }

  /** @throws Problem, QUERY_TIMEOUT among them; OffstageError of the database. */
  json<Name extends ReadName>(name: Name, input: ReadInput<Name>): Promise<Uint8Array> {
    const key = `${name} ${JSON.stringify(input)}`
    const now = performance.now()
    const kept = this.#kept.get(key)
    if (kept !== undefined && kept.until > now) return kept.json
    const json = this.#runner.run(name, input as ReadInput<ReadName>)
    // Counted from now, not from the answer: what it shows is of now.
    this.#kept.set(key, { json, until: now + KEPT_MS })
    json.catch(() => this.#kept.delete(key))
    if (this.#kept.size > MOST_KEPT) this.#drop(now)
    return json
  }

  async value<Name extends ReadName>(name: Name, input: ReadInput<Name>): Promise<ReadValue<Name>> {
    return JSON.parse(new TextDecoder().decode(await this.json(name, input))) as ReadValue<Name>
  }

  /** Something has changed: what was answered before may be wrong. */
  forget(): void {
    this.#kept.clear()
  }

  /** Tells of changes, at most one a second, while anybody listens. Returns how to stop. */
  onChange(listener: (event: ChangeEvent) => void): () => void {
    this.#listeners.add(listener)
    if (this.#listeners.size === 1) this.#runner.watch(true)
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#runner.watch(false)
    }
  }

  async close(): Promise<void> {
    this.#listeners.clear()
    this.forget()
    await this.#runner.close()
  }

  #drop(now: number): void {
    for (const [key, { until }] of this.#kept) if (until <= now) this.#kept.delete(key)
    for (const key of this.#kept.keys()) {
      if (this.#kept.size <= MOST_KEPT) break
      this.#kept.delete(key)
    }
  }
}
