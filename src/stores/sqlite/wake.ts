import { existsSync, type FSWatcher, watch } from 'node:fs'
import type { SqliteDatabase } from './database.ts'

/** The safety net under the watcher, and enough for who has time: how often the file is asked whether another process has written to it. */
const POLL_MS = 100
/** The same where the file cannot be watched. */
const POLL_ALONE_MS = 10
/** Writes that follow each other closer than this wake once at once and once at the end. */
const GATHER_MS = 1

/**
 * Tells when somebody may have written something: this process by `tell`, others through the operating system, which
 * reports writes to the write-ahead log in a quarter of a millisecond. Watches only while somebody listens; a busy
 * worker does not, since it looks by itself.
 */
export class Wake {
  #database: SqliteDatabase
  /** Each, and whether it is to hear at once. */
  #listeners = new Map<() => void, boolean>()
  #watcher: FSWatcher | undefined
  #poll: NodeJS.Timeout | undefined
  #gather: NodeJS.Timeout | undefined
  #again = false
  #version: number | undefined

  constructor(database: SqliteDatabase) {
    this.#database = database
  }

  on(listener: () => void, hurry?: 'soon'): () => void {
    const own = () => listener()
    this.#listeners.set(own, hurry === undefined)
    // The first to listen at all, or the first that is to hear at once.
    if (this.#listeners.size === 1 || (hurry === undefined && this.#watcher === undefined)) this.#start()
    return () => {
      if (this.#listeners.delete(own) && this.#listeners.size === 0) this.stop()
    }
  }

  tell(): void {
    for (const listener of this.#listeners.keys()) listener()
  }

  stop(): void {
    this.#watcher?.close()
    this.#watcher = undefined
    clearInterval(this.#poll)
    clearTimeout(this.#gather)
    this.#poll = this.#gather = undefined
  }

  #start(): void {
    const { path } = this.#database
    if (path === ':memory:') return
    if (this.#poll === undefined) this.#version = this.#dataVersion()
    const atOnce = [...this.#listeners.values()].includes(true)
    if (atOnce) this.#watcher = this.#watch(`${path}-wal`)
    const every = atOnce && this.#watcher === undefined ? POLL_ALONE_MS : POLL_MS
    clearInterval(this.#poll)
    this.#poll = setInterval(() => this.#check(), every).unref()
  }

  #watch(file: string): FSWatcher | undefined {
    if (!existsSync(file)) return undefined
    try {
      const watcher = watch(file, { persistent: false }, () => this.#gathered())
      watcher.on('error', () => watcher.close())
      return watcher
    } catch {
      // No watches left, or a file system without them: polling alone is slower, not wrong.
      return undefined
    }
  }

  #gathered(): void {
    if (this.#gather !== undefined) {
      this.#again = true
      return
    }
    this.tell()
    this.#gather = setTimeout(() => {
      this.#gather = undefined
      if (this.#again) {
        this.#again = false
        this.#gathered()
      }
    }, GATHER_MS)
    this.#gather.unref()
  }

  #check(): void {
    const version = this.#dataVersion()
    if (version === this.#version) return
    this.#version = version
    this.tell()
  }

  /** Changes when another connection has committed (https://sqlite.org/pragma.html#pragma_data_version). */
  #dataVersion(): number | undefined {
    if (!this.#database.raw.isOpen) return undefined
    return this.#database.query<{ data_version: number }>('pragma data_version')[0]?.data_version
  }
}
