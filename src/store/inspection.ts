/** What `offstage doctor` and `offstage migrate --dry-run` want to know of a database, read without changing it. */
export interface Inspection {
  exists: boolean
  /** The file, where the database is one. */
  file: string | undefined
  /** The schema's version; 0 when there is none yet. */
  version: number
  /** All that this version of the package knows, oldest first. */
  migrations: readonly { version: number; name: string; statements: readonly string[] }[]
  journalMode: string
  synchronous: 'normal' | 'full'
  /** What the database's own check of itself found. */
  problems: string[]
  /** Since when the oldest due job of a queue that is not paused waits, in ms since 1970. */
  oldestReadyAt: number | undefined
  /** Every handler that a stored job has named. */
  handlers: { class: string; method: string }[]
  /** True when a job that is pending has secrets in its arguments; looks at the next 10,000. */
  hasSecrets: boolean
}
