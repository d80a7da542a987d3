import { OffstageError } from '../../core/errors.ts'
import { Session } from './session.ts'
import type { MysqlPlace } from './url.ts'

/** A connection that nobody used for so long is closed: what is between here and the server may have forgotten it. */
const IDLE_MS = 30_000

interface Waiting {
  resolve: (session: Session) => void
  reject: (error: unknown) => void
}

/**
 * A small pool. Not the driver's: that one hands out connections before they are set up, waits without end for a
 * server that went silent, and fails a call when the server takes no more connections though one will be free soon.
 */
export class Connections {
  readonly #place: MysqlPlace
  readonly #idle: { session: Session; since: number }[] = []
  readonly #waiting: Waiting[] = []
  /** Open, or being opened. */
  #count = 0
  #closed = false
  #sweep: NodeJS.Timeout | undefined
  #emptied: (() => void) | undefined

  constructor(place: MysqlPlace) {
    this.#place = place
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
    if (free !== undefined) return Promise.resolve(free.session)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      if (this.#count < this.#place.connections) void this.#open()
    })
  }

  async #open(): Promise<void> {
    this.#count += 1
    let session: Session
    try {
      session = await Session.open(this.#place)
    } catch (error) {
      this.#removed()
      // Whoever waits for one that is lent may go on waiting, if the server only has no room for more.
      if (this.#count > 0 && isCrowded(error)) return
      // Without any other there is nobody left to serve those who wait.
      for (const { reject } of this.#waiting.splice(0, this.#count > 0 ? 1 : Infinity)) reject(error)
      return
    }
    session.onLost = () => this.#drop(session)
    this.#giveBack(session)
  }

  #giveBack(session: Session): void {
    if (!session.usable) {
      this.#removed()
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
    this.#idle.push({ session, since: performance.now() })
    this.#sweep ??= setInterval(() => this.#closeIdle(), IDLE_MS / 3).unref()
  }

  #closeIdle(): void {
    const oldest = performance.now() - IDLE_MS
    while (this.#idle[0] !== undefined && this.#idle[0].since < oldest) {
      const { session } = this.#idle.shift() as { session: Session }
      this.#removed()
      void session.end().catch(() => {})
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
  }

  #removed(): void {
    this.#count -= 1
    if (this.#count === 0) this.#emptied?.()
  }
}

function isCrowded(error: unknown): boolean {
  const number = ((error as Error).cause as { errno?: number } | undefined)?.errno
  return number === 1040 || number === 1203 || number === 1226
}

function closed(): OffstageError {
  return new OffstageError('CLOSED', 'the database connection is closed')
}
