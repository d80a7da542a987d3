import type { Settlement } from '../../store/store.ts'
import type { MysqlDatabase } from './database.ts'
import { inserts, tuple } from './literal.ts'
import type { Session } from './session.ts'

/** Jobs that one statement names by their numbers. */
const CHUNK = 500

interface HeldRow {
  seq: number
  attempt: number
  lease: number
  claim: number
  spared: number
  crashes: number
  progress: string | null
  cancel_at: number | null
}

/** What a settlement comes to, behind the fence. */
interface Settled {
  settlement: Settlement
  held: HeldRow
  next: Settlement['next']
  outcome: Settlement['outcome']
}

/**
 * Applies a batch in one transaction. The fence is the row in `running`: only the attempt, the lease and the claim that
 * it names can settle it, and settling removes it. Returns the positions of those that had lost it before.
 */
export async function settle(database: MysqlDatabase, batch: readonly Settlement[]): Promise<number[]> {
  if (batch.length === 0) return []
  return await database.write(async (session) => {
    const { held, now } = await hold(session, database, batch)
    const stale: number[] = []
    const settled: Settled[] = []
    for (const [position, settlement] of batch.entries()) {
      const { job, lease } = settlement
      const row = held.get(job.key as number)
      if (row === undefined || row.attempt !== job.attempt || row.lease !== lease || row.claim !== job.claim) {
        stale.push(position)
        continue
      }
      // Of two settlements of one attempt the first stands.
      held.delete(row.seq)
      settled.push({ settlement, held: row, ...(row.cancel_at === null ? settlement : obeyCancel(settlement)) })
    }
    await session.script([...ends(session, settled, now), ...(await pendings(session, settled, now)), 'commit'])
    return stale
  })
}

/** Locks what the batch is about, in the order of its numbers: two batches wait for each other, never in a circle. */
async function hold(session: Session, database: MysqlDatabase, batch: readonly Settlement[]) {
  const seqs = [...new Set(batch.map(({ job }) => job.key as number))].sort((a, b) => a - b)
  const locks: string[] = []
  for (let start = 0; start < seqs.length; start += CHUNK) {
    locks.push(`select seq, attempt, lease, claim, spared, crashes, progress, cancel_at
      from offstage_running force index (primary)
      where seq in (${seqs.slice(start, start + CHUNK).join(',')}) order by seq for update`)
  }
  const clock = `select ${database.clockSql()} as now`
  const [, [read], ...rows] = (await session.script(['start transaction', clock, ...locks])) as [
    unknown,
    [{ now: number }],
    ...HeldRow[][],
  ]
  const held = new Map(rows.flat().map((row) => [row.seq, row]))
  return { held, now: read.now }
}

/** Takes them out of `running`, with a row for each attempt that is kept. */
function ends(session: Session, settled: readonly Settled[], now: number): string[] {
  const statements: string[] = []
  for (let start = 0; start < settled.length; start += CHUNK) {
    statements.push(removeRunning(settled.slice(start, start + CHUNK).map(({ held }) => held.seq)))
  }
  const kept = settled.filter(({ outcome }) => outcome !== undefined)
  const columns = `seq, n, outcome, status, reason, lease, spared, started_at, finished_at, next_at, error, result,
    progress, fingerprint`
  const rows = kept.map((each) => attemptRow(each, now))
  return [...statements, ...inserts(`offstage_attempt (${columns})`, rows, session.mostText)]
}

/** As `removeReady`: by key, whatever the server thinks of the table's size. */
function removeRunning(seqs: readonly number[]): string {
  return `delete r from json_table('${JSON.stringify(seqs)}', '$[*]' columns (seq bigint path '$')) ended
    straight_join offstage_running r force index (primary) on r.seq = ended.seq`
}

function attemptRow({ settlement, held, next, outcome }: Settled, now: number): string {
  const { reason, lease, startedAt, finishedAt, error, result, fingerprint } = settlement
  return tuple([
    held.seq,
    held.attempt,
    outcome ?? null,
    next.status === 'pending' || next.status === 'released' ? null : next.status,
    reason ?? null,
    lease,
    held.spared,
    startedAt ?? null,
    finishedAt,
    next.status === 'pending' ? now + next.inMs : null,
    error === undefined ? null : JSON.stringify(error),
    result ?? null,
    held.progress,
    fingerprint ?? null,
  ])
}

/** Somebody asked to cancel it while this settlement was on its way: then it does not go back to pending. */
function obeyCancel(settlement: Settlement): Pick<Settlement, 'next' | 'outcome'> {
  const { next, outcome } = settlement
  if (next.status !== 'pending' && next.status !== 'released') return settlement
  return { next: { status: 'cancelled' }, outcome: outcome ?? 'cancelled' }
}

interface JobRow {
  seq: number
  id: string
  queue: number
  priority: number
  handler: number
  run_at: number
  next_at: number | null
}

/** Puts back what is to run again. */
async function pendings(session: Session, settled: readonly Settled[], now: number): Promise<string[]> {
  const again = settled.filter(({ next }) => next.status === 'pending' || next.status === 'released')
  const ready: string[] = []
  const delayed: string[] = []
  for (let start = 0; start < again.length; start += CHUNK) {
    const chunk = again.slice(start, start + CHUNK)
    const text = `select j.seq, j.id, j.queue, j.priority, j.handler, j.run_at,
        (select a.next_at from offstage_attempt a where a.seq = j.seq and a.next_at is not null order by a.n desc limit 1)
          as next_at
      from offstage_job j force index (primary) where j.seq in (${chunk.map(({ held }) => held.seq).join(',')})`
    const jobs = new Map(((await session.query(text)) as JobRow[]).map((job) => [job.seq, job]))
    for (const each of chunk) {
      const job = jobs.get(each.held.seq)
      if (job === undefined) continue
      const { runAt, attempt, spared, crashes } = pendingAgain(each, job, now)
      const { seq, id, queue, priority, handler } = job
      if (runAt > now) delayed.push(tuple([runAt, seq, queue, attempt, spared, crashes]))
      else ready.push(tuple([queue, 0 - priority, runAt, id, seq, attempt, spared, crashes, handler]))
    }
  }
  const columns = 'queue, `rank`, run_at, id, seq, attempt, spared, crashes, handler'
  return [
    ...inserts(`offstage_ready (${columns})`, ready, session.mostText),
    ...inserts('offstage_delayed (run_at, seq, queue, attempt, spared, crashes)', delayed, session.mostText),
  ]
}

function pendingAgain({ held, next }: Settled, job: JobRow, now: number) {
  const { attempt, spared, crashes } = held
  if (next.status === 'pending') {
    return {
      runAt: now + next.inMs,
      attempt,
      spared: spared + (next.spared ? 1 : 0),
      crashes: crashes + (next.crashed ? 1 : 0),
    }
  }
  const suspect = next.status === 'released' && next.suspect
  // As before the claim: due as after its last attempt, or as it was enqueued.
  return {
    runAt: job.next_at ?? job.run_at,
    attempt: attempt - 1,
    spared,
    crashes: suspect ? Math.max(1, crashes) : crashes,
  }
}
