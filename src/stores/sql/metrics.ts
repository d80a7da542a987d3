import { type Histogram, merged } from '../../core/histogram.ts'
import type { MetricRow, MetricsRequest } from '../../store/insight.ts'
import type { Lease } from '../../store/store.ts'
import { type Connection, type Database, list, type Statement, sql, table } from './database.ts'

/** Minutes that are read at a time: a database in this process keeps its event loop for as long. */
const SPAN_MS = 3_600_000

interface StoredRow {
  at: number
  handler: number
  queue: number
  completed: number
  failed: number
  cancelled: number
  retried: number
  wait: string
  run: string
}

/**
 * Adds to the rows of this worker, each in its minute. Nobody else writes to them, so what stands there is read, added
 * to here, and written again.
 */
export async function addMetrics(database: Database, lease: Lease, rows: readonly MetricRow[]): Promise<void> {
  if (rows.length === 0) return
  const names = await readNames(database)
  await database.transaction(async (tx) => {
    for (const row of rows) {
      const handler = names.handlerId(row.class, row.method)
      const queue = names.queueId(row.queue)
      // Of no job that was ever stored here: there is nothing that it could be shown beside.
      if (handler !== undefined && queue !== undefined) await addRow(tx, lease, handler, queue, row)
    }
  })
}

async function addRow(tx: Connection, lease: Lease, handler: number, queue: number, row: MetricRow): Promise<void> {
  const key = sql`at = ${row.at} and handler = ${handler} and queue = ${queue} and lease = ${lease}`
  const [stored] = await tx.all<StoredRow>(
    sql`select completed, failed, cancelled, retried, wait, run from ${table.metric} where ${key}
      ${tx.forUpdate}`,
  )
  if (stored === undefined) {
    await tx.run(sql`insert into ${table.metric}
      (at, handler, queue, lease, completed, failed, cancelled, retried, wait, run)
      values (${row.at}, ${handler}, ${queue}, ${lease}, ${row.completed}, ${row.failed}, ${row.cancelled},
        ${row.retried}, ${JSON.stringify(row.wait)}, ${JSON.stringify(row.run)})`)
    return
  }
  await tx.run(sql`update ${table.metric} set completed = ${stored.completed + row.completed},
    failed = ${stored.failed + row.failed}, cancelled = ${stored.cancelled + row.cancelled},
    retried = ${stored.retried + row.retried}, wait = ${added(stored.wait, row.wait)}, run = ${added(stored.run, row.run)}
    where ${key}`)
}

function added(stored: string, histogram: Histogram): string {
  return JSON.stringify(merged([JSON.parse(stored) as Histogram, histogram]))
}

export async function metrics(database: Database, request: MetricsRequest): Promise<MetricRow[]> {
  const [names, { first, last }] = await Promise.all([readNames(database), extent(database, request)])
  const only: Statement[] = []
  if (request.class !== undefined || request.method !== undefined) {
    const handlers = names.handlerIds(request.class, request.method)
    if (handlers.length === 0) return []
    only.push(sql`handler in (${list(handlers)})`)
  }
  if (request.queue !== undefined) {
    const queue = names.queueId(request.queue)
    if (queue === undefined) return []
    only.push(sql`queue = ${queue}`)
  }
  const rows: MetricRow[] = []
  for (let from = first; from <= last; from += SPAN_MS) {
    const within = [sql`at >= ${from}`, sql`at <= ${Math.min(last, from + SPAN_MS - 1)}`, ...only]
    const stored = await database.all<StoredRow>(
      sql`select at, handler, queue, completed, failed, cancelled, retried, wait, run from ${table.metric}
        where ${list(within, ' and ')}`,
    )
    for (const { handler, queue, wait, run, ...counts } of stored) {
      rows.push({
        ...names.handler(handler),
        queue: names.queue(queue),
        ...counts,
        wait: JSON.parse(wait) as Histogram,
        run: JSON.parse(run) as Histogram,
      })
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  return rows
}

/** The minutes from the first that is asked for and stored to the last. */
async function extent(database: Database, { since, until }: MetricsRequest): Promise<{ first: number; last: number }> {
  const before = until === undefined ? sql`` : sql`and at < ${Math.ceil(until)}`
  const [row] = await database.all<{ first: number | null; last: number | null }>(
    sql`select min(at) as first, max(at) as last from ${table.metric} where at >= ${Math.ceil(since)} ${before}`,
  )
  return { first: row?.first ?? 1, last: row?.last ?? 0 }
}

/** Removes the minutes before a moment, up to `limit` rows; returns how many. */
export async function pruneMetrics(database: Database, before: number, limit: number): Promise<number> {
  const [row] = await database.all<{ at: number }>(
    sql`select at from ${table.metric} where at < ${before} order by at limit 1`,
  )
  if (row === undefined) return 0
  const [end] = await database.all<{ at: number }>(
    sql`select at from ${table.metric} where at < ${before} order by at limit 1 offset ${limit}`,
  )
  // Whole minutes, and at least one.
  const to = end === undefined ? before : Math.max(end.at, row.at + 1)
  return await database.run(sql`delete from ${table.metric} where at < ${to}`)
}

async function readNames(database: Database) {
  const [handlers, queues] = await Promise.all([
    database.all<{ id: number; class: string; method: string }>(sql`select id, class, method from ${table.handler}`),
    database.all<{ id: number; name: string }>(sql`select id, name from ${table.queue}`),
  ])
  const handlerById = new Map(handlers.map(({ id, class: className, method }) => [id, { class: className, method }]))
  const handlerByName = new Map(handlers.map(({ id, class: className, method }) => [`${className}.${method}`, id]))
  const queueById = new Map(queues.map(({ id, name }) => [id, name]))
  const queueByName = new Map(queues.map(({ id, name }) => [name, id]))
  return {
    handler: (id: number) => handlerById.get(id) ?? { class: '?', method: '?' },
    handlerId: (className: string, method: string) => handlerByName.get(`${className}.${method}`),
    handlerIds: (className: string | undefined, method: string | undefined) =>
      handlers
        .filter((each) => (className ?? each.class) === each.class && (method ?? each.method) === each.method)
        .map(({ id }) => id),
    queue: (id: number) => queueById.get(id) ?? '?',
    queueId: (name: string) => queueByName.get(name),
  }
}
