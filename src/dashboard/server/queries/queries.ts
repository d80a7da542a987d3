import type { ChangeEvent } from '../../api.ts'
import { Kept } from '../kept.ts'
import type { ReadInput, ReadName, ReadValue } from '../reads/reads.ts'

/** What runs reads: a process of its own, or this one where the database is in its memory. */
export interface Runner {
  /** The answer as JSON. */
  run(name: ReadName, input: ReadInput<ReadName>): Promise<Uint8Array>
  /** Tells of changes while it is on. */
  watch(on: boolean): void
  close(): Promise<void>
}

const MOST_KEPT = 100

/**
 * The dashboard's reads. Ten tabs on one page ask the same: one query answers them all. What was answered before a
 * change is given to nobody who asks after it.
 */
export class Queries {
  readonly #runner: Runner
  readonly #kept = new Kept<Uint8Array>(MOST_KEPT)
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
    const run = () => this.#runner.run(name, input as ReadInput<ReadName>)
    return this.#kept.of(`${name} ${JSON.stringify(input)}`, run)
  }

  async value<Name extends ReadName>(name: Name, input: ReadInput<Name>): Promise<ReadValue<Name>> {
    return JSON.parse(new TextDecoder().decode(await this.json(name, input))) as ReadValue<Name>
  }

  /** Something has changed: what was answered before may be wrong. */
  forget(): void {
    this.#kept.forget()
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
}
