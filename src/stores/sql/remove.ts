import { type Connection, list, sql, table } from './database.ts'

/** Removes jobs that stand in no hot table, with their attempts and logs. */
export async function removeJobs(tx: Connection, seqs: readonly number[]): Promise<void> {
  if (seqs.length === 0) return
  const these = list(seqs)
  // Its key begins with the time, so the job has to say where to look.
  const expiring = await tx.all<{ expires_at: number; seq: number }>(sql`select e.expires_at, e.seq from ${table.job} j
    join ${table.expiry} e on e.expires_at = j.expires_at and e.seq = j.seq where j.seq in (${these})`)
  for (const { expires_at, seq } of expiring) {
    await tx.run(sql`delete from ${table.expiry} where expires_at = ${expires_at} and seq = ${seq}`)
  }
  await tx.run(sql`delete from ${table.log} where seq in (${these})`)
  await tx.run(sql`delete from ${table.attempt} where seq in (${these})`)
  await tx.run(sql`delete from ${table.job} where seq in (${these})`)
}
