import type { MoveKey } from '../../../store/move.ts'
import { type Connection, type Database, list, type Statement, sql, table } from '../database.ts'
import { insertRows } from '../insert.ts'
import { removeJobs } from '../remove.ts'
import { checkMover } from './departure.ts'

/** Rows that one statement names by their keys. */
const CHUNK = 900

/** A job that waits, as it stands in a hot table. */
export interface Waiting {
  seq: number
  run_at: number
  attempt: number
  spared: number
  crashes: number
}

/** A table of jobs that wait, and the columns of its key: what is first by it comes first. */
export interface HotTable {
  table: Statement
  key: Statement
}

const READY: HotTable = { table: sql`${table.ready}`, key: sql`queue, "rank", run_at, id` }
const DELAYED: HotTable = { table: sql`${table.delayed}`, key: sql`run_at, seq` }

/** Takes the first rows out of a hot table. */
export type TakeFirst = (tx: Connection, from: HotTable, limit: number) => Promise<Waiting[]>

export async function takePending(
  database: Database,
  takeFirst: TakeFirst,
  mover: string,
  limit: number,
): Promise<MoveKey[]> {
  // Looked at without a lock first: mostly, while it is waited for running jobs, there is nothing to do.
  const some = async (from: HotTable) =>
    (await database.all(sql`select 1 as found from ${from.table} limit 1`)).length > 0
  if (!(await some(READY)) && !(await some(DELAYED))) return []
  return await database.transaction(async (tx) => {
    await checkMover(tx, mover)
    const taken = await takeFirst(tx, READY, limit)
    if (taken.length < limit) taken.push(...(await takeFirst(tx, DELAYED, limit - taken.length)))
    return await putUnderWay(tx, taken)
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
