import type { MysqlDatabase } from './database.ts'

/** Delayed jobs made ready by one claim; the next claim goes on. */
const PROMOTE = 1_000

/** Moves what has come due from `delayed` to `ready`, so that a claim never reads past jobs of the future. */
export async function promote(database: MysqlDatabase, now: number): Promise<void> {
  await database.write(async (session) => {
    const due = `select run_at, seq from offstage_delayed force index (primary)
      where run_at <= ${now} order by run_at, seq
      limit ${PROMOTE} for update skip locked`
    const [, rows] = (await session.script(['start transaction', due], true)) as [unknown, [number, number][]]
    // By their keys, as a table of them: see `removeReady`.
    const found = `json_table('${JSON.stringify(rows)}', '$[*]' columns
        (run_at bigint path '$[0]', seq bigint path '$[1]')) due
      straight_join offstage_delayed d force index (primary) on d.run_at = due.run_at and d.seq = due.seq`
    const move = [
      `insert into offstage_ready (queue, \`rank\`, run_at, id, seq, attempt, spared, crashes, handler)
        select j.queue, -j.priority, d.run_at, j.id, d.seq, d.attempt, d.spared, d.crashes, j.handler
        from ${found} straight_join offstage_job j force index (primary) on j.seq = d.seq`,
      `delete d from ${found}`,
    ]
    await session.script([...(rows.length === 0 ? [] : move), 'commit'])
  })
}
