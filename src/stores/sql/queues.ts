import type { QueueInfo } from '../../store/queried.ts'
import { type Database, dear, list, type Statement, sql, table } from './database.ts'

const UP_TO = 10_000
/** Priorities of one queue that are looked at one by one. */
const RANKS = 100
/** Queues that one statement counts. */
const TOGETHER = 100

interface QueueRow {
  id: number
  name: string
  paused: number
  pause_reason: string | null
}

/** By name, each with its jobs counted as far as `upTo`: it costs the same beside a thousand jobs and a million. */
export async function queues(database: Database, upTo = UP_TO): Promise<QueueInfo[]> {
  const [now, rows] = await Promise.all([
    database.now(),
    database.all<QueueRow>(sql`select id, name, paused, pause_reason from ${table.queue}`),
  ])
  // Ordered here: each database has its own order of texts.
  rows.sort((a, b) => (a.name < b.name ? -1 : 1))
  // In the direction that jobs go: rather twice than not at all.
  const [delayed, due, ready, running] = await Promise.all([
    delayedJobs(database, rows, sql`run_at > ${now}`, upTo),
    delayedJobs(database, rows, sql`run_at <= ${now}`, upTo),
    readyJobs(database, rows, upTo),
    database.all<{ queue: number; total: number }>(sql`select queue, count(*) as total
      from (select (select j.queue from ${table.job} j where j.seq = r.seq) as queue from ${database.dialect.held} r) held
      group by queue`),
  ])
  const held = new Map(running.map(({ queue, total }) => [queue, total]))
  return rows.map(({ id, name, paused, pause_reason: pauseReason }): QueueInfo => {
    const inLine = ready.get(id) ?? NONE
    const come = due.get(id) ?? NONE
    const later = delayed.get(id) ?? NONE
    const oldest = Math.min(inLine.oldest, come.oldest)
    const isReady = inLine.total + come.total
    return {
      name,
      paused: paused === 1,
      pauseReason,
      ready: Math.min(isReady, upTo),
      delayed: Math.min(later.total, upTo),
      running: held.get(id) ?? 0,
      more: isReady > upTo || later.total > upTo,
      oldestReadyAt: Number.isFinite(oldest) ? new Date(oldest) : null,
    }
  })
}

interface Counted {
  total: number
  oldest: number
}
const NONE: Counted = { total: 0, oldest: Number.POSITIVE_INFINITY }

interface CountRow {
  queue: number
  total: number
  oldest: number
}

/** The jobs of `ready` by queue. A queue that has none is not among them. */
async function readyJobs(database: Database, queues: readonly QueueRow[], upTo: number): Promise<Map<number, Counted>> {
  const rows = await countEach(
    database,
    queues,
    upTo,
    (id) => sql`select run_at from ${table.ready} where queue = ${id}`,
  )
  const counted = rows.map(async ({ queue, total, oldest }): Promise<[number, Counted]> => {
    return [queue, { total, oldest: total > upTo ? await oldestReady(database, queue) : oldest }]
  })
  return new Map(await Promise.all(counted))
}

/** The jobs of `delayed` in a span of time, by queue. A queue that has none is not among them. */
async function delayedJobs(database: Database, queues: readonly QueueRow[], when: Statement, upTo: number) {
  const rows = await countEach(
    database,
    queues,
    upTo,
    // In order: the first of them is the one that is due for longest.
    (id) => sql`select run_at from ${table.delayed} where queue = ${id} and ${when} order by run_at`,
  )
  return new Map(rows.map(({ queue, ...counted }): [number, Counted] => [queue, counted]))
}

/** What a select has of each queue, counted to `upTo` and then one more. Queues that have nothing are left out. */
async function countEach(
  database: Database,
  queues: readonly QueueRow[],
  upTo: number,
  select: (queue: number) => Statement,
): Promise<CountRow[]> {
  const found: CountRow[] = []
  for (let start = 0; start < queues.length; start += TOGETHER) {
    const each = queues.slice(start, start + TOGETHER).map(
      ({ id }) => sql`select ${id} + 0 as queue, count(*) as total, min(run_at) as oldest
        from (${select(id)} limit ${upTo + 1}) part`,
    )
    found.push(...(await database.all<CountRow>(dear(list(each, ' union all ')))))
  }
  return found.filter(({ total }) => total > 0)
}

/** When the job that is due for longest was due: the first of each priority, by jumping from one to the next. */
async function oldestReady(database: Database, queue: number): Promise<number> {
  const { looked, last, oldest } = await (database.dialect.jumpsWithin ? firsts : firstsOneByOne)(database, queue)
  const first = oldest ?? Number.POSITIVE_INFINITY
  if (looked < RANKS) return first
  const [rest] = await database.all<{ oldest: number | null }>(
    sql`select min(run_at) as oldest from ${table.ready} where queue = ${queue} and "rank" > ${last}`,
  )
  return Math.min(first, rest?.oldest ?? first)
}

/** The first jobs of some priorities of a queue. */
interface Firsts {
  /** How many priorities were looked at, and the last of them. */
  looked: number
  last: number | null
  oldest: number | null
}

async function firsts(database: Database, queue: number): Promise<Firsts> {
  const where = sql`queue = ${queue}`
  const ranks = database.dialect.distinct({ column: sql`"rank"`, from: sql`${table.ready}`, where }, RANKS)
  const [row] = await database.all<Firsts>(sql`
    select count(*) as looked, max(value) as last, min(run_at) as oldest from (
      select value, (select r.run_at from ${table.ready} r where r.queue = ${queue} and r."rank" = each_rank.value
        order by r.run_at limit 1) as run_at
      from (${ranks}) each_rank) firsts`)
  return row as Firsts
}

async function firstsOneByOne(database: Database, queue: number): Promise<Firsts> {
  const found: Firsts = { looked: 0, last: null, oldest: null }
  while (found.looked < RANKS) {
    const behind = found.last === null ? sql`` : sql`and "rank" > ${found.last}`
    const [first] = await database.all<{ rank_of: number; run_at: number }>(
      sql`select "rank" as rank_of, run_at from ${table.ready} where queue = ${queue} ${behind}
        order by "rank", run_at limit 1`,
    )
    if (first === undefined) break
    found.looked += 1
    found.last = first.rank_of
    found.oldest = Math.min(found.oldest ?? first.run_at, first.run_at)
  }
  return found
}
