import type { JobId, JobStatus } from '../../core/job.ts'
import type { CommandResult } from '../../store/commands.ts'
import { whileBusy } from '../../store/retry.ts'
import type { AttemptRef } from '../../store/store.ts'
import { type Connection, type Database, isAlone, sql, table } from './database.ts'
import { attemptRef, type Located, locate } from './locate.ts'
import { type Counters, endUnstarted, makeReady, takeOut } from './pending.ts'
import { removeJobs } from './remove.ts'

/** Jobs that one transaction changes: a command on very many must not keep the workers waiting. */
const CHUNK = 200
/** How often a job is looked for again that a worker moves on meanwhile: it takes a claim to be missed once. */
const LOOKS = 5

/** A status means: in this one it is not allowed. `moved`: it is no longer where it was found. */
type Done = { done: AttemptRef } | 'requested' | 'moved' | JobStatus
/** Changes those of some jobs that may be changed; returns what became of each. */
type Change = (tx: Connection, jobs: readonly Located[], now: number) => Promise<(job: Located) => Done>

/** Does something to each of some jobs, many at a time. */
async function eachJob(database: Database, ids: readonly JobId[], change: Change): Promise<CommandResult[]> {
  const results = new Array<CommandResult>(ids.length)
  for (let start = 0; start < ids.length; start += CHUNK) {
    const positions = Map.groupBy(ids.slice(start, start + CHUNK).keys(), (position) => ids[start + position] as JobId)
    const chunk = () =>
      database.transaction(async (tx) => {
        const now = await tx.now()
        let named = [...positions.keys()]
        // An id that is there twice is commanded once; for the second, it is as the first has left it.
        for (let turn = 0; named.length > 0; turn++) {
          const answers = await changeSome(tx, named, change, now)
          for (const id of named) {
            results[start + (positions.get(id)?.[turn] as number)] = answers.get(id) as CommandResult
          }
          named = named.filter((id) => positions.get(id)?.[turn + 1] !== undefined)
        }
      })
    // Behind the first, what has been done stays done: who made the whole call again would be told that it was refused.
    await (start === 0 ? chunk() : whileBusy(chunk))
  }
  return results
}

async function changeSome(
  tx: Connection,
  ids: readonly JobId[],
  change: Change,
  now: number,
): Promise<Map<JobId, CommandResult>> {
  const answers = new Map<JobId, CommandResult>()
  let left = ids
  for (let looks = 1; left.length > 0; looks++) {
    for (const id of left) answers.set(id, { id, result: 'missing' })
    const jobs = await locate(tx, left)
    const here = jobs.filter(({ underWay }) => !underWay)
    for (const { id, underWay } of jobs) if (underWay) answers.set(id, { id, result: 'state' })
    const become = here.length === 0 ? undefined : await change(tx, here, now)
    const moved: JobId[] = []
    for (const job of here) {
      const done = become?.(job) ?? 'moved'
      if (done === 'moved' && looks < LOOKS) moved.push(job.id)
      else answers.set(job.id, answerOf(job, done))
    }
    left = moved
  }
  return answers
}

function answerOf({ id, status }: Located, done: Done): CommandResult {
  if (typeof done === 'object') return { id, result: 'done', job: done.done }
  if (done === 'requested') return { id, result: done }
  return { id, result: 'state', status: done === 'moved' ? status : done }
}

/** Done, where it was found; moved, where it was not. */
function doneWith(job: Located, counters: Counters | undefined): Done {
  return counters === undefined ? 'moved' : { done: attemptRef(job, counters) }
}

function isWaiting({ held, status }: Located): boolean {
  return !held && status === 'pending'
}

/** Pending: cancelled now. Running: its worker is asked, and finds it with its next heartbeat. */
export async function cancel(database: Database, ids: readonly JobId[]): Promise<CommandResult[]> {
  return await eachJob(database, ids, async (tx, jobs, now) => {
    const asked = await askToStop(
      tx,
      jobs.filter(({ held }) => held),
      now,
    )
    const taken = await takeOut(tx, jobs.filter(isWaiting))
    const end = { outcome: 'cancelled', status: 'cancelled', reason: null, error: null, fingerprint: null } as const
    await endUnstarted(
      tx,
      withCounters(jobs, taken).map((each) => ({ ...each, ...end, at: now })),
    )
    return (job) => {
      if (job.held) return asked.has(job.seq) ? 'requested' : 'moved'
      return isWaiting(job) ? doneWith(job, taken.get(job.seq)) : job.status
    }
  })
}

/** @returns The numbers of those that are still held. */
async function askToStop(tx: Connection, jobs: readonly Located[], now: number): Promise<Set<number>> {
  if (jobs.length === 0) return new Set()
  const of = (seqs: readonly number[]) =>
    ({ table: sql`${table.running}`, key: ['seq'], keys: seqs.map((seq) => [seq]) }) as const
  const rows = await tx.all<{ seq: number }>(tx.byKey.held(sql`t.seq`, of(jobs.map(({ seq }) => seq))))
  const held = rows.map(({ seq }) => seq)
  if (held.length > 0) await tx.run(tx.byKey.update(of(held), sql`cancel_at = coalesce(cancel_at, ${now})`))
  return new Set(held)
}

function withCounters(jobs: readonly Located[], counters: ReadonlyMap<number, Counters>) {
  return jobs.flatMap((job) => {
    const counted = counters.get(job.seq)
    return counted === undefined ? [] : [{ job, counters: counted }]
  })
}

/** A failed or cancelled job gets all its attempts again; the ones it had stay in its history. */
export async function retry(database: Database, ids: readonly JobId[]): Promise<CommandResult[]> {
  return await eachJob(database, ids, async (tx, jobs, now) => {
    const ended = jobs.filter(isRetried)
    const counters = await reopen(tx, ended)
    const again = withCounters(ended, counters)
    // Its term has passed, or will: somebody wants it run now all the same.
    const expiring = again.filter(({ job }) => job.expiresAt !== null).map(({ job }) => [job.seq])
    if (expiring.length > 0) {
      const rows = { table: sql`${table.job}`, key: ['seq'], keys: expiring } as const
      await tx.run(tx.byKey.update(rows, sql`expires_at = null`))
    }
    await makeReady(
      tx,
      again.map((each) => ({ ...each, at: now })),
    )
    return (job) => (isRetried(job) ? doneWith(job, counters.get(job.seq)) : job.status)
  })
}

function isRetried({ status }: Located): boolean {
  return status === 'failed' || status === 'cancelled'
}

/**
 * Takes the ends of jobs back.
 * @returns What is counted of each from now on. One is missing when its time to be kept was over.
 */
async function reopen(tx: Connection, jobs: readonly Located[]): Promise<Map<number, Counters>> {
  const counters = new Map<number, Counters>()
  for (const started of [true, false]) {
    const some = jobs.filter(({ last }) => last?.started === started)
    if (some.length === 0) continue
    const of = (rows: readonly Located[]) =>
      ({
        table: sql`${table.attempt}`,
        key: ['seq', 'n'],
        keys: rows.map(({ seq, last }) => [seq, last?.n ?? 0]),
      }) as const
    const rows = await tx.all<{ seq: number }>(tx.byKey.held(sql`t.seq`, of(some)))
    const there = new Set(rows.map(({ seq }) => seq))
    const found = some.filter(({ seq }) => there.has(seq))
    if (found.length === 0) continue
    await tx.run(started ? tx.byKey.update(of(found), sql`status = null, reason = null`) : tx.byKey.delete(of(found)))
    for (const { seq, last } of found) {
      const attempt = (last?.n ?? 0) - (started ? 0 : 1)
      counters.set(seq, { attempt, spared: attempt, crashes: 0 })
    }
  }
  return counters
}

export async function runNow(database: Database, ids: readonly JobId[]): Promise<CommandResult[]> {
  return await eachJob(database, ids, async (tx, jobs, now) => {
    const taken = await takeOut(tx, jobs.filter(isWaiting))
    // One that is due keeps its place in the order.
    await makeReady(
      tx,
      withCounters(jobs, taken).map((each) => ({ ...each, at: Math.min(now, each.job.runAt) })),
    )
    return (job) => {
      if (job.held) return 'running'
      return isWaiting(job) ? doneWith(job, taken.get(job.seq)) : job.status
    }
  })
}

export async function remove(database: Database, ids: readonly JobId[]): Promise<CommandResult[]> {
  return await eachJob(database, ids, async (tx, jobs) => {
    const { free, taken } = await freeOf(tx, jobs)
    await removeJobs(tx, free)
    return (job) => {
      if (job.held) return 'running'
      if (isWaiting(job)) return doneWith(job, taken.get(job.seq))
      return { done: attemptRef(job, { attempt: job.last?.n ?? 0, spared: 0 }) }
    }
  })
}

/** Takes what waits out of the hot tables; returns the numbers of those that stand in none then. */
async function freeOf(tx: Connection, jobs: readonly Located[]) {
  const taken = await takeOut(tx, jobs.filter(isWaiting))
  const free = jobs.filter((job) => taken.has(job.seq) || (!job.held && job.status !== 'pending'))
  return { free: free.map(({ seq }) => seq), taken }
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
      order by j.seq limit ${chunk}`)
    // By far the most of a large history stand in no hot table, and need no further look where nobody can retry them now.
    const { sure = [], unsure = [] } = Object.groupBy(rows, ({ finished }) =>
      finished !== null && isAlone(tx) ? 'sure' : 'unsure',
    )
    const jobs = await locate(
      tx,
      unsure.map(({ id }) => id),
    )
    const looked = await freeOf(
      tx,
      jobs.filter(({ underWay }) => !underWay),
    )
    const free = [...sure.map(({ seq }) => seq), ...looked.free]
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
