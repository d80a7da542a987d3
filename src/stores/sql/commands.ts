import type { JobId, JobStatus } from '../../core/job.ts'
import type { CommandResult } from '../../store/commands.ts'
import type { AttemptRef } from '../../store/store.ts'
import { type Connection, type Database, sql, table } from './database.ts'
import { attemptRef, endUnstarted, type Located, locate, makeReady, takeOut } from './locate.ts'
import { removeJobs } from './remove.ts'

/** Jobs that one transaction changes: a command on very many must not keep the workers waiting. */
const CHUNK = 200
/** How often a job is looked for again that a worker moves on meanwhile: it takes a claim to be missed once. */
const LOOKS = 5

/** A status means: in this one it is not allowed. `moved`: it is no longer where it was found. */
type Done = { done: AttemptRef } | 'requested' | 'moved' | JobStatus
type Change = (tx: Connection, job: Located, now: number) => Promise<Done>

/** Does something to each job in turn. */
async function eachJob(database: Database, ids: readonly JobId[], change: Change): Promise<CommandResult[]> {
  const results = new Array<CommandResult>(ids.length)
  for (let start = 0; start < ids.length; start += CHUNK) {
    // By id, so that two commands on the same jobs wait for each other in the same order.
    const chunk = [...ids.entries()].slice(start, start + CHUNK).sort(([, a], [, b]) => (a < b ? -1 : 1))
    await database.transaction(async (tx) => {
      const now = await tx.now()
      for (const [position, id] of chunk) results[position] = await changeOne(tx, id, change, now)
    })
  }
  return results
}

async function changeOne(tx: Connection, id: JobId, change: Change, now: number): Promise<CommandResult> {
  for (let looks = 1; ; looks++) {
    const job = await locate(tx, id)
    if (job === undefined) return { id, result: 'missing' }
    if (job.underWay) return { id, result: 'state' }
    const done = await change(tx, job, now)
    if (typeof done === 'object') return { id, result: 'done', job: done.done }
    if (done === 'requested') return { id, result: done }
    if (done !== 'moved') return { id, result: 'state', status: done }
    if (looks === LOOKS) return { id, result: 'state', status: job.status }
  }
}

/** Pending: cancelled now. Running: its worker is asked, and finds it with its next heartbeat. */
export async function cancel(database: Database, ids: readonly JobId[]): Promise<CommandResult[]> {
  return await eachJob(database, ids, async (tx, job, now) => {
    if (job.held) {
      const asked = await tx.run(
        sql`update ${table.running} set cancel_at = coalesce(cancel_at, ${now}) where seq = ${job.seq}`,
      )
      return asked === 0 ? 'moved' : 'requested'
    }
    if (job.status !== 'pending') return job.status
    const counters = await takeOut(tx, job)
    if (counters === undefined) return 'moved'
    await endUnstarted(tx, job, counters, {
      outcome: 'cancelled',
      status: 'cancelled',
      reason: null,
      error: null,
      fingerprint: null,
      at: now,
    })
    return { done: attemptRef(job, counters) }
  })
}

/** A failed or cancelled job gets all its attempts again; the ones it had stay in its history. */
export async function retry(database: Database, ids: readonly JobId[]): Promise<CommandResult[]> {
  return await eachJob(database, ids, async (tx, job, now) => {
    const { last, seq } = job
    if (last === undefined || (job.status !== 'failed' && job.status !== 'cancelled')) return job.status
    const reopened = last.started
      ? await tx.run(sql`update ${table.attempt} set status = null, reason = null where seq = ${seq} and n = ${last.n}`)
      : await tx.run(sql`delete from ${table.attempt} where seq = ${seq} and n = ${last.n}`)
    // Its time to be kept was over.
    if (reopened === 0) return 'moved'
    // Its term has passed, or will: somebody wants it run now all the same.
    await tx.run(sql`update ${table.job} set expires_at = null where seq = ${seq} and expires_at is not null`)
    const attempt = last.started ? last.n : last.n - 1
    const counters = { attempt, spared: attempt, crashes: 0 }
    await makeReady(tx, job, counters, now)
    return { done: attemptRef(job, counters) }
  })
}

export async function runNow(database: Database, ids: readonly JobId[]): Promise<CommandResult[]> {
  return await eachJob(database, ids, async (tx, job, now) => {
    if (job.held || job.status !== 'pending') return job.held ? 'running' : job.status
    const counters = await takeOut(tx, job)
    if (counters === undefined) return 'moved'
    // One that is due keeps its place in the order.
    await makeReady(tx, job, counters, Math.min(now, job.runAt))
    return { done: attemptRef(job, counters) }
  })
}

export async function remove(database: Database, ids: readonly JobId[]): Promise<CommandResult[]> {
  return await eachJob(database, ids, async (tx, job) => {
    if (job.held) return 'running'
    const counters = job.status === 'pending' ? await takeOut(tx, job) : undefined
    if (job.status === 'pending' && counters === undefined) return 'moved'
    await removeJobs(tx, [job.seq])
    return { done: attemptRef(job, counters ?? { attempt: job.last?.n ?? 0, spared: 0, crashes: 0 }) }
  })
}

/** Removes jobs that no worker holds, oldest first; 0 when there are none left. */
export async function clear(database: Database, limit: number): Promise<number> {
  const chunk = Math.min(limit, CHUNK)
  const { found, removed } = await database.transaction(async (tx) => {
    const rows = await tx.all<{ seq: number; id: JobId; finished: number | null }>(sql`select j.seq, j.id,
        (select 1 from ${table.attempt} a where a.seq = j.seq and a.status is not null) as finished
      from ${table.job} j
      where not exists (select 1 from ${table.running} r where r.seq = j.seq)
        and not exists (select 1 from ${table.moving} m where m.seq = j.seq)
      order by j.seq limit ${chunk} ${tx.forUpdate}`)
    const free: number[] = []
    for (const { id, seq, finished } of rows) {
      // One that has finished stands in no hot table: by far the most of a large history need no further look.
      const job = finished === null ? await locate(tx, id) : undefined
      const claimed = job?.held === true || (job?.status === 'pending' && (await takeOut(tx, job)) === undefined)
      if (!claimed) free.push(seq)
    }
    await removeJobs(tx, free)
    return { found: rows.length, removed: free.length }
  })
  // All that were found have been claimed meanwhile: there may be more behind them.
  return found > 0 && removed === 0 ? await clear(database, limit) : removed
}

export async function setPaused(database: Database, queue: string, paused: boolean, reason?: string): Promise<void> {
  const value = paused ? 1 : 0
  const why = paused ? (reason ?? null) : null
  await database.transaction(async (tx) => {
    const known = await tx.run(
      sql`update ${table.queue} set paused = ${value}, pause_reason = ${why} where name = ${queue}`,
    )
    if (known > 0) return
    await tx.run(sql`insert into ${table.queue} (name, paused, pause_reason) values (${queue}, ${value}, ${why})`)
  })
}
