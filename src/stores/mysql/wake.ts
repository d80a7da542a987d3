import type { MysqlDatabase } from './database.ts'

/** How often is looked while there has just been work, and when there has been none for two seconds. */
const SOON_MS = 5
const IDLE_MS = 100
/** Each wait is longer than the one before by this. */
const LONGER = 1.05
/** The same while the server is away. */
const AWAY_MS = 500

/**
 * What changes when there may be work: the last job, what is first in line, what people asked for; and when a job ended,
 * for those who wait for one. Each is the end of an index: the look costs the same beside a hundred million jobs.
 */
const look = `select concat_ws(' ', (select max(seq) from offstage_job), (select n from offstage_signal where one = 1),
    (select concat(queue, ' ', \`rank\`, ' ', run_at, ' ', id) from offstage_ready
      order by queue, \`rank\`, run_at, id limit 1)) as work,
  concat_ws(' ', (select max(finished_at) from offstage_attempt where status = 'completed'),
    (select max(finished_at) from offstage_attempt where status = 'failed'),
    (select max(finished_at) from offstage_attempt where status = 'cancelled')) as ended`

interface Seen {
  work: string
  ended: string
}

/**
 * Tells when somebody may have written something: this process by `tell`, others by looking, since the server tells
 * nobody. Looks only while somebody listens; a busy worker does not, since it looks by itself.
 */
export class Wake {
  readonly #database: MysqlDatabase
  readonly #listeners = new Set<() => void>()
  #timer: NodeJS.Timeout | undefined
  #everyMs = SOON_MS
  #seen: Seen | undefined
  #looking = false

  constructor(database: MysqlDatabase) {
    this.#database = database
  }

  on(listener: () => void): () => void {
    const own = () => listener()
    this.#listeners.add(own)
    if (this.#listeners.size === 1) {
      this.#everyMs = SOON_MS
      this.#next(0)
    }
    return () => {
      if (this.#listeners.delete(own) && this.#listeners.size === 0) this.stop()
    }
  }

  tell(): void {
    for (const listener of this.#listeners) listener()
  }

  /** Leaves word for those who look from other processes. */
  async signal(): Promise<void> {
    const text = 'update offstage_signal set n = n + 1 where one = 1'
    await this.#database.pool.use((session) => session.query(text))
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #next(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#look(), ms).unref()
  }

  async #look(): Promise<void> {
    // One that is still on its way goes on by itself.
    if (this.#looking) return
    this.#looking = true
    try {
      const [seen] = (await this.#database.pool.use((session) => session.query(look))) as [Seen]
      // The first look finds a change, or there was none since the last: what was written in between is never missed.
      const before = this.#seen
      this.#seen = seen
      // Where jobs end all the time, those who wait for work need not be called as soon as for work.
      this.#everyMs = seen.work === before?.work ? Math.min(IDLE_MS, this.#everyMs * LONGER) : SOON_MS
      if (seen.work !== before?.work || seen.ended !== before.ended) this.tell()
    } catch {
      // Whoever listens looks by itself too, and is told there what is wrong.
      this.#everyMs = AWAY_MS
    } finally {
      this.#looking = false
      if (this.#listeners.size > 0) this.#next(this.#everyMs)
    }
  }
}
