import { MAX_CRASHES } from '../../core/transition.ts'
import { MOST_AHEAD } from './ahead.ts'
import { FURTHER, LISTS } from './claim-answer.ts'
import type { PostgresDatabase } from './database.ts'
import type { Prepared } from './exchange.ts'
import { waysOf } from './ways.ts'

/** Delayed jobs made ready by one claim; the next claim goes on. */
const PROMOTE = 1_000
/** How far one queue is searched for jobs of other handlers while some have no room: bounds the cost of a claim. */
const SEARCH = 5_000
/** Rows that are merged of many queues; then each of them is not looked at as far. */
const MERGE = 10_000

interface Parts {
  named: boolean
  /** Whether the claim holds what it takes ahead by one row. */
  ahead: boolean
  /** What makes `picked`: the jobs to take. */
  picked: string
  /** True where it took less than there is, since others were taking theirs. */
  crowded: string
  /** False where what is picked is not locked: then somebody else may take it before this claim can. */
  isSure?: boolean
}

/**
 * What every claim begins and ends with: it makes due what has come due, takes what `picked` says, and tells of itself.
 * Which of the queues have something is seen at their ends: at their fronts stands what earlier claims have left behind.
 * When something came due, it takes nothing: a statement does not see what it has written, so the next one takes it.
 */
function around(database: PostgresDatabase, { named, ahead, picked, crowded, isSure = true }: Parts): string {
  const { due, isDue, isPicked } = waysOf(database.place)
  return `
    with clock as materialized (select ${database.clockSql('$1')} as now),
    alive as materialized (select 1 from {worker} where lease = $2 and ended_at is null),
    due as materialized (
      select ${due} from {delayed} where $6 and run_at <= (select now from clock)
      order by run_at, seq limit ${PROMOTE} for update skip locked
    ),
    come as (delete from {delayed} where ${isDue} returning run_at, seq, attempt, spared, crashes),
    promoted as (
      insert into {ready} (queue, "rank", run_at, id, seq, attempt, spared, crashes, handler)
      select j.queue, -j.priority, c.run_at, j.id, c.seq, c.attempt, c.spared, c.crashes, j.handler
      from come c cross join lateral (
        select queue, priority, id, handler from {job} where seq = c.seq offset 0
      ) j
    ),
    open as materialized (
      select q.id from {queue} q cross join lateral (
        select 1 from {ready} r where r.queue = q.id order by r."rank" desc, r.run_at desc, r.id desc limit 1
      ) last
      where q.paused = 0 and ${named ? 'q.name in (select unnest($5::text::text[]))' : '$5::text is null'}
    ),
    ${picked},
    gone as (delete from {ready} where ${isPicked}${isSure ? '' : ' returning seq'}),
    whole as materialized (select ${isSure ? 'true' : allGone} as taken),
    taken as not materialized (
      select * from picked${isSure ? '' : ' where (select taken from whole) or seq = any(array(select seq from gone))'}
    ),
    ${ahead ? heldAhead : heldEach('$7')}
    select (select run_at from {delayed} order by run_at, seq limit 1), (select count(*) from open)::int,
      (select count(*) from come), (select now from clock), ${crowded}, ${LISTS},
      ${ahead ? '(select seqs::text from ahead)' : 'null'}
    from taken
    ${further}`
}

/** What is looked up of jobs that do not carry it along. */
const further = `union all
    select ${FURTHER} from taken p cross join lateral (
      select seq, args, max_attempts, created_at, expires_at, policy from {job} where seq = p.seq offset 0
    ) j where p.args is null`

const allGone = '(select count(*) from gone) = (select count(*) from picked)'

const heldColumns = 'insert into {running} (seq, attempt, lease, claim, spared, crashes, started_at)'
/** One whose next crash would be its last may have to wait until it is alone, and is marked when it begins. */
const begun = `case when crashes < ${MAX_CRASHES - 1} then (select now from clock) end`

/** The first so many begin at once, the others are claimed ahead of need. All have rows of their own. */
const heldEach = (start: string) => `
    held as (
      ${heldColumns}
      select seq, attempt + 1, $2, $4, spared, crashes, case when number <= ${start} then ${begun} end
      from (select seq, attempt, spared, crashes, row_number() over () as number from taken) p
    )`

const isLikeOthers = '(attempt = 0 and spared = 0 and crashes = 0)'

/**
 * Those ahead have one row together, but for any that has ended before: that is not like the others. `taken` is read as
 * often as it is needed, in the order that it was picked in: a copy that numbers its rows costs more.
 */
const heldAhead = `
    held as (
      ${heldColumns}
      select seq, attempt + 1, $2, $4::bigint, spared, crashes, ${begun} from (select * from taken limit $7) p
      union all
      select seq, attempt + 1, $2, $4, spared, crashes, null from (select * from taken offset $7) p
      where ${isLikeOthers} is not true
      union all
      select seq, 1, $2, $4, 0, 0, null from (
        select seq from (select * from taken offset $7) p where ${isLikeOthers} offset ${MOST_AHEAD}
      ) those
    ),
    ahead as (
      insert into {ahead} (lease, claim, seqs)
      select $2, $4, array_agg(seq) from (
        select seq from (select * from taken offset $7) p where ${isLikeOthers} limit ${MOST_AHEAD}
      ) these having count(*) > 0
      returning seqs
    )`

/** Beside its key and its counters, `ready` carries all that a claim has to know of a job that is as most are. */
const columns =
  'queue, "rank", run_at, id, seq, attempt, spared, crashes, handler, args, max_attempts, created_at, expires_at, policy'
const order = 'order by "rank", run_at, id'

/**
 * The server makes one plan for all only when that seems no dearer than a plan for the values at hand, and planning one
 * of these takes as long as running it. It takes a limit that it does not know for a tenth of what there is, and a list
 * for ten: so each power of ten has its own text, with itself as a bound, and whatever is left out has one, too.
 */
function boundOf(limit: number): number {
  for (const bound of [10, 100, 1_000]) if (limit <= bound) return bound
  return 100_000
}

export interface One {
  named: boolean
  limit: number
  ahead: boolean
  /** Whether it may try to be the only one that claims from the queue now. */
  alone: boolean
}

/**
 * From one queue: the first that nobody else is taking, by its index. With several queues it takes nothing, and says
 * so: to lock from each what the merge of all might need would keep it from the others.
 *
 * Where it is alone with the queue, it takes them without having locked each first, which is a fifth of what a claim
 * costs the server. That it is alone is a lock which others who claim like that try to get, and nobody waits for; with
 * those who claim otherwise it may meet, and then gets what is left.
 */
export function claimOne(database: PostgresDatabase, { named, limit, ahead, alone }: One): Prepared {
  const bound = boundOf(limit)
  const { place } = waysOf(database.place)
  const one = `one as materialized (
      select min(id) as id from open where exists (select from alive) and not exists (select from come)
      having count(*) = 1
    )`
  const mine = `mine as materialized (
      select id from one where pg_try_advisory_xact_lock('{ready}'::regclass::oid::int, id)
    )`
  const picked = `${alone ? `${one},\n    ${mine}` : one},
    picked as materialized (
      select r.* from ${alone ? 'mine' : 'one'} q cross join lateral (
        select ${place}${columns} from {ready} where queue = q.id ${order} limit ${bound} ${alone ? '' : 'for update skip locked'}
      ) r limit $3
    )`
  const crowded = alone
    ? `exists (select from one) and (not exists (select from mine) or not (select taken from whole))`
    : 'false'
  const name = `claim_${named ? 'named' : 'all'}_${bound}${ahead ? '_ahead' : ''}${alone ? '_alone' : ''}`
  return database.prepared(name, () => around(database, { named, ahead, picked, crowded, isSure: !alone }))
}

/**
 * From the queue `$5` alone, right behind an enqueue into it, by a worker that had nothing to do: what has come due, and
 * whether other queues have something, its next look tells. Most of what the whole claim costs is to begin and to end it.
 */
export function claimAlong(database: PostgresDatabase, limit: number): Prepared {
  const bound = boundOf(limit)
  const { place, isPicked } = waysOf(database.place)
  return database.prepared(
    `claim_along_${bound}`,
    () => `
    with clock as materialized (select ${database.clockSql('$1')} as now),
    picked as materialized (
      select * from (
        select ${place}${columns} from {ready} where queue = $5
          and exists (select from {worker} where lease = $2 and ended_at is null)
          and exists (select from {queue} where id = $5 and paused = 0)
        ${order} limit ${bound} for update skip locked
      ) r limit $3
    ),
    gone as (delete from {ready} where ${isPicked}),
    taken as not materialized (select * from picked),
    ${heldEach('$6')}
    select null::bigint, 1, 0::bigint, (select now from clock), false, ${LISTS}, null from taken
    ${further}`,
  )
}

/**
 * From several queues, or passing over some handlers: looks at the first of each without a lock, merges them, and locks
 * of that as many as are wanted and nobody else is taking. Where there are so many queues that each is not looked at far
 * enough, what stands behind the last one looked at of any of them waits for the next claim, so that the order holds.
 */
export function claimMerged(
  database: PostgresDatabase,
  { named, passing, ahead }: { named: boolean; passing: boolean; ahead: boolean },
): Prepared {
  const others = `s.handler <> all(array(
            select id from {handler} where class || '.' || method in (select unnest($8::text::text[]))
          ))`
  const { place, first, isFirst } = waysOf(database.place)
  const picked = `depth as materialized (
      select greatest(least($9::bigint, ${MERGE} / greatest(count(*), 1)), 16) as rows from open
    ),
    seen as materialized (
      select r.* from open q cross join lateral (
        select f.*, row_number() over () as place from (
          select s.* from (
            select ${place}${columns} from {ready} where queue = q.id ${order} limit ${SEARCH}
          ) s where ${passing ? others : '$8::text is null'} limit (select rows from depth)
        ) f
      ) r where exists (select from alive) and not exists (select from come)
    ),
    edge as materialized (
      select "rank", run_at, id from seen
      where place = (select rows from depth) and (select rows from depth) < $9::bigint ${order} limit 1
    ),
    first as materialized (
      select ${first} from seen s where not exists (
        select from edge e where (s."rank", s.run_at, s.id) > (e."rank", e.run_at, e.id)
      ) ${order} limit $9
    ),
    picked as materialized (
      select ${place}${columns} from {ready} where ${isFirst} ${order}
      limit $3 for update skip locked
    )`
  const crowded = '(select count(*) from picked) < $3 and (select count(*) from first) = $9'
  const name = `claim_merged_${named ? 'named' : 'all'}${passing ? '_passing' : ''}${ahead ? '_ahead' : ''}`
  return database.prepared(name, () => around(database, { named, ahead, picked, crowded }))
}
