import { DatabaseSync } from 'node:sqlite'
import { perSecond } from '../measure.ts'

const BATCH = 500

/**
 * The second floor: what Offstage itself writes for a job that is claimed and completes, on its own tables, with
 * nothing around the statements. The difference to the drain is what the engine costs.
 */
export function drainLayout(folder: string, jobs: number): number {
  const database = new DatabaseSync(`${folder}/offstage.db`)
  database.exec('pragma synchronous = normal; pragma cache_size = -16384; pragma temp_store = memory')
  const select = database.prepare(`select r.*, j.args, j.max_attempts, j.created_at, j.expires_at, j.policy
    from (select * from offstage_ready where queue = 1 order by rank, run_at, id limit ${BATCH}) r
    cross join offstage_job j on j.seq = r.seq`)
  const markRunning = database.prepare(`insert into offstage_running (seq, attempt, lease, spared, crashes, started_at)
    select value, 1, 1, 0, 0, ? from json_each(?)`)
  const takeOut = database.prepare('delete from offstage_ready where queue = 1 and (rank, run_at, id) <= (?, ?, ?)')
  const complete = database.prepare(`insert into offstage_attempt
    (seq, n, outcome, status, lease, spared, started_at, finished_at, progress)
    select r.seq, r.attempt, 'completed', 'completed', r.lease, r.spared, ?1, ?1, r.progress
    from json_each(?2) e cross join offstage_running r on r.seq = e.value where r.attempt = 1 and r.lease = 1`)
  const free = database.prepare(`delete from offstage_running
    where seq in (select value from json_each(?)) and attempt = 1 and lease = 1`)

  const beganAt = performance.now()
  for (let done = 0; done < jobs; ) {
    const now = Date.now()
    database.exec('begin immediate')
    const rows = select.all() as { seq: number; rank: number; run_at: number; id: string }[]
    const last = rows.at(-1)
    if (last === undefined) throw new Error(`only ${done} of ${jobs} jobs are in the file`)
    const keys = JSON.stringify(rows.map(({ seq }) => seq))
    takeOut.run(last.rank, last.run_at, last.id)
    markRunning.run(now, keys)
    database.exec('commit')
    database.exec('begin immediate')
    complete.run(now, keys)
    free.run(keys)
    database.exec('commit')
    done += rows.length
  }
  const ms = performance.now() - beganAt
  database.close()
  return perSecond(jobs, ms)
}
