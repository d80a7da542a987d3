import { isSuspect } from '../../core/transition.ts'
import type { Claim, ClaimedJob, ClaimRequest, ClaimStep } from '../../store/store.ts'
import { type MysqlDatabase, PATIENCE_MS } from './database.ts'
import { tuple } from './literal.ts'
import type { Names } from './names.ts'
import { promote } from './promote.ts'
import { keyOf, type ReadyRow, takeReady } from './ready.ts'
import type { Session } from './session.ts'

/** Rows that one statement names by their keys. Over a thousand, MariaDB would make a table of them first. */
const CHUNK = 500

/** What a claim has to know before it takes a lock: an idle worker must not make the others wait. */
interface Look {
  now: number
  alive: number | null
  next: number | null
  queues: OpenQueue[]
}

interface OpenQueue {
  id: number
  name: string
}

/** Takes due jobs in the order of priority, due time and id: from `ready` to `running`, in one transaction. */
export async function claim(database: MysqlDatabase, names: Names, request: ClaimRequest): Promise<Claim> {
  let seen = await look(database, request)
  if (seen.alive !== null && seen.next !== null && seen.next <= seen.now) {
    await promote(database, seen.now)
    seen = await look(database, request)
  }
  const except = await names.knownHandlerIds(request.except ?? [])
  if (seen.alive === null || request.limit <= 0 || seen.queues.length === 0) return nothing(seen)
  const taken = await database.write(async (session) => {
    const begun = await begin(session, request)
    const rows = begun ? await take(session, seen.queues, except, request) : []
    if (rows.length === 0) {
      await session.query('rollback', PATIENCE_MS)
      return undefined
    }
    return { rows, ...(await markRunning(session, database, request, rows)) }
  })
  if (taken === undefined) return nothing(seen)
  const { rows, details, now, next } = taken
  await names.learnNumbers(rows)
  return {
    jobs: rows.map((row) => toClaimedJob(names, row, details, request.claim, now)),
    now,
    nextDueInMs: until(next, now),
  }
}

async function look(database: MysqlDatabase, { lease }: ClaimRequest): Promise<Look> {
  // A select with a limit inside: as a join, the planner would read all that is ready.
  const text = `select ${database.clockSql()} as now,
      (select 1 from offstage_worker where lease = ${lease} and ended_at is null) as alive,
      (select run_at from offstage_delayed order by run_at limit 1) as next;
    select q.id, q.name from offstage_queue q
      where q.paused = 0 and (select 1 from offstage_ready r where r.queue = q.id limit 1) = 1`
  return await database.connections.use(async (session) => {
    const [[state], queues] = (await session.query(text, PATIENCE_MS)) as [[Omit<Look, 'queues'>], OpenQueue[]]
    return { ...state, queues }
  })
}

function nothing({ now, next }: Look): Claim {
  return { jobs: [], now, nextDueInMs: until(next, now) }
}

function until(next: number | null, now: number): number | undefined {
  return next === null ? undefined : Math.max(0, next - now)
}

/**
 * A worker that stalled past its lease must not claim what would be an orphan at once: the lease is held until the end
 * of the transaction, so that nobody can end it in between.
 */
async function begin(session: Session, { lease }: ClaimRequest): Promise<boolean> {
  const isAlive = `select 1 from offstage_worker where lease = ${lease} and ended_at is null lock in share mode`
  const [, rows] = (await session.query(`start transaction; ${isAlive}`, PATIENCE_MS)) as [unknown, unknown[]]
  return rows.length > 0
}

async function take(
  session: Session,
  open: readonly OpenQueue[],
  except: readonly number[],
  request: ClaimRequest,
): Promise<ReadyRow[]> {
  const taken: ReadyRow[] = []
  for (const step of request.steps) {
    const limit = Math.min(step.limit, request.limit - taken.length)
    const queues = queuesOf(step, open)
    if (limit <= 0 || queues.length === 0) continue
    const rows = await takeReady(session, queues, except, limit)
    // Taken out at once: the next step must not find them again.
    for (let start = 0; start < rows.length; start += CHUNK) {
      const keys = rows
        .slice(start, start + CHUNK)
        .map(keyOf)
        .join(',')
      await session.query(
        `delete r from offstage_ready r force index (primary) where (r.queue, r.\`rank\`, r.run_at, r.id) in (${keys})`,
        PATIENCE_MS,
      )
    }
    taken.push(...rows)
  }
  return taken
}

function queuesOf(step: ClaimStep, open: readonly OpenQueue[]): number[] {
  const wanted = step.queues === 'all' ? open : open.filter(({ name }) => step.queues.includes(name))
  return wanted.map(({ id }) => id)
}

/** In the order of the select's columns. */
type DetailRow = readonly [
  seq: number,
  args: string,
  maxAttempts: number,
  createdAt: number,
  expiresAt: number | null,
  policy: string | null,
]

interface Marked {
  details: Map<number, DetailRow>
  now: number
  next: number | null
}

async function markRunning(
  session: Session,
  database: MysqlDatabase,
  request: ClaimRequest,
  rows: readonly ReadyRow[],
): Promise<Marked> {
  const clock = database.clockSql()
  const details = new Map<number, DetailRow>()
  for (let start = 0; start < rows.length; start += CHUNK) {
    const chunk = rows.slice(start, start + CHUNK)
    const values = chunk.map(({ seq, attempt, spared, crashes }, index) => {
      const started = start + index < request.start && !isSuspect(crashes)
      const text = tuple([seq, attempt + 1, request.lease, request.claim, spared, crashes]).slice(0, -1)
      return `${text},${started ? '@offstage_now' : 'null'})`
    })
    const text = `set @offstage_now = ${start === 0 ? clock : '@offstage_now'};
      insert into offstage_running (seq, attempt, lease, claim, spared, crashes, started_at) values ${values.join(',')};
      select seq, args, max_attempts, created_at, expires_at, policy from offstage_job force index (primary)
        where seq in (${chunk.map(({ seq }) => seq).join(',')})`
    const [, , found] = (await session.query(text, PATIENCE_MS, true)) as [unknown, unknown, DetailRow[]]
    for (const row of found) details.set(row[0], row)
  }
  const end = `select @offstage_now, (select run_at from offstage_delayed order by run_at limit 1); commit`
  const [[state]] = (await session.query(end, PATIENCE_MS, true)) as [[[now: number, next: number | null]]]
  const [now, next] = state
  return { details, now, next }
}

function toClaimedJob(
  names: Names,
  row: ReadyRow,
  details: ReadonlyMap<number, DetailRow>,
  claim: number,
  now: number,
): ClaimedJob {
  const { queue, rank, runAt, id, seq, attempt, spared, crashes } = row
  const [, args, maxAttempts, createdAt, expiresAt, policy] = details.get(seq) as DetailRow
  const handler = names.handler(row.handler)
  return {
    key: seq,
    id,
    class: handler.class,
    method: handler.method,
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
    runAt,
  }
}
