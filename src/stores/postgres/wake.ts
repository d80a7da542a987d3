import { randomBytes } from 'node:crypto'
import { type Statement, sql } from '../sql/database.ts'
import type { PostgresDatabase } from './database.ts'
import { Session } from './session.ts'
import { Teller } from './teller.ts'

/** How a statement tells the others of new work. */
export interface WakeSign {
  /** The channel of NOTIFY; empty when nobody is to be told. */
  channel: string
  /** Who tells: this store has heard of it already. */
  sender: string
}

/** How often the connection is asked for a sign of life: one that fell silent is noticed within twice that. */
const CHECK_MS = 5_000
/** How soon a lost connection is made again; twice as long each time that it fails. */
const FIRST_MS = 100
const LONGEST_MS = 5_000
/** How long the connection is kept when nobody listens: a worker stops and starts listening as its work comes. */
const KEEP_MS = 30_000

/**
 * Tells when somebody may have written something: this process by `tell`, others by LISTEN and NOTIFY on a connection
 * of their own, while somebody listens. What was told while there was no connection is lost, so everybody looks when
 * there is one again; and as a safety net they look from time to time anyway.
 */
export class Wake implements WakeSign {
  readonly channel: string
  readonly sender = randomBytes(6).toString('hex')
  readonly #database: PostgresDatabase
  readonly #listeners = new Set<() => void>()
  readonly #teller = new Teller(() => this.#tellOthers())
  /** How often somebody was told here. */
  told = 0
  #session: Session | undefined
  #listening = false
  /** The one thing at a time that is done with the connection. */
  #work: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #again = false
  #failures = 0
  #stopped = false

  constructor(database: PostgresDatabase) {
    this.#database = database
    const { notify, schema } = database.place
    this.channel = notify ? `offstage_${schema}` : ''
  }

  /** Tells the others when its transaction commits. */
  get statement(): Statement {
    return sql`select pg_notify(${this.channel}, ${this.sender})`
  }

  /** Whether anybody here waits for news. */
  get isHeard(): boolean {
    return this.#listeners.size > 0
  }

  on(listener: () => void): () => void {
    const own = () => listener()
    this.#listeners.add(own)
    if (this.#listeners.size === 1) this.#look()
    return () => {
      if (this.#listeners.delete(own) && this.#listeners.size === 0) this.#look()
    }
  }

  tell(): void {
    this.told += 1
    for (const listener of [...this.#listeners]) listener()
  }

  /** Tells everybody, here and elsewhere. */
  async tellAll(): Promise<void> {
    this.tell()
    await this.#tellOthers()
  }

  async #tellOthers(): Promise<void> {
    if (this.channel === '') return
    const database = this.#database
    const tell = database.prepared('tell', () => 'select pg_notify($1, $2)::text')
    await database.hot(tell, [this.channel, this.sender])
  }

  /** What the transaction that is about to begin has to say, if it is to tell the others; if not, tell them `soon`. */
  along(): WakeSign | undefined {
    return this.channel !== '' && this.#teller.goesAlong() ? this : undefined
  }

  /** Tells the others of what has been committed, before long. */
  soon(): void {
    if (this.channel !== '') this.#teller.soon()
  }

  async stop(): Promise<void> {
    await this.#teller.told()
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#work
    await this.#close()
  }

  /** Somebody has begun or stopped to listen. What is under way may have looked before that: then once more behind it. */
  #look(): void {
    if (this.#work === undefined) this.#soon(0)
    else this.#again = true
  }

  #soon(ms: number): void {
    if (this.channel === '' || this.#stopped) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#next(), ms)
    this.#timer.unref()
  }

  #next(): void {
    this.#work ??= this.#step().then((ms) => this.#done(ms))
  }

  #done(ms: number | undefined): void {
    this.#work = undefined
    if (this.#again) this.#soon(0)
    else if (ms !== undefined) this.#soon(ms)
    this.#again = false
  }

  /** Brings the connection to where it should be; returns when to look again. */
  async #step(): Promise<number | undefined> {
    const wanted = this.#listeners.size > 0
    try {
      if (wanted && this.#session === undefined) await this.#open()
      const session = this.#session
      if (session === undefined) return undefined
      if (wanted === this.#listening) {
        if (!wanted) return await this.#close()
        await this.#ask(session, 'select 1')
      } else if (wanted) {
        await this.#ask(session, `listen "${this.channel}"`)
        this.#listening = true
        // What was written before has told nobody here.
        this.tell()
      } else {
        await this.#ask(session, `unlisten "${this.channel}"`)
        this.#listening = false
      }
      this.#failures = 0
    } catch {
      // Whoever listens looks by itself meanwhile, and hears from its own calls what is wrong.
      await this.#close()
      this.#failures += 1
      return Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.#failures, 10)) * (0.5 + Math.random() / 2)
    }
    const isWanted = this.#listeners.size > 0
    if (isWanted !== this.#listening) return 0
    return isWanted ? CHECK_MS : KEEP_MS
  }

  async #open(): Promise<void> {
    const session = await Session.open(this.#database.place)
    session.hold(false)
    session.onLost = () => {
      if (this.#session !== session) return
      this.#session = undefined
      this.#listening = false
      this.#soon(FIRST_MS * Math.random())
    }
    session.onNotice = (sender) => {
      if (sender !== this.sender) this.tell()
    }
    this.#session = session
  }

  async #ask(session: Session, text: string): Promise<void> {
    await session.query(text, [], Math.min(CHECK_MS, this.#database.place.timeoutMs))
  }

  async #close(): Promise<undefined> {
    const session = this.#session
    this.#session = undefined
    this.#listening = false
    await session?.end()
  }
}
