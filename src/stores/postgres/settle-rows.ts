import type { Settlement } from '../../store/store.ts'
import { numbers, texts, whole } from './arrays.ts'
import type { PostgresDatabase } from './database.ts'
import type { Prepared, Question } from './exchange.ts'
import type { WakeSign } from './wake.ts'

/** A settlement, and where it stands in its batch. */
export interface Entry {
  place: number
  settlement: Settlement
}

/**
 * Many that simply completed, of one lease and with one number of attempt. The rows are found by their keys alone, and
 * what was known of them is joined to what is now known by a full join: there is no way to do that but by a hash or a
 * merge, while a planner that takes `running` for empty would else compare every row with every other.
 */
function completeMany(database: PostgresDatabase): Prepared {
  return database.prepared(
    'complete',
    () => `
    with gone as (
      delete from {running} where seq = any($1::bigint[]) and attempt = $2 and lease = $3
      returning seq, spared, progress
    ),
    ended as (
      insert into {attempt} (seq, n, outcome, status, lease, spared, started_at, finished_at, result, progress)
      select g.seq, $2, 'completed', 'completed', $3, r.spared, g.started_at, g.finished_at, g.result, r.progress
      from unnest($1::bigint[], $4::bigint[], $5::bigint[], $6::text[]) as g (seq, started_at, finished_at, result)
      full join gone r on r.seq = g.seq where coalesce(r.spared, -1) >= 0
    )
    select seq from gone`,
  )
}

/**
 * All that can become of an attempt, each row behind its own fence. Tells which rows held it. They are deleted by their
 * keys: a row that somebody has changed while this waited for it stands in another place than the one it was found at.
 */
function settleAny(database: PostgresDatabase): Prepared {
  return database.prepared(
    'settle',
    () => `
    with clock as materialized (select ${database.clockSql('$1')} as now),
    held as materialized (
      select r.*, g.*
      from unnest($2::int[], $3::bigint[], $4::int[], $5::bigint[], $6::bigint[], $7::text[], $8::bigint[], $9::int[],
        $10::int[], $11::text[], $12::text[], $13::bigint[], $14::bigint[], $15::text[], $16::text[], $17::text[])
        as g (place, seq, attempt, lease, claim, asked, due_in, spare, crash, outcome, reason, started_at, finished_at,
          error, fingerprint, result)
      cross join lateral (
        select spared, crashes, progress, cancel_at from {running} h
        where h.seq = g.seq and h.attempt = g.attempt and h.lease = g.lease and h.claim = g.claim for update
      ) r
    ),
    gone as (delete from {running} where seq = any(array(select seq from held))),
    decided as materialized (
      select *, case when cancel_at is not null and asked in ('pending', 'released') then 'cancelled' else asked end as next
      from held
    ),
    ended as (
      insert into {attempt} (seq, n, outcome, status, reason, lease, spared, started_at, finished_at, next_at, error,
        result, progress, fingerprint)
      select seq, attempt, coalesce(outcome, 'cancelled'), case when next <> 'pending' then next end, reason, lease,
        spared, started_at, finished_at, case when next = 'pending' then (select now from clock) + due_in end, error,
        result, progress, fingerprint
      from decided where next <> 'released' and (outcome is not null or next = 'cancelled')
    ),
    back as materialized (
      select j.queue, j.priority, j.id, j.handler, d.seq, d.spared + d.spare as spared,
        case when next = 'pending' then d.attempt else d.attempt - 1 end as attempt,
        case when next = 'pending' then d.crashes + d.crash else greatest(d.crashes, d.crash) end as crashes,
        case when next = 'pending' then (select now from clock) + d.due_in else coalesce((
          select a.next_at from {attempt} a where a.seq = d.seq and a.next_at is not null order by a.n desc limit 1
        ), j.run_at) end as run_at
      from decided d cross join lateral (
        select queue, priority, id, handler, run_at from {job} where seq = d.seq offset 0
      ) j
      where d.next in ('pending', 'released')
    ),
    due as (
      insert into {ready} (queue, "rank", run_at, id, seq, attempt, spared, crashes, handler)
      select queue, -priority, run_at, id, seq, attempt, spared, crashes, handler from back
      where run_at <= (select now from clock)
    ),
    later as (
      insert into {delayed} (run_at, seq, queue, attempt, spared, crashes)
      select run_at, seq, queue, attempt, spared, crashes from back where run_at > (select now from clock)
    )
    select place from held${database.place.notify ? told : ''}`,
  )
}

const told = `
    union all
    (select length(pg_notify($18, $19)::text) - 1 from back where run_at <= (select now from clock) limit 1)`

/** What settles some jobs, and what its answer says: the places of those that held their rows. */
export interface RowsQuestion {
  question: Question
  read(rows: readonly unknown[]): Set<number>
}

/**
 * Settles jobs that stand in `running`, each at most once, in the order of their keys. The fence is the row: only the
 * attempt, the lease and the claim that it names can settle it, and settling removes it.
 */
export function settlingRows(database: PostgresDatabase, wake: WakeSign, round: readonly Entry[]): RowsQuestion {
  if (areAlike(round)) return settlingPlain(database, round)
  const each =
    <Value>(read: (settlement: Settlement) => Value) =>
    ({ settlement }: Entry) =>
      read(settlement)
  const pending = ({ next }: Settlement) => (next.status === 'pending' ? next : undefined)
  const values = [
    database.givenClock,
    numbers(round, ({ place }) => place),
    numbers(
      round,
      each(({ job }) => job.key as number),
    ),
    numbers(
      round,
      each(({ job }) => job.attempt),
    ),
    numbers(
      round,
      each(({ lease }) => lease),
    ),
    numbers(
      round,
      each(({ job }) => job.claim),
    ),
    texts(
      round,
      each(({ next }) => next.status),
    ),
    numbers(
      round,
      each((settlement) => Math.ceil(pending(settlement)?.inMs ?? 0)),
    ),
    numbers(
      round,
      each((settlement) => (pending(settlement)?.spared ? 1 : 0)),
    ),
    numbers(
      round,
      each(({ next }) => (isCrash(next) ? 1 : 0)),
    ),
    texts(
      round,
      each(({ outcome }) => outcome),
    ),
    texts(
      round,
      each(({ reason }) => reason),
    ),
    numbers(
      round,
      each(({ startedAt }) => whole(startedAt)),
    ),
    numbers(
      round,
      each(({ finishedAt }) => whole(finishedAt)),
    ),
    texts(
      round,
      each(({ error }) => error && JSON.stringify(error)),
    ),
    texts(
      round,
      each(({ fingerprint }) => fingerprint),
    ),
    texts(
      round,
      each(({ result }) => result),
    ),
    ...(database.place.notify ? [wake.channel, wake.sender] : []),
  ]
  return {
    question: { statement: settleAny(database), values },
    read: (rows) => new Set((rows as [number][]).map(([place]) => place).filter((place) => place >= 0)),
  }
}

function isCrash(next: Settlement['next']): boolean {
  return (next.status === 'pending' && next.crashed) || (next.status === 'released' && next.suspect)
}

function settlingPlain(database: PostgresDatabase, round: readonly Entry[]): RowsQuestion {
  const { job, lease } = (round[0] as Entry).settlement
  const values = [
    numbers(round, ({ settlement }) => settlement.job.key as number),
    job.attempt,
    lease,
    numbers(round, ({ settlement }) => whole(settlement.startedAt)),
    numbers(round, ({ settlement }) => whole(settlement.finishedAt)),
    texts(round, ({ settlement }) => settlement.result),
  ]
  return {
    question: { statement: completeMany(database), values },
    read: (rows) => {
      const seqs = new Set((rows as [number][]).map(([seq]) => seq))
      return new Set(round.filter(({ settlement }) => seqs.has(settlement.job.key as number)).map(({ place }) => place))
    },
  }
}

/** A completed job never runs again, so of a completion not even the number of the claim has to be looked at. */
function areAlike(round: readonly Entry[]): boolean {
  const { job: first, lease: firstLease } = (round[0] as Entry).settlement
  return round.every(({ settlement }) => {
    const { job, lease } = settlement
    return isPlain(settlement) && job.attempt === first.attempt && lease === firstLease
  })
}

/** It simply completed. */
export function isPlain({ next, outcome, reason }: Settlement): boolean {
  return next.status === 'completed' && outcome === 'completed' && reason === undefined
}
