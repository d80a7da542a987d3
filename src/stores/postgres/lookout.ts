import type { Claim } from '../../store/store.ts'
import type { PostgresDatabase } from './database.ts'

type Row = readonly [now: number, next: number | null, isReady: boolean]

/**
 * Looks before a claim that nobody has called for. A claim is one statement of fifteen parts, each of which is begun and
 * ended to find nothing; a worker that idles asks for one every second, for each kind of isolation. As long as the last one
 * found nothing and nobody has told of anything since, this looks first whether there is anything at all.
 */
export class Lookout {
  readonly #database: PostgresDatabase
  /** How often this store was told of something, so far. */
  readonly #told: () => number
  /** What that was before the last claim, if it found nothing. */
  #nothingAt: number | undefined

  constructor(database: PostgresDatabase, told: () => number) {
    this.#database = database
    this.#told = told
  }

  /** Makes a claim, unless there is nothing to be had. */
  async before(claim: () => Promise<Claim>): Promise<Claim> {
    const told = this.#told()
    const made = (this.#nothingAt === told ? await this.#look() : undefined) ?? (await claim())
    this.#nothingAt = made.jobs.length === 0 ? told : undefined
    return made
  }

  /** What a claim would find; undefined where there is something to be had, for whoever it may be. */
  async #look(): Promise<Claim | undefined> {
    const database = this.#database
    const statement = database.prepared(
      'look',
      () => `select ${database.clockSql('$1')} as now, (select min(run_at) from {delayed}) as next,
        exists (select from {ready} limit 1) as is_ready`,
    )
    const [row] = await database.hot<Row>(statement, [database.givenClock])
    const [now, next, isReady] = row as Row
    if (isReady || (next !== null && next <= now)) return undefined
    return { jobs: [], now, nextDueInMs: next === null ? undefined : next - now }
  }
}
