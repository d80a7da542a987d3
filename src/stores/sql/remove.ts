import { type Connection, list, sql, table } from './database.ts'

/** Removes jobs that stand in no hot table, with their attempts and logs. */
export async function removeJobs(tx: Connection, seqs: readonly number[]): Promise<void> {
  if (seqs.length === 0) return
  const these = list(seqs)
  // Its key begins with the time, so the job has to say where to look.
  await tx.run(sql`delete from ${table.expiry} where (expires_at, seq) in (
    select expires_at, seq from ${table.job} where seq in (${these}) and expires_at is not null)`)
  await tx.run(sql`delete from ${table.log} where seq in (${these})`)
  await tx.run(sql`delete from ${table.attempt} where seq in (${these})`)
  await tx.run(sql`delete from ${table.job} where seq in (${these})`)
}
