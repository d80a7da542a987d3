import { type MysqlDatabase, PATIENCE_MS } from './database.ts'

/** Delayed jobs made ready by one claim; the next claim goes on. */
const PROMOTE = 1_000
/** Rows that one statement names by their keys. */
const CHUNK = 500

/** Moves what has come due from `delayed` to `ready`, so that a claim never reads past jobs of the future. */
export async function promote(database: MysqlDatabase, now: number): Promise<void> {
  await database.write(async (session) => {
    const due = `start transaction; select run_at, seq from offstage_delayed where run_at <= ${now} order by run_at, seq
      limit ${PROMOTE} for update skip locked`
    const [, rows] = (await session.query(due, PATIENCE_MS, true)) as [unknown, [runAt: number, seq: number][]]
    for (let start = 0; start < rows.length; start += CHUNK) {
      const chunk = rows.slice(start, start + CHUNK)
      const keys = chunk.map(([runAt, seq]) => `(${runAt},${seq})`).join(',')
      await session.query(
        `insert into offstage_ready (queue, \`rank\`, run_at, id, seq, attempt, spared, crashes, handler)
          select j.queue, -j.priority, d.run_at, j.id, d.seq, d.attempt, d.spared, d.crashes, j.handler
          from offstage_delayed d force index (primary) straight_join offstage_job j force index (primary) on j.seq = d.seq
          where (d.run_at, d.seq) in (${keys});
        delete d from offstage_delayed d force index (primary) where (d.run_at, d.seq) in (${keys})`,
        PATIENCE_MS,
      )
    }
    await session.query('commit', PATIENCE_MS)
  })
}
