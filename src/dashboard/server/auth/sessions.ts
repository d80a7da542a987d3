import { type AccessStore, LONGEST, type Session, type User } from '../../../store/access.ts'
import { plainText } from './plain-text.ts'
import { hashSecret, looksRandom, randomSecret } from './random-secret.ts'

export interface SessionTimes {
  /** A session that is not used for so long has ended; default 12 hours. */
  idleMs: number
  /** However much it is used, it ends after so long; default 30 days. */
  longestMs: number
}

export const SESSION_TIMES: SessionTimes = { idleMs: 12 * 3_600_000, longestMs: 30 * 86_400_000 }

/** How often the store is told that a session goes on: a page asks many times a minute. */
const TOUCH_EVERY_MS = 60_000

/** Where a request comes from, as it is kept with sessions and the audit log. */
export interface Client {
  address: string
  agent: string
}

/** A browser that is signed in. Only the hash of its cookie is stored. */
export class Sessions {
  readonly #access: AccessStore
  readonly #now: () => number
  readonly #times: SessionTimes

  constructor(access: AccessStore, now: () => number, times: SessionTimes = SESSION_TIMES) {
    this.#access = access
    this.#now = now
    this.#times = times
  }

  /** How long a browser needs to keep the cookie. */
  get longestMs(): number {
    return this.#times.longestMs
  }

  /** Begins a session; `cookie` goes to the browser and is known to nobody else. */
  async begin(userId: string, client: Client): Promise<{ session: Session; cookie: string }> {
    const cookie = randomSecret()
    const now = this.#now()
    const session: Session = {
      id: hashSecret(cookie),
      userId,
      createdAt: new Date(now),
      seenAt: new Date(now),
      expiresAt: new Date(this.#expiry(now, now)),
      address: client.address.slice(0, LONGEST.address),
      agent: plainText(client.agent, LONGEST.agent),
    }
    await this.#access.addSession(session)
    return { session, cookie }
  }

  /** The session of a cookie, with its user, if both are still good; it goes on from now. */
  async find(cookie: string): Promise<{ session: Session; user: User } | undefined> {
    if (!looksRandom(cookie)) return undefined
    const session = await this.#access.session(hashSecret(cookie))
    const now = this.#now()
    if (session === undefined || session.expiresAt.getTime() <= now) return undefined
    const user = await this.#access.userById(session.userId)
    if (user === undefined || user.disabledAt !== null) return undefined
    if (now - session.seenAt.getTime() < Math.min(TOUCH_EVERY_MS, this.#times.idleMs / 4)) return { session, user }
    const seen = { seenAt: new Date(now), expiresAt: new Date(this.#expiry(now, session.createdAt.getTime())) }
    await this.#access.touchSession(session.id, seen.seenAt, seen.expiresAt)
    return { session: { ...session, ...seen }, user }
  }

  #expiry(now: number, createdAt: number): number {
    return Math.min(now + this.#times.idleMs, createdAt + this.#times.longestMs)
  }
}
