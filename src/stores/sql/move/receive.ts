import type { MoveBatch, MovedJob, MovedWorker, MoveKey, QueueState, Received } from '../../../store/move.ts'
import { type Connection, type Database, list, sql, table, type Value } from '../database.ts'
import { insertRows } from '../insert.ts'
import { receiveKeys } from '../unique.ts'
import { readSetting, writeSetting } from './departure.ts'
import type { MoveDialect } from './store.ts'

/** Ids that one statement looks up. */
const CHUNK = 900

/** What has come from one database, as it is stored. */
interface Written extends Received {
  /** Queues whose state was taken over. */
  queues: string[]
  /** How far other tables have been copied, by their names. */
  kept: Record<string, string>
}

export async function arrival(tx: Connection, from: string, held = sql``): Promise<Written> {
  const none: Written = { pending: 0, finished: 0, duplicates: 0, keys: [], queues: [], kept: {} }
  return (await readSetting<Written>(tx, `arrival:${from}`, held)) ?? none
}

export async function writeArrival(tx: Connection, from: string, written: Written): Promise<void> {
  await writeSetting(tx, `arrival:${from}`, written)
}

/** The numbers that a batch's names and leases have here. */
interface Numbers {
  handlers: Map<string, number>
  queues: Map<string, number>
  leases: Map<number, number>
}

/**
 * Stores a batch, and that it was stored, in one transaction: asked for the same one again, it does nothing. A job whose
 * id is here already stays as it is.
 */
export async function receive(
  database: Database,
  from: string,
  batch: MoveBatch,
  keys: readonly MoveKey[],
  dialect: Pick<MoveDialect, 'wake' | 'lines'>,
): Promise<Received> {
  return await database.transaction(async (tx) => {
    const before = await arrival(tx, from, tx.forUpdate)
    if (before.keys.length === keys.length && before.keys.every((key, index) => key === keys[index])) return before
    const known = await knownIds(tx, batch.jobs)
    const fresh = batch.jobs.filter(({ id }) => !known.has(id))
    await store(tx, fresh, batch.workers, dialect)
    if (dialect.wake !== undefined) await tx.run(dialect.wake)
    const finished = fresh.filter(({ isFinished }) => isFinished).length
    const after: Written = {
      ...before,
      pending: before.pending + fresh.length - finished,
      finished: before.finished + finished,
      duplicates: before.duplicates + known.size,
      keys,
    }
    await writeArrival(tx, from, after)
    return after
  })
}

async function knownIds(tx: Connection, jobs: readonly MovedJob[]): Promise<Set<string>> {
  const known = new Set<string>()
  for (let start = 0; start < jobs.length; start += CHUNK) {
    const ids = jobs.slice(start, start + CHUNK).map(({ id }) => id)
    const rows = await tx.all<{ id: string }>(sql`select id from ${table.job} where id in (${list(ids)})`)
    for (const { id } of rows) known.add(id)
  }
  return known
}

async function store(
  tx: Connection,
  jobs: readonly MovedJob[],
  workers: readonly MovedWorker[],
  { lines: asLines }: Pick<MoveDialect, 'lines'>,
): Promise<void> {
  if (jobs.length === 0) return
  const numbers: Numbers = {
    handlers: await handlerNumbers(tx, jobs),
    queues: await queueNumbers(
      tx,
      jobs.map(({ queue }) => queue),
    ),
    leases: await leaseNumbers(tx, workers),
  }
  const handlerOf = (job: MovedJob) => numbers.handlers.get(`${job.class}.${job.method}`) as number
  const queueOf = (job: MovedJob) => numbers.queues.get(job.queue) as number
  await insertRows(
    tx,
    sql`${table.job} (id, handler, queue, priority, args, max_attempts, created_at, run_at, expires_at, policy, tags)`,
    jobs.map((job) => [
      job.id,
      handlerOf(job),
      queueOf(job),
      job.priority,
      job.args,
      job.maxAttempts,
      job.createdAt,
      job.runAt,
      job.expiresAt,
      job.policy,
      job.tags,
    ]),
  )
  const seqs = await seqsOf(tx, jobs)
  const seqOf = (job: MovedJob) => seqs.get(job.id) as number
  const now = await tx.now()
  /** Those that stand as they were enqueued: the server copies them itself. */
  const asEnqueued: { ready: number[]; delayed: number[] } = { ready: [], delayed: [] }
  const ready: Value[][] = []
  const delayed: Value[][] = []
  const expiry: Value[][] = []
  const attempts: Value[][] = []
  const lines: Value[][] = []
  for (const job of jobs) {
    const seq = seqOf(job)
    if (!job.isFinished) {
      const { dueAt, attempt, spared, crashes } = job
      const queue = queueOf(job)
      if (attempt + spared + crashes === 0 && dueAt === job.runAt)
        asEnqueued[dueAt > now ? 'delayed' : 'ready'].push(seq)
      else if (dueAt > now) delayed.push([dueAt, seq, queue, attempt, spared, crashes])
      else ready.push([queue, 0 - job.priority, dueAt, job.id, seq, attempt, spared, crashes, handlerOf(job)])
      if (job.expiresAt !== null) expiry.push([job.expiresAt, seq])
    }
    for (const each of job.attempts) {
      const lease = each.lease === null ? null : (numbers.leases.get(each.lease) ?? null)
      const { n, outcome, status, reason, spared, startedAt, finishedAt, nextAt, error, result, progress } = each
      const told = [error, result, progress, each.fingerprint]
      attempts.push([seq, n, outcome, status, reason, lease, spared, startedAt, finishedAt, nextAt, ...told])
    }
    for (const { n, line, at, severity, text } of job.lines) {
      lines.push([seq, n, line, at, severity, asLines?.stored(text) ?? text])
    }
  }
  const intoReady = sql`${table.ready} (queue, "rank", run_at, id, seq, attempt, spared, crashes, handler)`
  const intoDelayed = sql`${table.delayed} (run_at, seq, queue, attempt, spared, crashes)`
  await insertRows(tx, intoReady, ready)
  await insertRows(tx, intoDelayed, delayed)
  const these = (seqs: readonly number[]) => sql`from ${table.job} where seq in (${list(seqs)})`
  if (asEnqueued.ready.length > 0) {
    await tx.run(sql`insert into ${intoReady}
      select queue, -priority, run_at, id, seq, 0, 0, 0, handler ${these(asEnqueued.ready)}`)
  }
  if (asEnqueued.delayed.length > 0) {
    await tx.run(sql`insert into ${intoDelayed}
      select run_at, seq, queue, 0, 0, 0 ${these(asEnqueued.delayed)}`)
  }
  await insertRows(tx, sql`${table.expiry} (expires_at, seq)`, expiry)
  await receiveKeys(tx, jobs)
  await insertRows(
    tx,
    sql`${table.attempt} (seq, n, outcome, status, reason, lease, spared, started_at, finished_at, next_at, error,
      result, progress, fingerprint)`,
    attempts,
  )
  await insertRows(tx, sql`${table.log} (seq, n, line, at, severity, text)`, lines)
}

async function seqsOf(tx: Connection, jobs: readonly MovedJob[]): Promise<Map<string, number>> {
  const seqs = new Map<string, number>()
  for (let start = 0; start < jobs.length; start += CHUNK) {
    const ids = jobs.slice(start, start + CHUNK).map(({ id }) => id)
    const rows = await tx.all<{ seq: number; id: string }>(
      sql`select seq, id from ${table.job} where id in (${list(ids)})`,
    )
    for (const { seq, id } of rows) seqs.set(id, seq)
  }
  return seqs
}

export async function handlerNumbers(
  tx: Connection,
  named: readonly { class: string; method: string }[],
): Promise<Map<string, number>> {
  const find = async () => {
    const rows = await tx.all<{ id: number; class: string; method: string }>(
      sql`select id, class, method from ${table.handler}`,
    )
    return new Map(rows.map((row) => [`${row.class}.${row.method}`, row.id]))
  }
  const known = await find()
  const missing = new Map(named.map((each) => [`${each.class}.${each.method}`, each]))
  for (const name of known.keys()) missing.delete(name)
  if (missing.size === 0) return known
  const rows = [...missing.values()].map((each) => [each.class, each.method])
  await insertRows(tx, sql`${table.handler} (class, method)`, rows)
  return await find()
}

export async function queueNumbers(tx: Connection, named: readonly string[]): Promise<Map<string, number>> {
  const find = async () => {
    const rows = await tx.all<{ id: number; name: string }>(sql`select id, name from ${table.queue}`)
    return new Map(rows.map(({ id, name }) => [name, id]))
  }
  const known = await find()
  const missing = new Set(named.filter((name) => !known.has(name)))
  if (missing.size === 0) return known
  await insertRows(
    tx,
    sql`${table.queue} (name)`,
    [...missing].map((name) => [name]),
  )
  return await find()
}

/** Workers of elsewhere, as ended ones: attempts go on saying who ran them. */
export async function leaseNumbers(tx: Connection, workers: readonly MovedWorker[]): Promise<Map<number, number>> {
  const leases = new Map<number, number>()
  for (const worker of workers) {
    const same = sql`select lease from ${table.worker} where id = ${worker.id} and started_at = ${worker.startedAt}
      and pid = ${worker.pid} and host = ${worker.host}`
    let [row] = await tx.all<{ lease: number }>(same)
    if (row === undefined) {
      const endedAt = worker.endedAt ?? worker.seenAt
      await tx.run(sql`insert into ${table.worker} (id, host, pid, queues, concurrency, version, app_release, lease_ms,
          started_at, seen_at, expires_at, ended_at)
        values (${worker.id}, ${worker.host}, ${worker.pid}, ${worker.queues}, ${worker.concurrency}, ${worker.version},
          ${worker.release}, ${worker.leaseMs}, ${worker.startedAt}, ${worker.seenAt}, ${worker.expiresAt}, ${endedAt})`)
      ;[row] = await tx.all<{ lease: number }>(same)
    }
    leases.set(worker.lease, (row as { lease: number }).lease)
  }
  return leases
}

export async function receiveQueues(database: Database, from: string, queues: readonly QueueState[]): Promise<void> {
  await database.transaction(async (tx) => {
    const written = await arrival(tx, from, tx.forUpdate)
    const done = new Set(written.queues)
    const fresh = queues.filter(({ name }) => !done.has(name))
    if (fresh.length === 0) return
    const names = fresh.map(({ name }) => name)
    await queueNumbers(tx, names)
    for (const { name, paused, pauseReason } of fresh) {
      if (!paused) continue
      await tx.run(sql`update ${table.queue} set paused = 1, pause_reason = ${pauseReason} where name = ${name}`)
    }
    await writeArrival(tx, from, { ...written, queues: [...written.queues, ...names] })
  })
}
