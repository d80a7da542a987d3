/** How failures of one kind slow the next try down. */
interface Limit {
  /** So many at once are free. */
  free: number
  /** After the last free one; twice as long after each further one. */
  firstWaitMs: number
  /** But never longer. */
  longestWaitMs: number
  /** One failure is forgotten each time that this has passed. */
  forgetMs: number
}

/**
 * An address is slowed down soon and long: whoever tries many passwords or many users comes from one. An email is
 * slowed down a little only, or anybody could keep its owner out from anywhere.
 */
const BY_ADDRESS: Limit = { free: 10, firstWaitMs: 2_000, longestWaitMs: 15 * 60_000, forgetMs: 5 * 60_000 }
const BY_EMAIL: Limit = { free: 5, firstWaitMs: 1_000, longestWaitMs: 60_000, forgetMs: 60_000 }

/** Addresses and emails that are remembered; of more, those that failed longest ago go. */
const MOST_KEPT = 20_000

interface Failures {
  /** How many, less what was forgotten since. */
  level: number
  at: number
  /** The next try is refused before this. */
  until: number
  /** Somebody was refused since. */
  told: boolean
}

export interface Slowed {
  retryAfterMs: number
  /** True for the first that is refused since the last failure: the one worth telling of. */
  first: boolean
}

/**
 * Slows down guessing, by address and by email; it never shuts anybody out for good.
 *
 * Kept in the memory of each server. Tries of strangers must not become writes to the database that the jobs are in;
 * and with N servers, or one that starts again, somebody gets N times a number that is small.
 */
export class Throttle {
  readonly #now: () => number
  /** In the order in which they failed last. */
  readonly #failures = new Map<string, Failures>()

  constructor(now: () => number) {
    this.#now = now
  }

  /**
   * Asks for one try. It counts as a failure at once, so that many at the same moment are no way round; `succeeded`
   * takes it back.
   * @returns how long to wait instead, when it is too early.
   */
  admit(address: string, email: string): Slowed | undefined {
    const now = this.#now()
    const keys = keysOf(address, email)
    const early = keys.flatMap(([key]) => this.#failures.get(key) ?? []).filter(({ until }) => until > now)
    if (early.length > 0) {
      const first = early.some(({ told }) => !told)
      for (const failures of early) failures.told = true
      return { retryAfterMs: Math.max(...early.map(({ until }) => until)) - now, first }
    }
    for (const [key, limit] of keys) this.#failed(key, limit, now)
    return undefined
  }

  /** The email is forgiven all; the address only this try, or an attacker's own account would wipe out the rest. */
  succeeded(address: string, email: string): void {
    this.#failures.delete(emailKey(email))
    const failures = this.#failures.get(addressKey(address))
    if (failures === undefined) return
    failures.level -= 1
    failures.until = 0
  }

  #failed(key: string, limit: Limit, now: number): void {
    const before = this.#failures.get(key)
    const left = before === undefined ? 0 : Math.max(0, before.level - (now - before.at) / limit.forgetMs)
    const level = left + 1
    const over = Math.round(level) - limit.free
    const wait = over < 0 ? 0 : Math.min(limit.longestWaitMs, limit.firstWaitMs * 2 ** Math.min(over, 30))
    this.#failures.delete(key)
    this.#failures.set(key, { level, at: now, until: now + wait, told: false })
    const [oldest = ''] = this.#failures.keys()
    if (this.#failures.size > MOST_KEPT) this.#failures.delete(oldest)
  }
}

type Key = [key: string, limit: Limit]

function addressKey(address: string): string {
  return `address ${network(address)}`
}

function emailKey(email: string): string {
  return `email ${email}`
}

/** Where no address is known (the app that embeds this did not tell), strangers must not slow each other down. */
function keysOf(address: string, email: string): Key[] {
  const byEmail: Key = [emailKey(email), BY_EMAIL]
  return address === '' ? [byEmail] : [[addressKey(address), BY_ADDRESS], byEmail]
}

/** Of IPv6 the first half: whoever has one address has all of that. */
function network(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail] = (address.split('%')[0] ?? '').toLowerCase().split('::', 2)
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0')
  return [...left, ...zeros, ...right]
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')
}
