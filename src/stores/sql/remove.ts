import { type Connection, type Keyed, sql, table } from './database.ts'
import { removeKeys } from './unique.ts'

/** Removes jobs that stand in no hot table, with their attempts and logs. */
export async function removeJobs(tx: Connection, seqs: readonly number[]): Promise<void> {
  if (seqs.length === 0) return
  const keys = seqs.map((seq) => [seq])
  const of = (name: 'job' | 'attempt' | 'log'): Keyed => ({ table: sql`${table[name]}`, key: ['seq'], keys })
  // The key of an expiry begins with the time, so the job has to say where to look.
  const expiring = await tx.all<{ seq: number; expires_at: number }>(
    tx.byKey.select(sql`t.seq, t.expires_at`, { ...of('job'), and: sql`t.expires_at is not null` }),
  )
  if (expiring.length > 0) await removeExpiries(tx, expiring)
  await removeKeys(tx, seqs)
  for (const name of ['log', 'attempt', 'job'] as const) await tx.run(tx.byKey.delete(of(name)))
}

export async function removeExpiries(
  tx: Connection,
  expiries: readonly { expires_at: number; seq: number }[],
): Promise<void> {
  const keys = expiries.map(({ expires_at, seq }) => [expires_at, seq])
  await tx.run(tx.byKey.delete({ table: sql`${table.expiry}`, key: ['expires_at', 'seq'], keys }))
}
