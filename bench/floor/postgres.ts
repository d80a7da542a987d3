import pg from 'pg'
import { perSecond } from '../measure.ts'

const BATCH = 500
const IN_FLIGHT = 2

/**
 * The floor: one table, claimed and completed 500 at a time by two updates, two batches in flight. No lease, no order of
 * priority, no history of attempts, and nothing is run: what the server and its driver allow when a queue does no more.
 */
export async function drainPostgresFloor(url: string, jobs: number): Promise<number> {
  const pool = new pg.Pool({ connectionString: url, max: IN_FLIGHT })
  await pool.query(`create table job (id bigint generated always as identity primary key, status int not null,
    data text not null, started_at timestamptz, finished_at timestamptz)`)
  await pool.query('create index job_pending on job (id) where status = 0')
  await pool.query("insert into job (status, data) select 0, '[]' from generate_series(1, $1)", [jobs])
  await pool.query('analyze job')
  const claim = {
    name: 'claim',
    text: `update job set status = 1, started_at = now() where id = any(array(
      select id from job where status = 0 order by id limit ${BATCH} for update skip locked)) returning id, data`,
  }
  const complete = 'update job set status = 2, finished_at = now() where id = any($1)'
  const beganAt = performance.now()
  const loop = async () => {
    for (;;) {
      const { rows } = await pool.query<{ id: string }>(claim)
      if (rows.length === 0) return
      await pool.query({ name: 'complete', text: complete, values: [rows.map(({ id }) => id)] })
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, loop))
  const ms = performance.now() - beganAt
  await pool.end()
  return perSecond(jobs, ms)
}

/** One row a call, callers at a time: what reaches the server meanwhile goes into one statement. */
export async function enqueuePostgresFloor(url: string, count: number, atATime: number): Promise<number> {
  const pool = new pg.Pool({ connectionString: url, max: IN_FLIGHT })
  await pool.query('create table if not exists job2 (id bigint generated always as identity, data text not null)')
  let waiting: (() => void)[] = []
  let inFlight = 0
  const flush = async (): Promise<void> => {
    if (inFlight === IN_FLIGHT || waiting.length === 0) return
    const batch = waiting
    waiting = []
    inFlight += 1
    await pool.query({
      name: 'insert',
      text: 'insert into job2 (data) select * from unnest($1::text[])',
      values: [batch.map(() => '[]')],
    })
    inFlight -= 1
    for (const resolve of batch) resolve()
    queueMicrotask(() => void flush())
  }
  const one = () =>
    new Promise<void>((resolve) => {
      waiting.push(resolve)
      queueMicrotask(() => void flush())
    })
  let begun = 0
  const beganAt = performance.now()
  const caller = async () => {
    while (begun++ < count) await one()
  }
  await Promise.all(Array.from({ length: atATime }, caller))
  const ms = performance.now() - beganAt
  await pool.end()
  return perSecond(count, ms)
}

/** 1,000 rows a statement. */
export async function bulkPostgresFloor(url: string, count: number, call: number): Promise<number> {
  const pool = new pg.Pool({ connectionString: url, max: 1 })
  await pool.query('create table if not exists job3 (id bigint generated always as identity, data text not null)')
  const data = Array.from({ length: call }, () => '[]')
  const beganAt = performance.now()
  for (let left = count; left > 0; left -= call) {
    await pool.query('insert into job3 (data) select * from unnest($1::text[])', [data.slice(0, left)])
  }
  const ms = performance.now() - beganAt
  await pool.end()
  return perSecond(count, ms)
}
