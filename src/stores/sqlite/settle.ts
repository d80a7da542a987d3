import type { Settlement } from '../../store/store.ts'
import type { SqliteDatabase } from './database.ts'

/** The number of the row and the duration in one integer: 2^33 rows and 2^20 ms (17 min) fit what JSON keeps exact. */
const DURATION_BITS = 20
const MAX_DURATION = 2 ** DURATION_BITS
const MAX_SEQ = 2 ** (53 - DURATION_BITS)

/** For many that simply completed: one attempt row each, its start counted back from the end. */
const completeMany = `insert into offstage_attempt
    (seq, n, outcome, status, lease, spared, started_at, finished_at, progress)
  select r.seq, r.attempt, 'completed', 'completed', r.lease, r.spared, ?1 - (e.value & ${MAX_DURATION - 1}), ?1, r.progress
  from json_each(?2) e cross join offstage_running r on r.seq = e.value >> ${DURATION_BITS}
  where r.attempt = ?3 and r.lease = ?4`
const staleOfMany = `select e.key as position from json_each(?1) e where not exists (
    select 1 from offstage_running r where r.seq = e.value >> ${DURATION_BITS} and r.attempt = ?2 and r.lease = ?3)`
const deleteMany = `delete from offstage_running where seq in (
    select value >> ${DURATION_BITS} from json_each(?)) and attempt = ? and lease = ?`

interface HeldRow {
  spared: number
  crashes: number
  progress: string | null
  cancel_at: number | null
}

const held = `select spared, crashes, progress, cancel_at from offstage_running
  where seq = ? and attempt = ? and lease = ? and claim = ?`
const deleteHeld = 'delete from offstage_running where seq = ?'
const insertAttempt = `insert into offstage_attempt
  (seq, n, outcome, status, reason, lease, spared, started_at, finished_at, next_at, error, fingerprint, result, progress)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
const insertDelayed = `insert into offstage_delayed (run_at, seq, queue, attempt, spared, crashes)
  select ?, seq, queue, ?, ?, ? from offstage_job where seq = ?`
const insertReady = `insert into offstage_ready (queue, rank, run_at, id, seq, attempt, spared, crashes, handler)
  select queue, -priority, ?, id, seq, ?, ?, ?, handler from offstage_job where seq = ?`
/** When a job that was given back is due: as after its last attempt, or as it was enqueued. */
const dueAgain = `select coalesce(
    (select next_at from offstage_attempt where seq = ?1 and next_at is not null order by n desc limit 1),
    (select run_at from offstage_job where seq = ?1)) as run_at`

/**
 * Applies a batch in one transaction. The fence is the row in `running`: only the attempt, the lease and the claim that
 * it names can settle it, and settling removes it. Returns the positions of those that had lost it before.
 */
export async function settle(database: SqliteDatabase, batch: readonly Settlement[]): Promise<number[]> {
  if (batch.length === 0) return []
  return await database.immediate(() => {
    const stale: number[] = []
    const plain: Plain[] = []
    // Of two settlements of one attempt the first stands, so then they have to be written in their order.
    const inOrder = hasTwoOfOneJob(batch)
    for (const [position, settlement] of batch.entries()) {
      if (inOrder || !isPlain(settlement)) {
        if (!settleOne(database, settlement)) stale.push(position)
        continue
      }
      const { job, lease, finishedAt, startedAt } = settlement
      let group = plain.findLast((each) => goesWith(each, settlement))
      if (group === undefined) {
        group = { attempt: job.attempt, lease, finishedAt, positions: [], packed: [] }
        plain.push(group)
      }
      group.positions.push(position)
      group.packed.push((job.key as number) * MAX_DURATION + finishedAt - startedAt)
    }
    for (const group of plain) settlePlain(database, group, stale)
    return stale.sort((a, b) => a - b)
  })
}

/**
 * Completions that one statement writes. Their claims are not compared: an attempt's number is used again only after
 * the job was given back, and what was given back is never completed as well.
 */
interface Plain {
  attempt: number
  lease: number
  finishedAt: number
  positions: number[]
  /** The job's number and the duration of its attempt, of each. */
  packed: number[]
}

function isPlain(settlement: Settlement): settlement is Settlement & { startedAt: number } {
  const { job, next, startedAt, finishedAt } = settlement
  if (next.status !== 'completed' || settlement.result !== undefined || settlement.reason !== undefined) return false
  if (startedAt === undefined || finishedAt < startedAt || finishedAt - startedAt >= MAX_DURATION) return false
  return (job.key as number) < MAX_SEQ
}

function goesWith({ attempt, lease, finishedAt }: Plain, settlement: Settlement): boolean {
  return attempt === settlement.job.attempt && lease === settlement.lease && finishedAt === settlement.finishedAt
}

/** Nearly every batch is in the order of its claim, which shows at a glance that no job is in it twice. */
function hasTwoOfOneJob(batch: readonly Settlement[]): boolean {
  const key = (index: number) => (batch[index] as Settlement).job.key as number
  let rising = true
  for (let i = 1; i < batch.length && rising; i++) rising = key(i) > key(i - 1)
  return !rising && new Set(batch.map(({ job }) => job.key)).size < batch.length
}

function settlePlain(database: SqliteDatabase, group: Plain, stale: number[]): void {
  const { attempt, lease, finishedAt, positions } = group
  const values = JSON.stringify(group.packed)
  const done = database.change(completeMany, finishedAt, values, attempt, lease)
  if (done < positions.length) {
    const lost = database.query<{ position: number }>(staleOfMany, values, attempt, lease)
    for (const { position } of lost) stale.push(positions[position] as number)
  }
  if (done > 0) database.change(deleteMany, values, attempt, lease)
}

function settleOne(database: SqliteDatabase, settlement: Settlement): boolean {
  const { job, lease } = settlement
  const seq = job.key as number
  const [row] = database.query<HeldRow>(held, seq, job.attempt, lease, job.claim)
  if (row === undefined) return false
  database.change(deleteHeld, seq)
  const now = database.clock()
  const { next, outcome } = row.cancel_at === null ? settlement : obeyCancel(settlement)
  const dueAt = next.status === 'pending' ? now + next.inMs : null
  if (outcome !== undefined) {
    database.change(
      insertAttempt,
      seq,
      job.attempt,
      outcome,
      next.status === 'pending' || next.status === 'released' ? null : next.status,
      settlement.reason ?? null,
      lease,
      row.spared,
      settlement.startedAt ?? null,
      settlement.finishedAt,
      dueAt,
      settlement.error === undefined ? null : JSON.stringify(settlement.error),
      settlement.fingerprint ?? null,
      settlement.result ?? null,
      row.progress,
    )
  }
  if (next.status === 'pending') {
    const spared = row.spared + (next.spared ? 1 : 0)
    const crashes = row.crashes + (next.crashed ? 1 : 0)
    makePending(database, seq, dueAt as number, now, job.attempt, spared, crashes)
  } else if (next.status === 'released') {
    const [due] = database.query<{ run_at: number }>(dueAgain, seq)
    const crashes = next.suspect ? Math.max(1, row.crashes) : row.crashes
    makePending(database, seq, due?.run_at ?? now, now, job.attempt - 1, row.spared, crashes)
  }
  return true
}

/** Somebody asked to cancel it while this settlement was on its way: then it does not go back to pending. */
function obeyCancel(settlement: Settlement): Pick<Settlement, 'next' | 'outcome'> {
  const { next, outcome } = settlement
  if (next.status !== 'pending' && next.status !== 'released') return settlement
  return { next: { status: 'cancelled' }, outcome: outcome ?? 'cancelled' }
}

function makePending(
  database: SqliteDatabase,
  seq: number,
  runAt: number,
  now: number,
  attempt: number,
  spared: number,
  crashes: number,
): void {
  if (runAt > now) database.change(insertDelayed, runAt, attempt, spared, crashes, seq)
  else database.change(insertReady, runAt, attempt, spared, crashes, seq)
}
