import type { Lease, Settlement } from '../../store/store.ts'
import type { Ahead } from './ahead.ts'
import type { PostgresDatabase } from './database.ts'
import type { Session } from './session.ts'
import { type Entry, isPlain, settlingRows } from './settle-rows.ts'
import type { WakeSign } from './wake.ts'

/** What of a batch is held by rows in `ahead`, under one lease. */
interface HeldAhead {
  lease: Lease
  completed: readonly Entry[]
  /** What came to something else needs a row of its own first. */
  others: readonly Entry[]
}

/** Writes what attempts came to. */
export class Settler {
  readonly #database: PostgresDatabase
  readonly #wake: WakeSign
  readonly #ahead: Ahead

  constructor(database: PostgresDatabase, wake: WakeSign, ahead: Ahead) {
    this.#database = database
    this.#wake = wake
    this.#ahead = ahead
  }

  /**
   * Applies a batch, all of it or nothing. The fence is the row that holds the job: its own in `running`, or that of its
   * claim in `ahead`. Returns the positions of those that had lost it before.
   */
  async settle(batch: readonly Settlement[]): Promise<number[]> {
    if (batch.length === 0) return []
    const entries = batch.map((settlement, place) => ({ place, settlement }))
    let left = await this.#settleSome(entries)
    // They may be held by the rows of claims that this process does not know.
    if (left.length > 0) left = await this.#database.inTransaction((session) => this.#lookAgain(session, left))
    return left.map(({ place }) => place)
  }

  /** @returns Those that are left. */
  async #settleSome(entries: readonly Entry[]): Promise<readonly Entry[]> {
    const ahead = this.#heldAhead(entries)
    const done = new Set(ahead?.completed)
    const rest = done.size === 0 ? entries : entries.filter((entry) => !done.has(entry))
    const rounds = inRounds(rest)
    const leaving = ahead && this.#leaving(ahead)
    const { pool, place, longPatience } = this.#database
    if (rounds.length > 1) {
      return await this.#database.inTransaction(async (session) => {
        const rows = leaving && (await session.ask(leaving.question.statement, leaving.question.values, longPatience))
        const isDone = rows === undefined || leaving?.done(rows)
        return await this.#settleRounds(session, isDone ? rest : entries, rounds)
      })
    }
    const own = rounds[0] && settlingRows(this.#database, this.#wake, rounds[0])
    const questions = [leaving?.question, own?.question].filter((question) => question !== undefined)
    const answers = await pool.use((session) => session.exchange(questions, place.timeoutMs))
    const held = own?.read(answers.at(-1) as unknown[])
    const isDone = leaving === undefined || leaving.done(answers[0] as unknown[])
    return (isDone ? rest : entries).filter(({ place }) => held?.has(place) !== true)
  }

  #heldAhead(entries: readonly Entry[]): HeldAhead | undefined {
    const completed: Entry[] = []
    const others: Entry[] = []
    const seen = new Set<number>()
    let of: Lease | undefined
    for (const entry of entries) {
      const { settlement } = entry
      const { job, lease } = settlement
      const seq = job.key as number
      // Of two settlements of one job the first stands.
      if (!this.#ahead.holds(lease, job) || (of ?? lease) !== lease || seen.has(seq)) continue
      of = lease
      seen.add(seq)
      const isDone = isPlain(settlement) && job.attempt === 1
      ;(isDone ? completed : others).push(entry)
    }
    return of === undefined ? undefined : { lease: of, completed, others }
  }

  #leaving({ lease, completed, others }: HeldAhead) {
    return this.#ahead.leaving(lease, {
      completed: completed.map(({ settlement }) => settlement),
      others: others.map(({ settlement }) => settlement.job),
    })
  }

  /** @returns Those of `entries` that are left. */
  async #settleRounds(
    session: Session,
    entries: readonly Entry[],
    rounds: readonly (readonly Entry[])[],
  ): Promise<readonly Entry[]> {
    const settled = new Set<number>()
    for (const round of rounds) {
      const { question, read } = settlingRows(this.#database, this.#wake, round)
      const rows = await session.ask(question.statement, question.values, this.#database.longPatience)
      for (const place of read(rows)) settled.add(place)
    }
    return entries.filter(({ place }) => !settled.has(place))
  }

  async #lookAgain(session: Session, entries: readonly Entry[]): Promise<readonly Entry[]> {
    const { longPatience } = this.#database
    for (const [lease, some] of Map.groupBy(entries, ({ settlement }) => settlement.lease)) {
      const claims = new Set(some.map(({ settlement }) => settlement.job.claim))
      await this.#ahead.spreadClaims(session, lease, [...claims], longPatience)
    }
    return await this.#settleRounds(session, entries, inRounds(entries))
  }
}

/**
 * By key, so that two who settle the same jobs wait for each other in the same order. Of two settlements of one job the
 * first stands, so the second comes in a round of its own.
 */
function inRounds(entries: readonly Entry[]): Entry[][] {
  const key = ({ settlement }: Entry) => settlement.job.key as number
  let rising = true
  for (let i = 1; i < entries.length && rising; i++) rising = key(entries[i] as Entry) > key(entries[i - 1] as Entry)
  if (rising) return entries.length === 0 ? [] : [[...entries]]
  const rounds: Entry[][] = []
  const seen = new Map<number, number>()
  for (const entry of entries) {
    const round = seen.get(key(entry)) ?? 0
    seen.set(key(entry), round + 1)
    const list = rounds[round]
    if (list === undefined) rounds.push([entry])
    else list.push(entry)
  }
  for (const round of rounds) round.sort((a, b) => key(a) - key(b))
  return rounds
}
