import { MAX_CRASHES } from '../../core/transition.ts'
import type { Claim, ClaimedJob, ClaimRequest, ClaimStep } from '../../store/store.ts'
import { texts } from './arrays.ts'
import type { PostgresDatabase } from './database.ts'
import type { Prepared } from './exchange.ts'
import type { Names } from './names.ts'
import { Sweep } from './sweep.ts'

/** Delayed jobs made ready by one claim; the next claim goes on. */
const PROMOTE = 1_000
/** How far one queue is searched for jobs of other handlers while some have no room: bounds the cost of a claim. */
const SEARCH = 5_000
/** How many jobs a claim may find taken by others before its own, at least and at most: it learns what there are. */
const MARGIN = 32
const WIDEST = 16_384
/** Rows that are merged of many queues; then each of them is not looked at as far. */
const MERGE = 10_000

/** In the order of the select's columns. The first row has no id, and tells of the claim as a whole. */
type Row = readonly [
  queue: number,
  rank: number,
  runAt: number | null,
  id: string | null,
  seq: number,
  attempt: number,
  spared: number,
  crashes: number,
  handler: number,
  args: string,
  maxAttempts: number,
  createdAt: number,
  expiresAt: number | null,
  policy: string | null,
]

interface Taken {
  rows: Row[]
  now: number
  nextDueAt: number | null
  /** How many queues there are to take from. */
  queues: number
  promoted: boolean
  /** It looked no further than where others were taking theirs, and got less than it wanted. */
  crowded: boolean
}

/**
 * What every claim begins and ends with: it makes due what has come due, takes what `picked` says, and tells of itself.
 * Which of the queues have something is seen at their ends: at their fronts stands what earlier claims have left behind.
 * When something came due, it takes nothing: a statement does not see what it has written, so the next one takes it.
 */
function around(database: PostgresDatabase, named: boolean, picked: string, crowded: string): string {
  return `
    with clock as materialized (select ${database.clockSql('$1')} as now),
    alive as materialized (select 1 from {worker} where lease = $2 and ended_at is null),
    come as (
      delete from {delayed} where ctid = any(array(
        select ctid from {delayed} where $6 and run_at <= (select now from clock)
        order by run_at, seq limit ${PROMOTE} for update skip locked
      )) returning run_at, seq, attempt, spared, crashes
    ),
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
    gone as (delete from {ready} where ctid = any(array(select tid from picked))),
    held as (
      insert into {running} (seq, attempt, lease, claim, spared, crashes, started_at)
      select seq, attempt + 1, $2, $4, spared, crashes,
        case when number <= $7 and crashes < ${MAX_CRASHES - 1} then (select now from clock) end
      from (select *, row_number() over () as number from picked) p
    )
    select (select count(*) from open)::int, (select now from clock),
      (select run_at from {delayed} order by run_at, seq limit 1), null, (select count(*) from come),
      case when ${crowded} then 1 else 0 end, 0, 0, 0, '', 0, 0, null, null
    union all
    select p.queue, p."rank", p.run_at, p.id, p.seq, p.attempt, p.spared, p.crashes, p.handler,
      j.args, j.max_attempts, j.created_at, j.expires_at, j.policy
    from picked p cross join lateral (
      select args, max_attempts, created_at, expires_at, policy from {job} where seq = p.seq offset 0
    ) j`
}

const columns = 'queue, "rank", run_at, id, seq, attempt, spared, crashes, handler'
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

/**
 * From one queue: the first that nobody else is taking, by its index. With several queues it takes nothing, and says
 * so: to lock from each what the merge of all might need would keep it from the others.
 */
function claimOne(database: PostgresDatabase, named: boolean, limit: number): Prepared {
  const bound = boundOf(limit)
  const picked = `picked as materialized (
      select r.* from (select min(id) as id from open having count(*) = 1) q cross join lateral (
        select ctid as tid, ${columns} from {ready} where queue = q.id ${order} limit ${bound} for update skip locked
      ) r where exists (select from alive) and not exists (select from come) limit $3
    )`
  return database.prepared(`claim_${named ? 'named' : 'all'}_${bound}`, () => around(database, named, picked, 'false'))
}

/**
 * From several queues, or passing over some handlers: looks at the first of each without a lock, merges them, and locks
 * of that as many as are wanted and nobody else is taking. Where there are so many queues that each is not looked at far
 * enough, what stands behind the last one looked at of any of them waits for the next claim, so that the order holds.
 */
function claimMerged(database: PostgresDatabase, named: boolean, passing: boolean): Prepared {
  const others = `s.handler <> all(array(
            select id from {handler} where class || '.' || method in (select unnest($8::text::text[]))
          ))`
  const picked = `depth as materialized (
      select greatest(least($9::bigint, ${MERGE} / greatest(count(*), 1)), 16) as rows from open
    ),
    seen as materialized (
      select r.* from open q cross join lateral (
        select f.*, row_number() over () as place from (
          select s.* from (
            select ctid as tid, ${columns} from {ready} where queue = q.id ${order} limit ${SEARCH}
          ) s where ${passing ? others : '$8::text is null'} limit (select rows from depth)
        ) f
      ) r where exists (select from alive) and not exists (select from come)
    ),
    edge as materialized (
      select "rank", run_at, id from seen
      where place = (select rows from depth) and (select rows from depth) < $9::bigint ${order} limit 1
    ),
    first as materialized (
      select tid from seen s where not exists (
        select from edge e where (s."rank", s.run_at, s.id) > (e."rank", e.run_at, e.id)
      ) ${order} limit $9
    ),
    picked as materialized (
      select ctid as tid, ${columns} from {ready} where ctid = any(array(select tid from first)) ${order}
      limit $3 for update skip locked
    )`
  const crowded = '(select count(*) from picked) < $3 and (select count(*) from first) = $9'
  const name = `claim_merged_${named ? 'named' : 'all'}${passing ? '_passing' : ''}`
  return database.prepared(name, () => around(database, named, picked, crowded))
}

/** Takes due jobs in the order of priority, due time and id: from `ready` to `running`. */
export class Claimer {
  readonly #database: PostgresDatabase
  readonly #names: Names
  readonly #sweep: Sweep
  #margin = MARGIN
  /** Whether the last claim of all queues, or of some, found more than one. */
  #severalOfAll = false
  #severalOfSome = false

  constructor(database: PostgresDatabase, names: Names) {
    this.#database = database
    this.#names = names
    this.#sweep = new Sweep(database)
  }

  async claim(request: ClaimRequest): Promise<Claim> {
    const rows: Row[] = []
    let last: Taken | undefined
    let promote = true
    for (const step of request.steps) {
      const limit = Math.min(step.limit, request.limit - rows.length)
      if (limit <= 0 || (step.queues !== 'all' && step.queues.length === 0)) continue
      last = await this.#take(request, step, limit, request.start - rows.length, promote)
      promote = false
      rows.push(...last.rows)
    }
    last ??= await this.#take(request, { queues: [], limit: 0 }, 0, 0, true)
    const { now, nextDueAt } = last
    this.#sweep.took(rows.length)
    return {
      jobs: await this.#toJobs(rows, request.claim, now),
      now,
      nextDueInMs: nextDueAt === null ? undefined : Math.max(0, nextDueAt - now),
    }
  }

  /** Takes what one step allows; again where the statement could not take all that there is. */
  async #take(
    request: ClaimRequest,
    step: ClaimStep,
    limit: number,
    start: number,
    promoteFirst: boolean,
  ): Promise<Taken> {
    let promote = promoteFirst
    for (;;) {
      const merged = (request.except?.length ?? 0) > 0 || this.#several(step)
      const taken = await this.#run(
        request,
        step,
        limit,
        start,
        promote,
        merged ? limit + Math.round(this.#margin) : undefined,
      )
      this.#learn(step, taken.queues > 1)
      if (taken.promoted) promote = false
      else if (!merged && taken.queues > 1 && limit > 0) continue
      else if (!taken.crowded) {
        if (merged) this.#margin = Math.max(MARGIN, this.#margin * 0.95)
        return taken
      } else {
        const isWidest = this.#margin >= WIDEST
        this.#margin = Math.min(WIDEST, this.#margin * (taken.rows.length > 0 ? 2 : 4))
        if (taken.rows.length > 0 || isWidest) return taken
      }
    }
  }

  async #run(
    request: ClaimRequest,
    step: ClaimStep,
    limit: number,
    start: number,
    promote: boolean,
    depth: number | undefined,
  ): Promise<Taken> {
    const { queues } = step
    const { except = [] } = request
    const named = queues !== 'all'
    const names = named ? texts(queues, (name) => name) : null
    const values = [this.#database.givenClock, request.lease, limit, request.claim, names, promote, Math.max(0, start)]
    const passed = except.length === 0 ? null : texts(except, (name) => name)
    const rows =
      depth === undefined
        ? await this.#database.hot<Row>(claimOne(this.#database, named, limit), values)
        : await this.#database.hot<Row>(claimMerged(this.#database, named, passed !== null), [...values, passed, depth])
    const [queueCount, now, nextDueAt, , come, crowded] = rows[0] as Row
    const jobs = rows.slice(1).sort(inOrder)
    return { rows: jobs, now, nextDueAt, queues: queueCount, promoted: come > 0, crowded: crowded === 1 }
  }

  #several(step: ClaimStep): boolean {
    return step.queues === 'all' ? this.#severalOfAll : step.queues.length > 1 && this.#severalOfSome
  }

  #learn(step: ClaimStep, several: boolean): void {
    if (step.queues === 'all') this.#severalOfAll = several
    else if (step.queues.length > 1) this.#severalOfSome = several
  }

  async #toJobs(rows: readonly Row[], claim: number, now: number): Promise<ClaimedJob[]> {
    const names = this.#names
    await names.know(
      rows.map(([queue]) => queue),
      rows.map((row) => row[8]),
    )
    return rows.map((row) => {
      const [queue, rank, runAt, id, key, attempt, spared, crashes, handler, args, maxAttempts] = row
      const [, , , , , , , , , , , createdAt, expiresAt, policy] = row
      return {
        key,
        id: id as string,
        ...names.handler(handler),
        args,
        queue: names.queueName(queue),
        priority: 0 - rank,
        attempt: attempt + 1,
        claim,
        maxAttempts: maxAttempts + spared,
        crashes,
        spared,
        policy: policy ?? undefined,
        // Expiry is about being started: a job that has had an attempt has been.
        expired: expiresAt !== null && expiresAt <= now && attempt === 0,
        createdAt,
        runAt: runAt as number,
      }
    })
  }
}

function inOrder(a: Row, b: Row): number {
  return a[1] - b[1] || (a[2] as number) - (b[2] as number) || ((a[3] as string) < (b[3] as string) ? -1 : 1)
}
