import type { Enqueued, JobId } from '../../../core/job.ts'
import type { NewJob } from '../../../store/store.ts'
import { type Connection, type Database, list, type Statement, sql, table, type Value } from '../database.ts'
import { areUnique, takeKeys } from '../unique.ts'

/** A transaction, of whoever it is. */
export type TxConnection = Pick<Connection, 'all'>

/** What differs between the databases, for storing jobs inside a transaction that does other things too. */
export interface StoreJobs {
  /** One row that is read before anything is written: `id` is the clock in ms. */
  glance(): Statement
  /** Put behind an insert whose row may be there already. */
  readonly unlessThere: Statement
  /** A select that sees what was committed since the transaction began, too. */
  asCommitted(select: Statement): Statement
  /** Inserts jobs; returns the ids of those that were not there yet. `into` lacks the values. */
  insertJobs(tx: TxConnection, into: Statement, jobs: readonly TxRow[]): Promise<string[]>
  /** Wakes the workers when, and only if, the transaction commits. */
  readonly wake: Statement | undefined
}

export interface Glance {
  kind: string
  id: number | string | bigint
  a: string | null
  b: string | null
}

/** A job as it is inserted. */
export interface TxRow {
  id: string
  /** Its values, in brackets. */
  row: Statement
}

/** Rows and bytes of one insert. */
const ROWS = 200
const BYTES = 1_000_000

/** What is the same for all jobs of one call. */
export interface Names {
  now: number
  handlers: Map<string, number>
  queues: Map<string, number>
}

/** Where a statement can say what it has inserted. */
export async function insertReturning(tx: TxConnection, into: Statement, jobs: readonly TxRow[]): Promise<string[]> {
  const rows = await tx.all<{ id: string }>(
    sql`${into} ${list(jobs.map(({ row }) => row))} on conflict (id) do nothing returning id`,
  )
  return rows.map(({ id }) => id)
}

/**
 * Stores jobs in a transaction that is open: names, too, are looked up and made there, since what a transaction has made
 * is gone when it is rolled back.
 */
export async function storeJobs(
  dialect: StoreJobs,
  connection: TxConnection,
  jobs: readonly NewJob[],
): Promise<Enqueued[]> {
  const [, names] = await look(dialect, connection, jobs, (select) => select)
  return await storeNamed(dialect, connection, names, jobs, new Set())
}

/** The same in a transaction of its own: for jobs of which some may have to give way to others. */
export async function enqueueUnique(database: Database, dialect: StoreJobs, jobs: readonly NewJob[]) {
  return await database.transaction((tx) => storeJobs(dialect, tx, jobs))
}

/** @param created Gets the ids of those that were stored, as they are. */
export async function storeNamed(
  dialect: StoreJobs,
  connection: TxConnection,
  names: Names,
  jobs: readonly NewJob[],
  created: Set<string>,
): Promise<Enqueued[]> {
  await makeMissing(dialect, connection, jobs, names)
  const first = [...firstOfEachId(jobs)]
  const holders = areUnique(first) ? await takeKeys(dialect, connection, first, names.now) : NONE
  const free = holders.size === 0 ? first : first.filter((job) => !holders.has(job))
  for (const chunk of chunks(free)) await insertChunk(dialect, connection, names, chunk, created)
  if (dialect.wake !== undefined && created.size > 0) await connection.all(dialect.wake)
  // The first of two with one id was created; `delete` tells it from the second.
  const told = new Set(created)
  return jobs.map((job) => {
    const holder = holders.get(job)
    if (holder !== undefined) return { id: holder, status: 'duplicate' }
    return { id: job.id, status: told.delete(job.id) ? 'created' : 'duplicate' }
  })
}

const NONE: ReadonlyMap<NewJob, JobId> = new Map()

/** Reads the clock and the names. */
export async function look(
  dialect: StoreJobs,
  connection: TxConnection,
  jobs: readonly NewJob[],
  seen: (select: Statement) => Statement,
): Promise<[Glance, Names]> {
  const handlers = new Map(jobs.map((job) => [nameOf(job), job]))
  const queues = new Set(jobs.map(({ queue }) => queue))
  const parts = [dialect.glance()]
  for (const job of handlers.values()) {
    const named = sql`where class = ${job.class} and method = ${job.method}`
    parts.push(seen(sql`select 'handler' as kind, id, class as a, method as b from ${table.handler} ${named}`))
  }
  for (const queue of queues) {
    parts.push(seen(sql`select 'queue' as kind, id, name as a, '' as b from ${table.queue} where name = ${queue}`))
  }
  const rows = await connection.all<Glance>(list(parts, ' union all '))
  const names: Names = { now: 0, handlers: new Map(), queues: new Map() }
  let found: Glance | undefined
  for (const row of rows) {
    if (row.kind === 'handler') names.handlers.set(`${row.a}.${row.b}`, Number(row.id))
    else if (row.kind === 'queue') names.queues.set(String(row.a), Number(row.id))
    else {
      found = row
      names.now = Number(row.id)
    }
  }
  return [found as Glance, names]
}

/** Makes the names that this database has not seen yet. */
async function makeMissing(
  dialect: StoreJobs,
  connection: TxConnection,
  jobs: readonly NewJob[],
  names: Names,
): Promise<void> {
  const left = lacking(jobs, names)
  if (left.length === 0) return
  for (const job of new Map(left.map((each) => [nameOf(each), each])).values()) {
    if (names.handlers.has(nameOf(job))) continue
    await connection.all(sql`insert into ${table.handler} (class, method) values (${job.class}, ${job.method})
      ${dialect.unlessThere}`)
  }
  for (const queue of new Set(left.map((job) => job.queue))) {
    if (names.queues.has(queue)) continue
    await connection.all(sql`insert into ${table.queue} (name) values (${queue}) ${dialect.unlessThere}`)
  }
  await lookUp(dialect, connection, left, names, (select) => dialect.asCommitted(select))
}

/** Those with a name that is not known yet. */
export function lacking(jobs: readonly NewJob[], names: Names): NewJob[] {
  return jobs.filter((job) => !names.handlers.has(nameOf(job)) || !names.queues.has(job.queue))
}

/** Adds the names of jobs, as far as there are any. */
export async function lookUp(
  dialect: StoreJobs,
  connection: TxConnection,
  jobs: readonly NewJob[],
  names: Names,
  seen: (select: Statement) => Statement = (select) => select,
): Promise<void> {
  const [, found] = await look(dialect, connection, jobs, seen)
  for (const [key, id] of found.handlers) names.handlers.set(key, id)
  for (const [key, id] of found.queues) names.queues.set(key, id)
}

function nameOf(job: NewJob): string {
  return `${job.class}.${job.method}`
}

async function insertChunk(
  dialect: StoreJobs,
  connection: TxConnection,
  names: Names,
  jobs: readonly NewJob[],
  created: Set<string>,
): Promise<void> {
  const into = sql`insert into ${table.job}
    (id, handler, queue, priority, args, max_attempts, created_at, run_at, expires_at, policy, tags) values`
  const rows = jobs.map((job) => ({ id: job.id, row: sql`(${list(valuesOf(job, names))})` }))
  const fresh = await dialect.insertJobs(connection, into, rows)
  for (const id of fresh) created.add(id)
  const stored = jobs.filter(({ id }) => created.has(id))
  const later = (job: NewJob) => dueAt(job, names.now) > names.now
  const these = (some: readonly NewJob[]) => sql`from ${table.job} where id in (${list(some.map(({ id }) => id))})`
  const ready = stored.filter((job) => !later(job))
  if (ready.length > 0) {
    await connection.all(sql`insert into ${table.ready}
      (queue, "rank", run_at, id, seq, attempt, spared, crashes, handler)
      select queue, -priority, run_at, id, seq, 0, 0, 0, handler ${these(ready)}`)
  }
  const delayed = stored.filter(later)
  if (delayed.length > 0) {
    await connection.all(sql`insert into ${table.delayed} (run_at, seq, queue, attempt, spared, crashes)
      select run_at, seq, queue, 0, 0, 0 ${these(delayed)}`)
  }
  const expiring = stored.filter(({ expiresInMs }) => expiresInMs !== undefined)
  if (expiring.length > 0) {
    await connection.all(sql`insert into ${table.expiry} (expires_at, seq) select expires_at, seq ${these(expiring)}`)
  }
}

function valuesOf(job: NewJob, { now, handlers, queues }: Names): Value[] {
  return [
    job.id,
    handlers.get(nameOf(job)) as number,
    queues.get(job.queue) as number,
    job.priority,
    job.args,
    job.maxAttempts,
    now,
    dueAt(job, now),
    job.expiresInMs === undefined ? null : now + job.expiresInMs,
    job.policy ?? null,
    job.tags === undefined || job.tags.length === 0 ? null : JSON.stringify(job.tags),
  ]
}

export function dueAt({ due }: NewJob, now: number): number {
  return 'at' in due ? due.at : now + due.inMs
}

function firstOfEachId(jobs: readonly NewJob[]): Iterable<NewJob> {
  const first = new Map<string, NewJob>()
  for (const job of jobs) if (!first.has(job.id)) first.set(job.id, job)
  return first.values()
}

function* chunks(jobs: Iterable<NewJob>): Generator<NewJob[]> {
  let chunk: NewJob[] = []
  let bytes = 0
  for (const job of jobs) {
    // Three bytes are the most that a UTF-16 unit can take.
    const size = job.args.length * 3
    if (chunk.length === ROWS || (chunk.length > 0 && bytes + size > BYTES)) {
      yield chunk
      chunk = []
      bytes = 0
    }
    chunk.push(job)
    bytes += size
  }
  if (chunk.length > 0) yield chunk
}
