/** What `offstage doctor` and `offstage migrate --dry-run` want to know of a database, read without changing it. */
export interface Inspection {
  exists: boolean
  /** The schema's version; 0 when there is none yet. */
  version: number
  /** Tables and columns that its version should have and somebody has removed, in words. */
  missing: string[]
  /** All that this version of the package knows, oldest first. */
  migrations: readonly { version: number; name: string; statements: readonly string[] }[]
  /** Where the database is a file. */
  file: FileFacts | undefined
  /** Where it is a server's. */
  server: ServerFacts | undefined
  /** Since when the oldest due job of a queue that is not paused waits, in ms since 1970. */
  oldestReadyAt: number | undefined
  /** Every handler that a stored job has named. */
  handlers: { class: string; method: string }[]
  /** True when a job that is pending has secrets in its arguments; looks at the next 10,000. */
  hasSecrets: boolean
}

export interface FileFacts {
  /** Undefined for a database in memory. */
  path: string | undefined
  journalMode: string
  synchronous: 'normal' | 'full'
  /** What the database's own check of itself found. */
  problems: string[]
}

export interface ServerFacts {
  /** What it calls itself: `PostgreSQL 17.2`, `MariaDB 10.11.6`. */
  product: string
  /** Where it is, as it may be shown: `127.0.0.1:5432/app`. */
  place: string
  readOnly: boolean
  roundTripMs: number
  /** How far its clock is before that of this machine; less than the round trip is nothing. */
  clockAheadMs: number
  /** What an answer promises to be on disk is not, with each of these: what is lost, and the setting that would keep it. */
  unsafe: { setting: string; loses: string; safe: string }[]
  /** Connections of all programs, and how many there can be; undefined where this user may not see that. */
  connections: { open: number; most: number } | undefined
  /** The transaction of any program that has been open for longest. */
  longest: { ms: number; who: string } | undefined
  /** Whoever may still look at the oldest state of the rows, and how many transactions ago that was. */
  oldest: { transactions: number; who: string } | undefined
  /** Rows that are gone and still there, and the room that a hot table takes on the disk, where that is known. */
  dead: { table: string; dead: number; live: number; bytes?: number }[]
  /** What is wrong with the tables' indexes, in words. */
  indexes: string[]
  /** Jobs that are held by workers whose lease has ended: the next look of any worker takes them over. */
  orphans: number
  /** What this user would have to be granted: `insert on offstage.job`. */
  lacking: string[]
  /** What only this kind of server can have, and would better not. */
  hints: { check: string; message: string; remedy: string }[]
}
