import type { Enqueued } from '../../core/job.ts'
import type { EnqueuedAndClaimed, NewJob } from '../../store/store.ts'
import type { ClaimQuestion } from './claim.ts'
import type { PostgresDatabase } from './database.ts'
import { carried, furtherValues, inChunks, isPlain, plainDue, plainValues } from './enqueue-rows.ts'
import { isTaken } from './errors.ts'
import type { Prepared, Question } from './exchange.ts'
import type { Names } from './names.ts'
import type { Session } from './session.ts'
import type { Staging } from './staging.ts'
import type { Wake, WakeSign } from './wake.ts'

/** Whoever sleeps until the next delayed job that it knows of has to hear of one that is due before. */
const SOON_MS = 60_000
/** How far this machine's clock may be off, where it has to do. */
const CLOCKS_MS = 3_600_000

/**
 * @param fresh For jobs that nobody can have stored before. To look for each id first, and to insert so that it can be
 * taken back, costs the server a fifth of the whole.
 * @param tells Whether others hear of it. Without, NOTIFY is not even named: not every server that speaks PostgreSQL's
 * language has it.
 */
function statement(database: PostgresDatabase, fresh: boolean, tells: boolean): Prepared {
  const told = tells
    ? `
    select pg_notify($13, $14)::text from stored where run_at <= (select now from clock) + ${SOON_MS} limit 1`
    : 'select id from stored limit 0'
  return database.prepared(
    `enqueue${fresh ? '_fresh' : ''}${tells ? '' : '_quietly'}`,
    () => `
    with clock as materialized (select ${database.clockSql('$1')} as now),
    stored as (
      insert into {job} (id, handler, queue, priority, args, max_attempts, created_at, run_at, expires_at, policy, tags)
      select g.id, g.handler, g.queue, g.priority, g.args, g.max_attempts, c.now, coalesce(g.due_at, c.now + g.due_in),
        c.now + g.expires_in, g.policy, g.tags
      from clock c, unnest($2::text[], $3::int[], $4::int[], $5::bigint[], $6::text[], $7::int[], $8::bigint[],
        $9::bigint[], $10::bigint[], $11::text[], $12::text[])
        as g (id, handler, queue, priority, args, max_attempts, due_at, due_in, expires_in, policy, tags)
      ${fresh ? '' : 'on conflict (id) do nothing'}
      returning seq, id, handler, queue, priority, run_at, ${carried}, max_attempts, created_at, expires_at, policy
    ),
    due as (
      insert into {ready} (queue, "rank", run_at, id, seq, attempt, spared, crashes, handler, args, max_attempts,
        created_at, expires_at, policy)
      select queue, -priority, run_at, id, seq, 0, 0, 0, handler, args, max_attempts, created_at, expires_at, policy
      from stored where run_at <= (select now from clock)
    ),
    later as (
      insert into {delayed} (run_at, seq, queue, attempt, spared, crashes)
      select run_at, seq, queue, 0, 0, 0 from stored where run_at > (select now from clock)
    ),
    ends as (insert into {expiry} (expires_at, seq) select expires_at, seq from stored where expires_at is not null)
    ${fresh ? told : `select id from stored union all (${told})`}`,
  )
}

/** The same for fresh jobs that are due now and have nothing special about them: most are so, and it costs a fifth less. */
function plainStatement(database: PostgresDatabase, tells: boolean): Prepared {
  const told = tells ? 'select pg_notify($8, $9)::text' : "select ''"
  return database.prepared(
    tells ? 'enqueue_plain' : 'enqueue_plain_quietly',
    () => `
    with clock as materialized (select ${database.clockSql('$1')} as now),
    stored as (
      insert into {job} (id, handler, queue, priority, args, max_attempts, created_at, run_at)
      select g.id, g.handler, g.queue, g.priority, g.args, g.max_attempts, c.now, c.now
      from clock c, unnest($2::text[], $3::int[], $4::int[], $5::bigint[], $6::text[], $7::int[])
        as g (id, handler, queue, priority, args, max_attempts)
      returning seq, id, handler, queue, priority, run_at, ${carried}, max_attempts
    ),${plainDue}
    ${told}`,
  )
}

function isSoon({ due }: NewJob): boolean {
  return 'at' in due ? due.at <= Date.now() + CLOCKS_MS : due.inMs <= SOON_MS
}

/** What enqueueing has to do with beside the database. */
export interface Around {
  names: Names
  wake: Wake
  staging: Staging
}

/** Stores a batch, all of it or nothing. A job whose id is stored already is left as it is, and called a duplicate. */
export async function enqueue(
  database: PostgresDatabase,
  { names, wake, staging }: Around,
  jobs: readonly NewJob[],
): Promise<Enqueued[]> {
  if (jobs.length === 0) return []
  await names.store(jobs)
  if (areFresh(jobs) && (await staging.stage(jobs))) return allCreated(jobs)
  await staging.own()
  const heard = wake.along()
  const enqueued = await store(database, names, heard, jobs)
  if (heard === undefined && jobs.some(isSoon)) wake.soon()
  staging.answered()
  return enqueued
}

async function store(
  database: PostgresDatabase,
  names: Names,
  heard: WakeSign | undefined,
  jobs: readonly NewJob[],
): Promise<Enqueued[]> {
  if (areFresh(jobs)) {
    try {
      await insert(database, names, heard, jobs, true)
      return allCreated(jobs)
    } catch (error) {
      // An answer was lost, and this is the call again. All of it is undone, so nothing is there twice.
      if (!isTaken(error)) throw error
    }
  }
  // The first of two with one id was created; `delete` tells it from the second.
  const created = await insert(database, names, heard, jobs, false)
  return jobs.map(({ id }) => ({ id, status: created.delete(id) ? 'created' : 'duplicate' }))
}

/** Returns what the statement tells: the ids that are new, unless all of them have to be. */
async function insert(
  database: PostgresDatabase,
  names: Names,
  heard: WakeSign | undefined,
  jobs: readonly NewJob[],
  fresh: boolean,
): Promise<Set<string>> {
  const ask = async (session: Session, chunk: readonly NewJob[], patienceMs: number) => {
    const { statement, values } = question(database, names, heard, chunk, fresh)
    for (const [id] of await session.ask(statement, values, patienceMs)) told.add(id as string)
  }
  const chunks = inChunks(jobs)
  const told = new Set<string>()
  if (chunks.length === 1) await database.pool.use((session) => ask(session, jobs, database.place.timeoutMs))
  else {
    await database.inTransaction(async (session) => {
      for (const chunk of chunks) await ask(session, chunk, database.longPatience)
    })
  }
  return told
}

/**
 * The same together with a claim, in one transaction and one round trip: whoever has nothing to do gets what it stores
 * without waiting for a second commit. Others are not told: they would be woken for what is taken already.
 */
export async function enqueueAndClaim(
  database: PostgresDatabase,
  names: Names,
  jobs: readonly NewJob[],
  claim: ClaimQuestion,
): Promise<EnqueuedAndClaimed | undefined> {
  if (!areFresh(jobs) || inChunks(jobs).length > 1) return undefined
  await names.store(jobs)
  const questions = [question(database, names, undefined, jobs, true), claim.question()]
  try {
    const [, rows] = await database.pool.use((session) => session.exchange(questions, database.place.timeoutMs))
    return { enqueued: allCreated(jobs), claim: claim.read(rows as unknown[][]) }
  } catch (error) {
    if (!isTaken(error)) throw error
    return undefined
  }
}

function areFresh(jobs: readonly NewJob[]): boolean {
  return jobs.every(({ fresh }) => fresh === true)
}

function allCreated(jobs: readonly NewJob[]): Enqueued[] {
  return jobs.map(({ id }) => ({ id, status: 'created' }))
}

/** @param heard What tells the others; undefined where nobody is told. */
function question(
  database: PostgresDatabase,
  names: Names,
  heard: WakeSign | undefined,
  jobs: readonly NewJob[],
  fresh: boolean,
): Question {
  const values = plainValues(database, names, jobs)
  const tells = heard !== undefined
  const told = tells ? [heard.channel, heard.sender] : []
  if (fresh && jobs.every(isPlain)) return { statement: plainStatement(database, tells), values: [...values, ...told] }
  return { statement: statement(database, fresh, tells), values: [...values, ...furtherValues(jobs), ...told] }
}
