import type { JobId } from '../../core/job.ts'
import type { NewJob } from '../../store/store.ts'
import { type Connection, type Database, list, type Statement, sql, table } from './database.ts'
import { insertRows } from './insert.ts'
import type { StoreJobs, TxConnection } from './tx/store-jobs.ts'

/** Keys of one statement. */
const CHUNK = 500

/** Whether a batch has to go the way of those that may have to give way to others. */
export function areUnique(jobs: readonly NewJob[]): boolean {
  return jobs.some(({ unique }) => unique !== undefined)
}

/**
 * Takes the keys of unique jobs, each for the first job that has it, unless a job that has not ended, or one that was
 * stored too short a while ago, holds it.
 * @param now The database's clock, in ms.
 * @returns Of the jobs that have to give way, who holds their key.
 */
export async function takeKeys(
  dialect: Pick<StoreJobs, 'unlessThere' | 'asCommitted'>,
  connection: TxConnection,
  jobs: readonly NewJob[],
  now: number,
): Promise<Map<NewJob, JobId>> {
  // In one order everywhere, so that those who take the same ones wait for each other, and not in a circle.
  const wanted = jobs.filter(({ unique }) => unique !== undefined).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  const holders = new Map<NewJob, JobId>()
  for (let start = 0; start < wanted.length; start += CHUNK) {
    const chunk = wanted.slice(start, start + CHUNK)
    const these = sql`hash in (${list(chunk.map(keyOf))})`
    await connection.all(sql`delete from ${table.unique_job} where ${these} and free_at <= ${now} and not ${isOpen}`)
    const rows = chunk.map(({ id, unique }) => {
      const freeAt = unique?.forMs === undefined ? 0 : now + unique.forMs
      return sql`(${unique?.hash ?? ''}, ${id}, ${freeAt})`
    })
    await connection.all(
      sql`insert into ${table.unique_job} (hash, id, free_at) values ${list(rows)} ${dialect.unlessThere}`,
    )
    const held = await connection.all<{ hash: string; id: JobId }>(
      dialect.asCommitted(sql`select hash, id from ${table.unique_job} where ${these}`),
    )
    const holderOf = new Map(held.map(({ hash, id }) => [hash, id]))
    for (const job of chunk) {
      const holder = holderOf.get(keyOf(job))
      if (holder !== undefined && holder !== job.id) holders.set(job, holder)
    }
  }
  return holders
}

/** The job that holds a key has not ended. */
const isOpen: Statement = sql`exists (select 1 from ${table.job} j where j.id = ${table.unique_job}.id
  and not exists (select 1 from ${table.attempt} a where a.seq = j.seq and a.status is not null))`

function keyOf({ unique }: NewJob): string {
  return unique?.hash ?? ''
}

/** Lets go of what removed jobs held; not of what they hold for a time that has not passed. */
export async function removeKeys(tx: Connection, seqs: readonly number[]): Promise<void> {
  // Mostly nobody uses them.
  if ((await tx.all(sql`select 1 from ${table.unique_job} limit 1`)).length === 0) return
  const keys = seqs.map((seq) => [seq])
  const jobs = await tx.all<{ id: JobId }>(tx.byKey.select(sql`t.id`, { table: sql`${table.job}`, key: ['seq'], keys }))
  if (jobs.length === 0) return
  const ids = jobs.map(({ id }) => [id])
  await tx.run(tx.byKey.delete({ table: sql`${table.unique_job}`, key: ['id'], keys: ids, and: sql`t.free_at = 0` }))
}

/** Takes along the keys of jobs that come from elsewhere, unless somebody holds them here. */
export async function receiveKeys(
  tx: Connection,
  jobs: readonly { id: JobId; hash: string | null; freeAt: number | null }[],
): Promise<void> {
  const holding = jobs.filter(({ hash }) => hash !== null)
  for (let start = 0; start < holding.length; start += CHUNK) {
    const chunk = holding.slice(start, start + CHUNK)
    const known = await tx.all<{ hash: string }>(
      sql`select hash from ${table.unique_job} where hash in (${list(chunk.map(({ hash }) => hash))})`,
    )
    const held = new Set(known.map(({ hash }) => hash))
    const free = chunk.filter(({ hash }) => !held.has(hash as string))
    await insertRows(
      tx,
      sql`${table.unique_job} (hash, id, free_at)`,
      free.map(({ hash, id, freeAt }) => [hash, id, freeAt]),
    )
  }
}

/** Lets go of keys whose time has passed: with their jobs, or alone where those are gone already. */
export async function pruneKeys(database: Database, now: number): Promise<void> {
  const passed = await database.all<{ hash: string; kept: number }>(sql`select hash,
      (select count(*) from ${table.job} j where j.id = u.id) as kept
    from ${table.unique_job} u where free_at > 0 and free_at <= ${now} order by free_at limit ${CHUNK}`)
  for (const isKept of [true, false]) {
    const hashes = passed.filter(({ kept }) => Number(kept) > 0 === isKept).map(({ hash }) => hash)
    if (hashes.length === 0) continue
    const these = sql`hash in (${list(hashes)}) and free_at > 0 and free_at <= ${now}`
    await database.run(
      isKept
        ? sql`update ${table.unique_job} set free_at = 0 where ${these}`
        : sql`delete from ${table.unique_job} where ${these}`,
    )
  }
}
