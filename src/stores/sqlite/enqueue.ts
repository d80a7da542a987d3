import type { Enqueued } from '../../core/job.ts'
import type { NewJob } from '../../store/store.ts'
import type { SqliteDatabase } from './database.ts'
import type { Names } from './names.ts'

/** From so many alike jobs on, one statement for all of them beats a pair of statements for each. */
const BULK = 8
/** Rows that one bulk statement inserts: bounds the JSON text that is built for it. */
const CHUNK = 1_000

const ID_LENGTH = 36

const insertJob = `insert into offstage_job
  (id, handler, queue, priority, args, max_attempts, created_at, run_at, expires_at, policy, tags)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (id) do nothing`

/** Each value is an id with its arguments behind it: a flat list is parsed once, nested ones once a column. */
const insertJobs = `insert into offstage_job
  (id, handler, queue, priority, args, max_attempts, created_at, run_at, expires_at, policy, tags)
  select substr(value, 1, ${ID_LENGTH}), ?, ?, ?, substr(value, ${ID_LENGTH + 1}), ?, ?, ?, ?, ?, ?
  from json_each(?) where true on conflict (id) do nothing`

const insertReady = `insert into offstage_ready
  (queue, rank, run_at, id, seq, attempt, spared, crashes, handler) values (?, ?, ?, ?, ?, 0, 0, 0, ?)`
const insertReadies = `insert into offstage_ready (queue, rank, run_at, id, seq, attempt, spared, crashes, handler)
  select queue, -priority, run_at, id, seq, 0, 0, 0, handler from offstage_job where seq > ?`

const insertDelayed =
  'insert into offstage_delayed (run_at, seq, queue, attempt, spared, crashes) values (?, ?, ?, 0, 0, 0)'
const insertDelayeds = `insert into offstage_delayed (run_at, seq, queue, attempt, spared, crashes)
  select run_at, seq, queue, 0, 0, 0 from offstage_job where seq > ?`

const insertExpiry = 'insert into offstage_expiry (expires_at, seq) values (?, ?)'
const insertExpiries =
  'insert into offstage_expiry (expires_at, seq) select expires_at, seq from offstage_job where seq > ?'

/** Stores a batch in one transaction. A job whose id is stored already is left as it is, and called a duplicate. */
export async function enqueue(database: SqliteDatabase, names: Names, jobs: readonly NewJob[]): Promise<Enqueued[]> {
  if (jobs.length === 0) return []
  return await database.immediate(() => {
    const now = database.clock()
    if (jobs.length < BULK) return jobs.map((job) => insertOne(database, names, job, now))
    const created = new Set<string>()
    for (const group of alike(firstOfEachId(jobs))) insertAlike(database, names, group, now, created)
    // The first of two with one id was created; `delete` tells it from the second.
    return jobs.map(({ id }) => ({ id, status: created.delete(id) ? 'created' : 'duplicate' }))
  })
}

function insertOne(database: SqliteDatabase, names: Names, job: NewJob, now: number): Enqueued {
  const handler = names.handlerId(job.class, job.method)
  const queue = names.queueId(job.queue)
  const runAt = dueAt(job, now)
  const expiresAt = job.expiresInMs === undefined ? null : now + job.expiresInMs
  const { changes, lastInsertRowid } = database
    .statement(insertJob)
    .run(
      job.id,
      handler,
      queue,
      job.priority,
      job.args,
      job.maxAttempts,
      now,
      runAt,
      expiresAt,
      job.policy ?? null,
      tagsText(job),
    )
  if (changes === 0) return { id: job.id, status: 'duplicate' }
  if (runAt > now) database.statement(insertDelayed).run(runAt, lastInsertRowid, queue)
  else database.statement(insertReady).run(queue, -job.priority, runAt, job.id, lastInsertRowid, handler)
  if (expiresAt !== null) database.statement(insertExpiry).run(expiresAt, lastInsertRowid)
  return { id: job.id, status: 'created' }
}

/** Inserts jobs that differ in nothing but their ids and arguments. */
function insertAlike(
  database: SqliteDatabase,
  names: Names,
  jobs: readonly NewJob[],
  now: number,
  created: Set<string>,
): void {
  const [job] = jobs as [NewJob]
  const runAt = dueAt(job, now)
  const expiresAt = job.expiresInMs === undefined ? null : now + job.expiresInMs
  const [before] = database.query<{ seq: number | null }>('select max(seq) as seq from offstage_job')
  const last = before?.seq ?? 0
  const inserted = database.change(
    insertJobs,
    names.handlerId(job.class, job.method),
    names.queueId(job.queue),
    job.priority,
    job.maxAttempts,
    now,
    runAt,
    expiresAt,
    job.policy ?? null,
    tagsText(job),
    JSON.stringify(jobs.map(({ id, args }) => id + args)),
  )
  if (inserted === jobs.length) for (const { id } of jobs) created.add(id)
  else {
    for (const { id } of database.query<{ id: string }>('select id from offstage_job where seq > ?', last)) {
      created.add(id)
    }
  }
  if (inserted === 0) return
  database.change(runAt > now ? insertDelayeds : insertReadies, last)
  if (expiresAt !== null) database.change(insertExpiries, last)
}

function firstOfEachId(jobs: readonly NewJob[]): Iterable<NewJob> {
  const first = new Map<string, NewJob>()
  for (const job of jobs) if (!first.has(job.id)) first.set(job.id, job)
  return first.values()
}

/** Groups of jobs that can share a statement, in chunks, each in the order of the batch. */
function* alike(jobs: Iterable<NewJob>): Generator<NewJob[]> {
  const groups = new Map<string, NewJob[]>()
  for (const job of jobs) {
    const { id, args, ...rest } = job
    const key = JSON.stringify(rest)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [job])
    else group.push(job)
  }
  for (const group of groups.values()) {
    for (let start = 0; start < group.length; start += CHUNK) yield group.slice(start, start + CHUNK)
  }
}

function dueAt(job: NewJob, now: number): number {
  return 'at' in job.due ? job.due.at : now + job.due.inMs
}

function tagsText(job: NewJob): string | null {
  return job.tags === undefined || job.tags.length === 0 ? null : JSON.stringify(job.tags)
}
