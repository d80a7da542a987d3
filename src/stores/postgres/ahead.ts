import type { AttemptRef, Lease, Settlement } from '../../store/store.ts'
import { sql, table } from '../sql/database.ts'
import { numbers, texts, whole } from './arrays.ts'
import type { PostgresDatabase } from './database.ts'
import type { Prepared, Question, Value } from './exchange.ts'
import type { Session } from './session.ts'

/** Numbers of jobs in one row, at most: with more it would not fit on its page. */
export const MOST_AHEAD = 900

/** A claim as this process knows it: the jobs that it holds by its row in `ahead`. */
interface Hold {
  claim: number
  seqs: Set<number>
}

/** What is to become of some jobs that are held ahead. */
interface Leaving {
  /** They completed: each gets its row in `attempt`. */
  completed: readonly Settlement[]
  /** They get rows of their own in `running`: something is to be written of them, or they came to something else. */
  others: readonly Claimed[]
}

type Claimed = Pick<AttemptRef, 'key' | 'claim'>

/**
 * Takes jobs out of the rows that hold them. The fence is the row and how many jobs it holds: nobody but the holder takes
 * some of them out, and who takes all of them removes the row. When it is not as this process knows it, nothing is done.
 *
 * The claims come as JSON: of an array the planner knows how few there are, and would plan for them anew each time.
 */
function leave(database: PostgresDatabase): Prepared {
  return database.prepared(
    'leave',
    () => `
    with given as materialized (
      select claim, held, stays from json_to_recordset($2::json) as g (claim bigint, held int, stays text)
    ),
    found as materialized (
      select g.claim, g.stays from given g cross join lateral (
        select 1 from {ahead} a where a.lease = $1 and a.claim = g.claim and cardinality(a.seqs) = g.held for update
      ) f
    ),
    fits as materialized (select 1 from found having count(*) = (select count(*) from given)),
    gone as (
      delete from {ahead} where exists (select from fits) and lease = $1
        and claim = any(array(select claim from found where stays = '{}'))
    ),
    stay as (
      update {ahead} a set seqs = (select stays::bigint[] from found f where f.claim = a.claim)
      where exists (select from fits) and lease = $1
        and claim = any(array(select claim from found where stays <> '{}'))
    ),
    others as (
      insert into {running} (seq, attempt, lease, claim, spared, crashes)
      select seq, 1, $1, claim, 0, 0 from unnest($3::bigint[], $4::bigint[]) as g (seq, claim)
      where exists (select from fits)
    ),
    ended as (
      insert into {attempt} (seq, n, outcome, status, lease, spared, started_at, finished_at, result)
      select seq, 1, 'completed', 'completed', $1, 0, started_at, finished_at, result
      from unnest($5::bigint[], $6::bigint[], $7::bigint[], $8::text[]) as g (seq, started_at, finished_at, result)
      where exists (select from fits)
    )
    select 1 from fits`,
  )
}

/** Gives all jobs of some claims rows of their own; tells how many. */
function spread(database: PostgresDatabase, name: string, which: string): Prepared {
  return database.prepared(
    `spread_${name}`,
    () => `
    with gone as (delete from {ahead} a where ${which} returning lease, claim, seqs),
    rows as (
      insert into {running} (seq, attempt, lease, claim, spared, crashes)
      select unnest(seqs), 1, lease, claim, 0, 0 from gone
    )
    select coalesce(sum(cardinality(seqs)), 0)::int from gone`,
  )
}

/** All that is held, as a table. */
export const heldRows = sql`(
  select seq, lease, started_at from ${table.running} union all select unnest(seqs), lease, null from {ahead}
)`

/** Gives the jobs of those claims that hold one of some jobs rows of their own. */
export async function ownRows(database: PostgresDatabase, session: Session, seqs: readonly number[]): Promise<void> {
  const which = 'exists (select from unnest(a.seqs) s where s = any($1::bigint[]))'
  await session.ask(spread(database, 'jobs', which), [numbers(seqs, (seq) => seq)], database.longPatience)
}

/**
 * The jobs that claims of this process took ahead of need. A claim holds all of them by one row: most complete a moment
 * later, and to insert and delete a row in `running` for each costs more than all else that is done for it. Whoever has
 * anything else to do with one of them gives it a row of its own first.
 */
export class Ahead {
  readonly #database: PostgresDatabase
  readonly #holds = new Map<Lease, Map<number, Hold>>()

  constructor(database: PostgresDatabase) {
    this.#database = database
  }

  /** Hears what a claim has taken. */
  took(lease: Lease, claim: number, seqs: Set<number>): void {
    if (seqs.size === 0) return
    let claims = this.#holds.get(lease)
    if (claims === undefined) {
      claims = new Map()
      this.#holds.set(lease, claims)
    }
    claims.set(claim, { claim, seqs })
  }

  /** Whether a claim holds a job by its row, as far as this process knows. */
  holds(lease: Lease, { key, claim }: Claimed): boolean {
    return (
      this.#holds
        .get(lease)
        ?.get(claim)
        ?.seqs.has(key as number) === true
    )
  }

  /** What takes jobs that claims of one lease hold out of their rows, and what is to be done when it has answered. */
  leaving(lease: Lease, { completed, others }: Leaving) {
    const out = new Set<number>()
    const claims = new Set<number>()
    for (const { key, claim } of [...others, ...completed.map(({ job }) => job)]) {
      out.add(key as number)
      claims.add(claim)
    }
    const holds = [...claims].map((claim) => this.#holds.get(lease)?.get(claim) as Hold)
    const stays = holds.map(({ seqs }) => {
      const rest: number[] = []
      for (const seq of seqs) if (!out.has(seq)) rest.push(seq)
      return rest
    })
    const values: Value[] = [
      lease,
      JSON.stringify(
        holds.map(({ claim, seqs }, index) => ({ claim, held: seqs.size, stays: `{${stays[index]?.join(',')}}` })),
      ),
      numbers(others, ({ key }) => key as number),
      numbers(others, ({ claim }) => claim),
      numbers(completed, ({ job }) => job.key as number),
      numbers(completed, ({ startedAt }) => whole(startedAt)),
      numbers(completed, ({ finishedAt }) => whole(finishedAt)),
      texts(completed, ({ result }) => result),
    ]
    return {
      question: { statement: leave(this.#database), values } satisfies Question,
      /** @returns Whether it was done. If not, the rows are not as they should be, and no longer counted on. */
      done: (rows: readonly unknown[]): boolean => {
        const fits = rows.length > 0
        for (const [index, { claim, seqs }] of holds.entries()) {
          const rest = stays[index] as number[]
          if (!fits || rest.length === 0) this.#forget(lease, claim)
          else for (const seq of out) seqs.delete(seq)
        }
        return fits
      },
    }
  }

  /** Gives all jobs of some claims rows of their own; returns of how many jobs. */
  async spreadClaims(session: Session, lease: Lease, claims: readonly number[], patienceMs: number): Promise<number> {
    for (const claim of claims) this.#forget(lease, claim)
    const statement = spread(this.#database, 'claims', 'lease = $1 and claim = any($2::bigint[])')
    return await this.#spread(session, statement, [lease, numbers(claims, (claim) => claim)], patienceMs)
  }

  /** The same of the claims whose lease is no longer kept. */
  async spreadOrphans(): Promise<void> {
    const { place, pool, givenClock } = this.#database
    const kept = `select from {worker} w where w.lease = a.lease and w.ended_at is null
      and w.expires_at > ${this.#database.clockSql('$1')}`
    const statement = spread(this.#database, 'orphans', `not exists (${kept})`)
    await pool.use((session) => this.#spread(session, statement, [givenClock], place.timeoutMs))
  }

  async #spread(session: Session, statement: Prepared, values: Value[], patienceMs: number): Promise<number> {
    const rows = await session.ask(statement, values, patienceMs)
    return (rows[0] as [number])[0]
  }

  #forget(lease: Lease, claim: number): void {
    const claims = this.#holds.get(lease)
    claims?.delete(claim)
    if (claims?.size === 0) this.#holds.delete(lease)
  }
}
