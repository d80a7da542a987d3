import type { MoveKey } from '../../../store/move.ts'
import { type Connection, type Database, list, type Statement, sql, table, type Value } from '../database.ts'
import { insertRows } from '../insert.ts'
import { removeJobs } from '../remove.ts'
import { checkMover } from './departure.ts'

/** Rows that one statement names by their keys. */
const CHUNK = 500

interface Waiting {
  seq: number
  run_at: number
  attempt: number
  spared: number
  crashes: number
}

type Ready = Waiting & { queue: number; rank: number; id: string }

/** True where the columns are one of these keys. */
export type IsOneOf = (columns: Statement, keys: readonly (readonly Value[])[]) => Statement

/** As most databases say it. */
export const isInList: IsOneOf = (columns, keys) =>
  sql`(${columns}) in (${list(keys.map((key) => sql`(${list(key)})`))})`

export async function takePending(
  database: Database,
  isOneOf: IsOneOf,
  mover: string,
  limit: number,
): Promise<MoveKey[]> {
  // Looked at without the lock first: mostly, while it is waited for running jobs, there is nothing to do.
  const waits = sql`select 1 as found from ${table.ready} limit 1`
  const comes = sql`select 1 as found from ${table.delayed} limit 1`
  if ((await database.all(waits)).length === 0 && (await database.all(comes)).length === 0) return []
  return await database.transaction(async (tx) => {
    await checkMover(tx, mover)
    const ready = await tx.all<Ready>(sql`select seq, run_at, attempt, spared, crashes, queue, "rank", id
      from ${table.ready} order by queue, "rank", run_at, id limit ${limit} ${tx.forUpdate}`)
    const readyKey = ({ queue, rank, run_at, id }: Ready) => [queue, rank, run_at, id]
    await deleteByKey(tx, sql`${table.ready}`, isOneOf, sql`queue, "rank", run_at, id`, ready.map(readyKey))
    const delayed: Waiting[] = []
    if (ready.length < limit) {
      const found = await tx.all<Waiting>(sql`select seq, run_at, attempt, spared, crashes
        from ${table.delayed} order by run_at, seq limit ${limit - ready.length} ${tx.forUpdate}`)
      delayed.push(...found)
      const delayedKeys = delayed.map(({ run_at, seq }) => [run_at, seq])
      await deleteByKey(tx, sql`${table.delayed}`, isOneOf, sql`run_at, seq`, delayedKeys)
    }
    return await putUnderWay(tx, [...ready, ...delayed])
  })
}

export async function takeFinished(database: Database, mover: string, limit: number): Promise<MoveKey[]> {
  const finished: number[] = []
  for (const status of ['completed', 'failed', 'cancelled'] as const) {
    if (finished.length === limit) break
    const rows = await database.all<{ seq: number }>(sql`select seq from ${table.attempt} a where status = ${status}
      and not exists (select 1 from ${table.moving} m where m.seq = a.seq)
      order by finished_at, seq limit ${limit - finished.length}`)
    for (const { seq } of rows) finished.push(seq)
  }
  if (finished.length === 0) return []
  return await database.transaction(async (tx) => {
    await checkMover(tx, mover)
    // Held, so that nobody retries one of them meanwhile; who has done so by now has it back.
    const held = await tx.all<{ seq: number }>(
      sql`select seq from ${table.job} where seq in (${list(finished)}) ${tx.forUpdate}`,
    )
    if (held.length === 0) return []
    const still = await tx.all<{ seq: number }>(sql`select seq from ${table.attempt}
      where status is not null and seq in (${list(held.map(({ seq }) => seq))})`)
    return await putUnderWay(
      tx,
      still.map(({ seq }) => ({ seq, run_at: 0, attempt: 0, spared: 0, crashes: 0 })),
    )
  })
}

async function putUnderWay(tx: Connection, rows: readonly Waiting[]): Promise<MoveKey[]> {
  await insertRows(
    tx,
    sql`${table.moving} (seq, run_at, attempt, spared, crashes)`,
    rows.map(({ seq, run_at, attempt, spared, crashes }) => [seq, run_at, attempt, spared, crashes]),
  )
  return rows.map(({ seq }) => seq)
}

async function deleteByKey(
  tx: Connection,
  from: Statement,
  isOneOf: IsOneOf,
  columns: Statement,
  keys: readonly (readonly Value[])[],
): Promise<void> {
  for (let start = 0; start < keys.length; start += CHUNK) {
    await tx.run(sql`delete from ${from} where ${isOneOf(columns, keys.slice(start, start + CHUNK))}`)
  }
}

export async function underWay(database: Database, limit: number): Promise<MoveKey[]> {
  const rows = await database.all<{ seq: number }>(sql`select seq from ${table.moving} order by seq limit ${limit}`)
  return rows.map(({ seq }) => seq)
}

export async function letGo(database: Database, mover: string, keys: readonly MoveKey[]): Promise<void> {
  if (keys.length === 0) return
  await database.transaction(async (tx) => {
    await checkMover(tx, mover)
    for (let start = 0; start < keys.length; start += CHUNK) {
      const these = list(keys.slice(start, start + CHUNK))
      const rows = await tx.all<{ seq: number }>(
        sql`select seq from ${table.moving} where seq in (${these}) ${tx.forUpdate}`,
      )
      // Only what is under way: a number that a restored copy of the database has given anew is another job's.
      const seqs = rows.map(({ seq }) => seq)
      if (seqs.length === 0) continue
      await tx.run(sql`delete from ${table.moving} where seq in (${list(seqs)})`)
      await removeJobs(tx, seqs)
    }
  })
}
