import type { AttemptRecord, Lease } from '../../store/store.ts'
import type { Ahead } from './ahead.ts'
import { numbers, texts } from './arrays.ts'
import type { PostgresDatabase } from './database.ts'
import type { Prepared, Question } from './exchange.ts'
import { withoutZero } from './zero.ts'

/**
 * The fence is the same as for settling. Lines are numbered here: an attempt that was given back and ran again goes on
 * where its lines ended. What is set on the rows in `running` is looked up in an object of JSON, not joined: a planner
 * that takes that table for empty would compare every row with every other.
 */
function statement(database: PostgresDatabase): Prepared {
  return database.prepared(
    'record',
    () => `
    with held as materialized (
      select g.*
      from unnest($2::int[], $3::bigint[], $4::int[], $5::bigint[], $6::bigint[], $7::text[], $8::text[], $9::text[])
        as g (place, seq, attempt, claim, at, severity, line, progress)
      cross join lateral (
        select 1 from {running} h
        where h.seq = g.seq and h.attempt = g.attempt and h.claim = g.claim and h.lease = $1 for update
      ) r
    ),
    logged as (
      insert into {log} (seq, n, line, at, severity, text)
      select h.seq, h.attempt, coalesce((
          select max(l.line) + 1 from {log} l where l.seq = h.seq and l.n = h.attempt
        ), 0) + row_number() over (partition by h.seq, h.attempt order by h.place) - 1, h.at, h.severity, h.line
      from held h where h.line is not null
    ),
    marks as materialized (
      select jsonb_object_agg(seq, at) filter (where line is null and progress is null) as started,
        jsonb_object_agg(seq, progress order by place) filter (where progress is not null) as progress
      from held
    ),
    marked as (
      update {running} set
        started_at = coalesce(started_at, ((select started from marks) ->> seq::text)::bigint),
        progress = coalesce((select progress from marks) ->> seq::text, progress)
      where seq = any(array(select seq from held where line is null))
    )
    select place from held`,
  )
}

/** Writes what running attempts tell, all of it or nothing; returns the positions of what was stale. */
export async function record(
  database: PostgresDatabase,
  ahead: Ahead,
  lease: Lease,
  records: readonly AttemptRecord[],
): Promise<number[]> {
  if (records.length === 0) return []
  // By key, so that two who write about the same jobs wait for each other in the same order.
  const entries = records
    .map((entry, place) => ({ entry, place }))
    .sort((a, b) => (a.entry.key as number) - (b.entry.key as number) || a.place - b.place)
  const { pool, place } = database
  let stale = await pool.use(async (session) => {
    const own = withOwnRows(ahead, lease, entries)
    const questions = [...(own === undefined ? [] : [own.question]), question(database, lease, entries)]
    const answers = await session.exchange(questions, place.timeoutMs)
    own?.done(answers[0] as unknown[])
    return missing(entries, answers.at(-1) as unknown[][])
  })
  // They may be held by the rows of claims that this process does not know.
  if (stale.length > 0) {
    stale = await database.inTransaction(async (session) => {
      const claims = new Set(stale.map(({ entry }) => entry.claim))
      const found = await ahead.spreadClaims(session, lease, [...claims], database.longPatience)
      if (found === 0) return stale
      const { statement, values } = question(database, lease, stale)
      return missing(stale, await session.ask(statement, values, database.longPatience))
    })
  }
  return stale.map(({ place }) => place).sort((a, b) => a - b)
}

interface Entry {
  entry: AttemptRecord
  place: number
}

/** What is written of a job needs a row of its own to be fenced by. */
function withOwnRows(ahead: Ahead, lease: Lease, entries: readonly Entry[]) {
  const held = entries.map(({ entry }) => entry).filter((entry) => ahead.holds(lease, entry))
  // Each job once, whatever is written of it.
  const others = [...new Map(held.map((entry) => [entry.key, entry])).values()]
  return others.length === 0 ? undefined : ahead.leaving(lease, { completed: [], others })
}

function missing(entries: readonly Entry[], rows: readonly unknown[][]): readonly Entry[] {
  if (rows.length === entries.length) return []
  const held = new Set(rows.map(([place]) => place))
  return entries.filter(({ place }) => !held.has(place))
}

function question(database: PostgresDatabase, lease: Lease, entries: readonly Entry[]): Question {
  const of =
    <Value>(read: (entry: AttemptRecord) => Value) =>
    ({ entry }: Entry) =>
      read(entry)
  const values = [
    lease,
    numbers(entries, ({ place }) => place),
    numbers(
      entries,
      of((entry) => entry.key as number),
    ),
    numbers(
      entries,
      of((entry) => entry.attempt),
    ),
    numbers(
      entries,
      of((entry) => entry.claim),
    ),
    numbers(
      entries,
      of((entry) => (entry.kind === 'progress' ? null : Math.round(entry.at))),
    ),
    texts(
      entries,
      of((entry) => (entry.kind === 'log' ? entry.severity : null)),
    ),
    texts(
      entries,
      of((entry) => (entry.kind === 'log' ? withoutZero(entry.text) : null)),
    ),
    texts(
      entries,
      of((entry) => (entry.kind === 'progress' ? entry.value : null)),
    ),
  ]
  return { statement: statement(database), values }
}
