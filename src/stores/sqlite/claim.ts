import { isSuspect } from '../../core/transition.ts'
import type { Claim, ClaimedJob, ClaimRequest, ClaimStep } from '../../store/store.ts'
import type { SqliteDatabase } from './database.ts'
import type { Names } from './names.ts'

/** Delayed jobs made ready by one claim; the next claim goes on. */
const PROMOTE = 1_000
/** How far one queue is searched for jobs of other handlers while some have no room: bounds the cost of a claim. */
const SEARCH = 5_000
/** Queues that one compound select merges; SQLite compiles at most 500 terms of one. */
const MERGE = 400

/** In the order of the select's columns. */
type ReadyRow = readonly [
  queue: number,
  rank: number,
  runAt: number,
  id: string,
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

/** By name: the next version may have added some, and rows come as arrays. */
const columns = 'queue, rank, run_at, id, seq, attempt, spared, crashes, handler'
const order = 'order by rank, run_at, id'
/** The sum hides the number from SQLite's planner, which compiles a statement again whenever a bare one is bound. */
const upTo = 'limit ?1 + 0'
const firstDelayed = 'select run_at from offstage_delayed order by run_at limit 1'
const promoteRows = `insert into offstage_ready (queue, rank, run_at, id, seq, attempt, spared, crashes, handler)
  select j.queue, -j.priority, d.run_at, j.id, d.seq, d.attempt, d.spared, d.crashes, j.handler
  from (select * from offstage_delayed where run_at <= ? order by run_at, seq limit ? + 0) d
  cross join offstage_job j on j.seq = d.seq`
const lastPromoted = 'select run_at, seq from offstage_delayed where run_at <= ? order by run_at, seq limit 1 offset ?'
const deletePromoted = 'delete from offstage_delayed where (run_at, seq) < (?, ?)'
const deleteAllDue = 'delete from offstage_delayed where run_at <= ?'

/** The queues that have something ready, by jumping from one to the next in the index. */
const readyQueues = `with recursive found (queue) as (
    select min(queue) from offstage_ready
    union all
    select (select min(queue) from offstage_ready where queue > found.queue) from found where found.queue is not null
  ) select q.id, q.name from found join offstage_queue q on q.id = found.queue where q.paused = 0`

const deletePrefix = 'delete from offstage_ready where queue = ? and (rank, run_at, id) <= (?, ?, ?)'
const insertRunning = `insert into offstage_running (seq, attempt, lease, claim, spared, crashes, started_at)
  select value, ?, ?, ?, ?, ?, ? from json_each(?)`

/** Takes due jobs in the order of priority, due time and id: from `ready` to `running`, in one transaction. */
export async function claim(database: SqliteDatabase, names: Names, request: ClaimRequest): Promise<Claim> {
  // A look without the write lock: an idle worker must not make the others wait.
  if (!(await database.read(() => somethingDue(database)))) return nothing(database)
  return await database.immediate(() => {
    if (database.query(isAlive, request.lease).length === 0) return nothing(database)
    const now = database.clock()
    promote(database, now)
    const jobs = take(database, names, request, now)
    markRunning(database, request, jobs, now)
    return { jobs, now, nextDueInMs: untilNextDue(database, now) }
  })
}

function somethingDue(database: SqliteDatabase): boolean {
  if (database.query('select 1 from offstage_ready limit 1').length > 0) return true
  const [next] = database.query<{ run_at: number }>(firstDelayed)
  return next !== undefined && next.run_at <= database.clock()
}

/** A worker that stalled past its lease must not claim what would be an orphan at once. */
const isAlive = 'select 1 from offstage_worker where lease = ? and ended_at is null'

function nothing(database: SqliteDatabase): Claim {
  const now = database.clock()
  return { jobs: [], now, nextDueInMs: untilNextDue(database, now) }
}

function untilNextDue(database: SqliteDatabase, now: number): number | undefined {
  const [next] = database.query<{ run_at: number }>(firstDelayed)
  return next === undefined ? undefined : Math.max(0, next.run_at - now)
}

/** Moves what has come due from `delayed` to `ready`, so that a claim never reads past jobs of the future. */
function promote(database: SqliteDatabase, now: number): void {
  const [next] = database.query<{ run_at: number }>(firstDelayed)
  if (next === undefined || next.run_at > now) return
  const [behind] = database.query<{ run_at: number; seq: number }>(lastPromoted, now, PROMOTE)
  database.change(promoteRows, now, PROMOTE)
  if (behind === undefined) database.change(deleteAllDue, now)
  else database.change(deletePromoted, behind.run_at, behind.seq)
}

function take(database: SqliteDatabase, names: Names, request: ClaimRequest, now: number): ClaimedJob[] {
  const open = database.query<{ id: number; name: string }>(readyQueues)
  const except = names.knownHandlerIds(request.except ?? [])
  const jobs: ClaimedJob[] = []
  for (const step of request.steps) {
    const limit = Math.min(step.limit, request.limit - jobs.length)
    const queues = queuesOf(step, open)
    if (limit <= 0 || queues.length === 0) continue
    const rows = database.rows<ReadyRow>(selectReady(queues, except), limit)
    remove(database, rows, except)
    for (const row of rows) jobs.push(toClaimedJob(names, row, request.claim, now))
  }
  return jobs
}

function queuesOf(step: ClaimStep, open: readonly { id: number; name: string }[]): number[] {
  const wanted = step.queues === 'all' ? open : open.filter(({ name }) => step.queues.includes(name))
  return wanted.map(({ id }) => id)
}

/** One ordered scan a queue, merged lazily: `queue in (…)` would sort the whole backlog. The numbers are our own. */
function selectReady(queues: readonly number[], except: readonly number[]): string {
  const scan = (queue: number) =>
    except.length === 0
      ? `select ${columns} from offstage_ready where queue = ${queue}`
      : `select * from (select ${columns} from offstage_ready where queue = ${queue} ${order} limit ${SEARCH})
         where handler not in (${except.join(', ')})`
  const merged: string[] = []
  for (let start = 0; start < queues.length; start += MERGE) {
    const scans = queues.slice(start, start + MERGE).map(scan)
    merged.push(`select * from (${scans.join(' union all ')} ${order} ${upTo})`)
  }
  return `select r.*, j.args, j.max_attempts, j.created_at, j.expires_at, j.policy
    from (${merged.join(' union all ')} ${order} ${upTo}) r cross join offstage_job j on j.seq = r.seq`
}

/** What was taken from a queue is its beginning, but for the handlers passed over: one comparison deletes it. */
function remove(database: SqliteDatabase, taken: readonly ReadyRow[], except: readonly number[]): void {
  const last = new Map<number, ReadyRow>()
  for (const row of taken) last.set(row[0], row)
  const passingOver = except.length === 0 ? '' : ` and handler not in (${except.join(', ')})`
  for (const [queue, rank, runAt, id] of last.values()) {
    database.change(deletePrefix + passingOver, queue, rank, runAt, id)
  }
}

interface Kind {
  attempt: number
  spared: number
  crashes: number
  started: boolean
  seqs: number[]
}

/** Nearly all jobs of a claim are alike but for their keys: one insert for each kind there is. */
function markRunning(database: SqliteDatabase, request: ClaimRequest, jobs: readonly ClaimedJob[], now: number): void {
  const { lease, claim: number } = request
  const kinds: Kind[] = []
  for (const [index, { key, attempt, spared, crashes }] of jobs.entries()) {
    const started = index < request.start && !isSuspect(crashes)
    let kind = kinds.find(
      (each) =>
        each.started === started && each.attempt === attempt && each.spared === spared && each.crashes === crashes,
    )
    if (kind === undefined) {
      kind = { attempt, spared, crashes, started, seqs: [] }
      kinds.push(kind)
    }
    kind.seqs.push(key as number)
  }
  for (const { attempt, spared, crashes, started, seqs } of kinds) {
    const startedAt = started ? now : null
    database.change(insertRunning, attempt, lease, number, spared, crashes, startedAt, JSON.stringify(seqs))
  }
}

function toClaimedJob(names: Names, row: ReadyRow, number: number, now: number): ClaimedJob {
  const [queue, rank, runAt, id, seq, attempt, spared, crashes, handlerId] = row
  const [, , , , , , , , , args, maxAttempts, createdAt, expiresAt, policy] = row
  const handler = names.handler(handlerId)
  return {
    key: seq,
    id,
    class: handler.class,
    method: handler.method,
    args,
    queue: names.queueName(queue),
    priority: 0 - rank,
    attempt: attempt + 1,
    claim: number,
    maxAttempts: maxAttempts + spared,
    crashes,
    spared,
    policy: policy ?? undefined,
    // Expiry is about being started: a job that has had an attempt has been.
    expired: expiresAt !== null && expiresAt <= now && attempt === 0,
    createdAt,
    runAt,
  }
}
