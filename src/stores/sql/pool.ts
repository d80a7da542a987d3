import { OffstageError } from '../../core/errors.ts'

/** A connection that nobody used for so long is closed: what is between here and the server may have forgotten it. */
const IDLE_MS = 30_000

/** One connection to a server, as a {@link Pool} keeps it. */
export interface PooledSession {
  /** False when it can no longer be used. */
  readonly usable: boolean
  /** Called when the connection is lost while nobody uses it. */
  onLost: () => void
  /** Lets the process end while nobody uses it, and keeps it from that again. */
  hold(held: boolean): void
  /** Takes leave of the server. */
  end(): Promise<void>
  destroy(): void
}

export interface PoolOptions<Session> {
  /** How many connections at most. */
  size: number
  /** @throws OffstageError what keeps it from being opened. */
  open: () => Promise<Session>
  /** True when the server refuses only for want of room: one that is lent will be free soon. */
  isCrowded: (error: unknown) => boolean
}

interface Waiting<Session> {
  resolve: (session: Session) => void
  reject: (error: unknown) => void
}

/**
 * A small pool. Not a driver's own: those wait without end for a server that went silent, and fail a call when the
 * server takes no more connections though one of the pool's own will be free soon.
 */
export class Pool<Session extends PooledSession> {
  readonly #options: PoolOptions<Session>
  readonly #idle: { session: Session; since: number }[] = []
  readonly #waiting: Waiting<Session>[] = []
  /** Open, or being opened. */
  #count = 0
  #closed = false
  #sweep: NodeJS.Timeout | undefined
  #emptied: (() => void) | undefined
  /** Called when a connection was lost: the next one may lead to another server. */
  onLoss: () => void = () => {}

  constructor(options: PoolOptions<Session>) {
    this.#options = options
  }

  /** How many more can be lent at once; some may have to be opened for it. */
  get free(): number {
    return Math.max(0, this.#options.size - this.#count + this.#idle.length - this.#waiting.length)
  }

  /** Lends a connection to `work`; callers take their turns when all are lent. @throws OffstageError */
  async use<Value>(work: (session: Session) => Promise<Value>): Promise<Value> {
    const session = await this.#take()
    try {
      return await work(session)
    } finally {
      this.#giveBack(session)
    }
  }

  /** What is lent comes back first. */
  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#sweep)
    for (const { reject } of this.#waiting.splice(0)) reject(closed())
    const idle = this.#idle.splice(0)
    this.#count -= idle.length
    await Promise.all(idle.map(({ session }) => session.end()))
    if (this.#count > 0) await new Promise<void>((resolve) => (this.#emptied = resolve))
  }

  #take(): Promise<Session> {
    if (this.#closed) return Promise.reject(closed())
    const free = this.#idle.pop()
    if (free !== undefined) {
      free.session.hold(true)
      return Promise.resolve(free.session)
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      if (this.#count < this.#options.size) void this.#open()
    })
  }

  async #open(): Promise<void> {
    this.#count += 1
    let session: Session
    try {
      session = await this.#options.open()
    } catch (error) {
      this.#removed()
      // Whoever waits for one that is lent may go on waiting, if the server only has no room for more.
      if (this.#count > 0 && this.#options.isCrowded(error)) return
      // Without any other there is nobody left to serve those who wait.
      for (const { reject } of this.#waiting.splice(0, this.#count > 0 ? 1 : Number.POSITIVE_INFINITY)) reject(error)
      return
    }
    session.onLost = () => this.#drop(session)
    this.#giveBack(session)
  }

  #giveBack(session: Session): void {
    if (!session.usable) {
      this.#removed()
      this.onLoss()
      // It fell silent, or the server went away: the others have most likely met the same fate.
      for (const { session: other } of this.#idle.splice(0)) {
        other.destroy()
        this.#removed()
      }
      if (this.#waiting.length > 0 && !this.#closed) void this.#open()
      return
    }
    if (this.#closed) {
      void session.end().finally(() => this.#removed())
      return
    }
    const next = this.#waiting.shift()
    if (next !== undefined) {
      next.resolve(session)
      return
    }
    session.hold(false)
    this.#idle.push({ session, since: performance.now() })
    this.#sweep ??= setInterval(() => this.#closeIdle(), IDLE_MS / 3).unref()
  }

  #closeIdle(): void {
    const oldest = performance.now() - IDLE_MS
    while (this.#idle[0] !== undefined && this.#idle[0].since < oldest) {
      const { session } = this.#idle.shift() as { session: Session }
      this.#removed()
      void session.end()
    }
    if (this.#count > 0) return
    clearInterval(this.#sweep)
    this.#sweep = undefined
  }

  /** The server has ended one that nobody used. */
  #drop(session: Session): void {
    const index = this.#idle.findIndex((entry) => entry.session === session)
    if (index === -1) return
    this.#idle.splice(index, 1)
    this.#removed()
    this.onLoss()
  }

  #removed(): void {
    this.#count -= 1
    if (this.#count === 0) this.#emptied?.()
  }
}

function closed(): OffstageError {
  return new OffstageError('CLOSED', 'the database connection is closed')
}
