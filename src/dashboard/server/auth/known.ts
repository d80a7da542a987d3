import { hashSecret } from './random-secret.ts'
import { Refused } from './refused.ts'

/** How long a browser is taken for whom it was found to be. */
const KNOWN_MS = 1_000
const MOST_KNOWN = 1_000

/**
 * Whose browsers are, for a moment. A page asks several things at once, and to find out whose each is takes three
 * questions to the database, one after the other. Only for what is looked at, never for what changes something.
 */
export class Known<Who> {
  readonly #now: () => number
  readonly #known = new Map<string, { who: Promise<Who>; until: number }>()

  /** @param now In ms, from any moment on. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /**
   * @param cookie Of the browser; only its hash is kept.
   * @param find Asks the database. Who is refused is asked again the next time.
   */
  of(cookie: string, find: () => Promise<Who>): Promise<Who> {
    const key = hashSecret(cookie)
    const known = this.#known.get(key)
    if (known !== undefined && known.until > this.#now()) return known.who
    if (this.#known.size >= MOST_KNOWN) this.forget()
    const who = find()
    const entry = { who, until: this.#now() + KNOWN_MS }
    this.#known.set(key, entry)
    const drop = () => {
      if (this.#known.get(key) === entry) this.#known.delete(key)
    }
    who.then((found) => found instanceof Refused && drop(), drop)
    return who
  }

  /** Somebody may have been signed out, or may do something else from now on. */
  forget(): void {
    this.#known.clear()
  }
}
