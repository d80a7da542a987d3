import type { JobStatus } from '../../core/job.ts'
import { type Connection, type Keyed, sql, table } from './database.ts'
import { insertRows } from './insert.ts'
import { type Located, lastsOf } from './locate.ts'

/** What is counted of a job while it has not ended. */
export interface Counters {
  attempt: number
  spared: number
  crashes: number
}

/**
 * Takes pending jobs out of the hot tables, so that nobody can claim them; returns what was counted of each there, by
 * its number. One that is missing was not there any more: a worker was faster.
 */
export async function takeOut(tx: Connection, jobs: readonly Located[]): Promise<Map<number, Counters>> {
  const taken = new Map<number, Counters>()
  for (const places of [delayed, ready]) {
    const left = jobs.filter(({ seq }) => !taken.has(seq))
    if (left.length === 0) break
    const found = new Set<number>()
    const columns = sql`t.seq, t.attempt, t.spared, t.crashes`
    for (const { seq, ...counters } of await tx.all<Counters & { seq: number }>(tx.byKey.held(columns, places(left)))) {
      taken.set(seq, counters)
      found.add(seq)
    }
    if (found.size > 0) await tx.run(tx.byKey.delete(places(left.filter(({ seq }) => found.has(seq)))))
  }
  return taken
}

function delayed(jobs: readonly Located[]): Keyed {
  const keys = jobs.map(({ runAt, seq }) => [runAt, seq])
  return { table: sql`${table.delayed}`, key: ['run_at', 'seq'], keys }
}

function ready(jobs: readonly Located[]): Keyed {
  const keys = jobs.map(({ queue, priority, runAt, id }) => [queue, 0 - priority, runAt, id])
  return { table: sql`${table.ready}`, key: ['queue', 'rank', 'run_at', 'id'], keys }
}

/** A job that stands nowhere, and when it is to be due. */
export interface Start {
  job: Located
  counters: Counters
  at: number
}

/** Makes jobs ready, and keeps when they are due, since that is part of their keys. */
export async function makeReady(tx: Connection, starts: readonly Start[]): Promise<void> {
  if (starts.length === 0) return
  const lasts = await lastsOf(
    tx,
    starts.map(({ job }) => job.seq),
  )
  for (const [at, some] of Map.groupBy(starts, (start) => start.at)) {
    const attempts: number[][] = []
    const jobs: number[][] = []
    for (const { job } of some) {
      const last = lasts.get(job.seq)
      if (last === undefined && job.firstAt !== at) jobs.push([job.seq])
      else if (last !== undefined && last.nextAt !== at) attempts.push([job.seq, last.n])
    }
    if (jobs.length > 0) {
      const rows: Keyed = { table: sql`${table.job}`, key: ['seq'], keys: jobs }
      await tx.run(tx.byKey.update(rows, sql`run_at = ${at}`))
    }
    if (attempts.length > 0) {
      const rows: Keyed = { table: sql`${table.attempt}`, key: ['seq', 'n'], keys: attempts }
      await tx.run(tx.byKey.update(rows, sql`next_at = ${at}`))
    }
  }
  await insertRows(
    tx,
    sql`${table.ready} (queue, "rank", run_at, id, seq, attempt, spared, crashes, handler)`,
    starts.map(({ job, counters, at }) => {
      const { queue, priority, id, seq, handler } = job
      return [queue, 0 - priority, at, id, seq, counters.attempt, counters.spared, counters.crashes, handler]
    }),
  )
}

/** A pending job that ends without an attempt, and how. */
export interface UnstartedEnd {
  job: Located
  counters: Counters
  outcome: string
  status: JobStatus
  reason: string | null
  error: string | null
  fingerprint: string | null
  at: number
}

/** Ends pending jobs without an attempt: the rows that finish them have no start. */
export async function endUnstarted(tx: Connection, ends: readonly UnstartedEnd[]): Promise<void> {
  await insertRows(
    tx,
    sql`${table.attempt} (seq, n, outcome, status, reason, spared, finished_at, error, fingerprint)`,
    ends.map(({ job, counters, outcome, status, reason, error, fingerprint, at }) => {
      return [job.seq, counters.attempt + 1, outcome, status, reason, counters.spared, at, error, fingerprint]
    }),
  )
}
