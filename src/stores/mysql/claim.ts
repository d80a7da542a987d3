import { isSuspect } from '../../core/transition.ts'
import type { Claim, ClaimedJob, ClaimRequest } from '../../store/store.ts'
import type { MysqlDatabase } from './database.ts'
import { inserts, tuple } from './literal.ts'
import type { Names } from './names.ts'
import { promote } from './promote.ts'
import { type ReadyRow, removeReady } from './ready.ts'
import type { Session } from './session.ts'
import { planTaking, take } from './take.ts'

/** Rows that one statement names by their numbers. */
const CHUNK = 1_000

/** What a claim has to know before it takes a lock: an idle worker must not make the others wait. */
interface Look {
  now: number
  alive: number | null
  next: number | null
  /** Those that are not paused and have something ready. */
  queues: { id: number; name: string }[]
}

/** Takes due jobs in the order of priority, due time and id: from `ready` to `running`, in one transaction. */
export async function claim(database: MysqlDatabase, names: Names, request: ClaimRequest): Promise<Claim> {
  let seen = await look(database, request)
  if (seen.alive !== null && seen.next !== null && seen.next <= seen.now) {
    await promote(database, seen.now)
    seen = await look(database, request)
  }
  const plan = planTaking(request, seen.queues)
  if (seen.alive === null || plan.length === 0) return nothing(seen)
  const { except = [] } = request
  const handlers = except.length === 0 ? 'all' : await names.handlerIdsBut(except)
  if (handlers.length === 0) return nothing(seen)
  const taken = await database.write(async (session) => {
    const { rows, unremoved } = await take(session, request, plan, handlers)
    if (rows.length === 0) {
      await session.query('rollback')
      return undefined
    }
    return { rows, ...(await markRunning(session, database, request, rows, unremoved)) }
  })
  if (taken === undefined) return nothing(seen)
  const { rows, details, now, next } = taken
  await names.learnNumbers(rows)
  const jobs = rows.map((row) => toClaimedJob(names, row, details, request.claim, now))
  return { jobs, now, nextDueInMs: until(next, now) }
}

async function look(database: MysqlDatabase, { lease }: ClaimRequest): Promise<Look> {
  // A select with a limit inside: as a join, the planner would read all that is ready.
  const looks = [
    `select ${database.clockSql()} as now,
      (select 1 from offstage_worker where lease = ${lease} and ended_at is null) as alive,
      (select run_at from offstage_delayed order by run_at limit 1) as next`,
    `select q.id, q.name from offstage_queue q
      where q.paused = 0 and (select 1 from offstage_ready r where r.queue = q.id limit 1) = 1`,
  ]
  return await database.pool.use(async (session) => {
    const [[state], queues] = (await session.script(looks)) as [[Omit<Look, 'queues'>], Look['queues']]
    return { ...state, queues }
  })
}

function nothing({ now, next }: Look): Claim {
  return { jobs: [], now, nextDueInMs: until(next, now) }
}

function until(next: number | null, now: number): number | undefined {
  return next === null ? undefined : Math.max(0, next - now)
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

/** Puts what was taken into `running`, reads what it takes to run it, and commits. */
async function markRunning(
  session: Session,
  database: MysqlDatabase,
  request: ClaimRequest,
  rows: readonly ReadyRow[],
  unremoved: readonly ReadyRow[],
): Promise<Marked> {
  const statements = [`set @offstage_now = ${database.clockSql()}`]
  statements.push(
    ...inserts(
      'offstage_running (seq, attempt, lease, claim, spared, crashes, started_at)',
      rows.map((row, index) => runningRow(row, request, index)),
      session.mostText,
    ),
  )
  for (let start = 0; start < rows.length; start += CHUNK) {
    const seqs = rows.slice(start, start + CHUNK).map(({ seq }) => seq)
    statements.push(`select seq, args, max_attempts, created_at, expires_at, policy
      from offstage_job force index (primary) where seq in (${seqs.join(',')})`)
  }
  statements.push(
    ...removeReady(unremoved),
    'select @offstage_now, (select run_at from offstage_delayed order by run_at limit 1)',
    'commit',
  )
  const results = await session.script(statements, true)
  const [[now, next]] = results.at(-2) as [[number, number | null]]
  const details = new Map<number, DetailRow>()
  for (const found of results.slice(0, -2)) {
    if (Array.isArray(found)) for (const row of found as DetailRow[]) details.set(row[0], row)
  }
  return { details, now, next }
}

function runningRow({ seq, attempt, spared, crashes }: ReadyRow, request: ClaimRequest, index: number): string {
  const started = index < request.start && !isSuspect(crashes)
  const values = tuple([seq, attempt + 1, request.lease, request.claim, spared, crashes])
  return `${values.slice(0, -1)},${started ? '@offstage_now' : 'null'})`
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
