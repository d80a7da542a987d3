import type { Enqueued, JobId } from '../../core/job.ts'
import type { NewJob } from '../../store/store.ts'
import type { MysqlDatabase } from './database.ts'
import { isDuplicate } from './errors.ts'
import { literal, tuple } from './literal.ts'
import type { Names } from './names.ts'
import type { Session } from './session.ts'

/** Rows of one insert. */
const CHUNK = 1_000

const insertJobs = `insert into offstage_job
  (id, handler, queue, priority, args, max_attempts, created_at, run_at, expires_at, policy, tags) values `

/**
 * The jobs that the insert before has made. It reserved their numbers at once, so they follow each other; where several
 * servers give numbers (Galera, group replication), each in its own steps.
 */
const justInserted = (count: number) => `offstage_job force index (primary)
  where seq between last_insert_id() and last_insert_id() + ${count - 1} * @@auto_increment_increment
    and (seq - last_insert_id()) % @@auto_increment_increment = 0`
const insertReady = (count: number) => `insert into offstage_ready
    (queue, \`rank\`, run_at, id, seq, attempt, spared, crashes, handler)
  select queue, -priority, run_at, id, seq, 0, 0, 0, handler from ${justInserted(count)} and run_at <= created_at`
const insertDelayed = (count: number) => `insert into offstage_delayed (run_at, seq, queue, attempt, spared, crashes)
  select run_at, seq, queue, 0, 0, 0 from ${justInserted(count)} and run_at > created_at`
const insertExpiry = (count: number) => `insert into offstage_expiry (expires_at, seq)
  select expires_at, seq from ${justInserted(count)} and expires_at is not null`

/** Stores a batch in one transaction. A job whose id is stored already is left as it is, and called a duplicate. */
export async function enqueue(database: MysqlDatabase, names: Names, jobs: readonly NewJob[]): Promise<Enqueued[]> {
  if (jobs.length === 0) return []
  await names.learn(jobs)
  const wanted = new Map<JobId, NewJob>()
  for (const job of jobs) if (!wanted.has(job.id)) wanted.set(job.id, job)
  const created = await database.write(async (session) => {
    const begin = ['start transaction', `set @offstage_now = ${database.clockSql()}`]
    const stored = await insertAll(session, names, [...wanted.values()], begin)
    await session.query('commit')
    return stored
  })
  // The first of two with one id was created; `delete` tells it from the second.
  return jobs.map(({ id }) => ({ id, status: created.delete(id) ? 'created' : 'duplicate' }))
}

/** Inserts in chunks. An id that is stored already spoils its chunk: then the chunk goes without it. */
async function insertAll(
  session: Session,
  names: Names,
  jobs: readonly NewJob[],
  begin: readonly string[],
): Promise<Set<JobId>> {
  const created = new Set<JobId>()
  let before = begin
  for (const chunk of chunks(jobs, names, session.mostText)) {
    for (let left = chunk; left.length > 0; ) {
      try {
        await insertChunk(session, left, before)
        for (const { job } of left) created.add(job.id)
        break
      } catch (error) {
        if (!isDuplicate(error)) throw error
        const stored = await storedIds(session, left)
        // Whoever stored it may have undone that since: then what has failed once works now.
        left = left.filter(({ job }) => !stored.has(job.id))
      } finally {
        before = []
      }
    }
  }
  return created
}

interface Row {
  job: NewJob
  text: string
}

async function insertChunk(session: Session, rows: readonly Row[], before: readonly string[]): Promise<void> {
  const count = rows.length
  const later = rows.some(({ job }) => 'at' in job.due || job.due.inMs > 0)
  const expiring = rows.some(({ job }) => job.expiresInMs !== undefined)
  const statements = [...before, insertJobs + rows.map(({ text }) => text).join(','), insertReady(count)]
  if (later) statements.push(insertDelayed(count))
  if (expiring) statements.push(insertExpiry(count))
  const results = (await session.script(statements)) as { affectedRows: number }[]
  const [ready, delayed] = results.slice(before.length + 1)
  // A job that stands in no hot table would never run.
  if ((ready?.affectedRows ?? 0) + (later ? (delayed?.affectedRows ?? 0) : 0) !== count) {
    throw new Error(`the server numbered ${count} new rows in a way that is not known here; nothing was stored`)
  }
}

function* chunks(jobs: readonly NewJob[], names: Names, mostText: number): Generator<Row[]> {
  let chunk: Row[] = []
  let length = 0
  for (const job of jobs) {
    const text = rowText(job, names)
    if (chunk.length === CHUNK || (chunk.length > 0 && length + text.length > mostText)) {
      yield chunk
      chunk = []
      length = 0
    }
    chunk.push({ job, text })
    length += text.length
  }
  yield chunk
}

/** With the clock of the transaction, which the server has. */
function rowText(job: NewJob, names: Names): string {
  const { id, priority, args, maxAttempts, due, expiresInMs, policy, tags } = job
  const head = tuple([id, names.handlerId(job), names.queueId(job.queue), priority, args, maxAttempts]).slice(0, -1)
  const runAt = 'at' in due ? literal(due.at) : after(due.inMs)
  const expiresAt = expiresInMs === undefined ? 'null' : after(expiresInMs)
  const tail = tuple([policy ?? null, tags === undefined || tags.length === 0 ? null : JSON.stringify(tags)]).slice(1)
  return `${head},@offstage_now,${runAt},${expiresAt},${tail}`
}

function after(ms: number): string {
  return ms === 0 ? '@offstage_now' : `@offstage_now + ${literal(ms)}`
}

async function storedIds(session: Session, rows: readonly Row[]): Promise<Set<JobId>> {
  const ids = rows.map(({ job }) => literal(job.id)).join(',')
  const found = (await session.query(`select id from offstage_job where id in (${ids})`)) as { id: JobId }[]
  return new Set(found.map(({ id }) => id))
}
