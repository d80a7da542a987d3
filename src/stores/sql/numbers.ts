import { OffstageError } from '../../core/errors.ts'

/**
 * The small integers that stand for names in other tables, as far as they were met. Neither is ever given to another, so
 * what was read once holds while the connections do. Behind a lost one there may be a standby now that lacks the last of
 * them, and has given their numbers to others: a job would be stored for a handler that nobody meant.
 */
export class Numbers {
  readonly #numbers = new Map<string, number>()
  readonly #names = new Map<number, string>()

  has(name: string): boolean {
    return this.#numbers.has(name)
  }

  hasNumber(number: number): boolean {
    return this.#names.has(number)
  }

  set(name: string, number: number): void {
    this.#numbers.set(name, number)
    this.#names.set(number, name)
  }

  number(name: string): number {
    return this.#numbers.get(name) ?? gone()
  }

  name(number: number): string {
    return this.#names.get(number) ?? gone()
  }

  /** Forgets what is not so any more. What is met while `read` asks for all that there is was not in doubt. */
  async verify(read: () => Promise<Iterable<readonly [name: string, number: number]>>): Promise<void> {
    const doubtful = [...this.#numbers.keys()]
    const found = new Map(await read())
    for (const name of doubtful) {
      const number = this.#numbers.get(name) as number
      if (found.get(name) === number) continue
      this.#numbers.delete(name)
      this.#names.delete(number)
    }
    for (const [name, number] of found) this.set(name, number)
  }
}

function gone(): never {
  throw new OffstageError('DATABASE_BUSY', 'the database has lost a name that it had; try again', { transient: true })
}
