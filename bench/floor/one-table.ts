import { DatabaseSync } from 'node:sqlite'
import { perSecond } from '../measure.ts'

const BATCH = 100

/**
 * The floor: a table, an index, two updates, each batch in two transactions. No lease, no order of priority, no
 * history of attempts, and nothing is run: what `node:sqlite` allows when a queue does nothing but claim and complete.
 */
export function drainOneTable(folder: string, jobs: number): number {
  const database = new DatabaseSync(`${folder}/floor.db`)
  database.exec('pragma journal_mode = wal; pragma synchronous = normal')
  database.exec(`create table job (
    id integer primary key, status integer not null, data text not null, started_at integer, finished_at integer
  )`)
  database.exec('create index job_pending on job (id) where status = 0')
  database.exec('begin')
  const insert = database.prepare('insert into job (status, data) values (0, ?)')
  for (let i = 0; i < jobs; i++) insert.run('[]')
  database.exec('commit')

  const claim = database.prepare(`update job set status = 1, started_at = ?
    where id in (select id from job where status = 0 order by id limit ${BATCH}) returning id, data`)
  const complete = database.prepare(`update job set status = 2, finished_at = ?
    where id in (select value from json_each(?))`)
  const beganAt = performance.now()
  for (let done = 0; done < jobs; ) {
    database.exec('begin immediate')
    const rows = claim.all(Date.now()) as { id: number }[]
    database.exec('commit')
    database.exec('begin immediate')
    complete.run(Date.now(), JSON.stringify(rows.map(({ id }) => id)))
    database.exec('commit')
    done += rows.length
  }
  const ms = performance.now() - beganAt
  database.close()
  return perSecond(jobs, ms)
}
