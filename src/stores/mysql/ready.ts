import { literal } from './literal.ts'
import type { Session } from './session.ts'

/** How far one queue is searched for jobs of other handlers while some have no room: bounds the cost of a claim. */
const SEARCH = 5_000
/** Queues that one statement merges. */
const MERGE = 50
/** Rows that one statement names by their keys. Over a thousand, MariaDB would make a table of them first. */
const CHUNK = 500
/** A job that is due: its key is its place in the order of claims. */
export interface ReadyRow {
  queue: number
  rank: number
  runAt: number
  id: string
  seq: number
  attempt: number
  spared: number
  crashes: number
  handler: number
}

/** The numbers of those whose jobs may be taken. */
export type Handlers = 'all' | readonly number[]

const columns = 'queue, `rank`, run_at as runAt, id, seq, attempt, spared, crashes, handler'
const order = 'order by `rank`, run_at, id'

/** Locks the first rows of a queue, passing over those that another claim is taking. */
export function lockFirst(queue: number, limit: number): string {
  return `select ${columns} from offstage_ready force index (primary) where queue = ${queue} ${order} limit ${limit}
    for update skip locked`
}

export async function firstReady(session: Session, queue: number, limit: number): Promise<ReadyRow[]> {
  return (await session.query(lockFirst(queue, limit))) as ReadyRow[]
}

/**
 * The same of some queues, in their common order, or of some handlers only. The rows are looked at first and locked by
 * their keys then: a lock on the first rows of each queue would keep the other workers from all those not taken.
 */
export async function lockMerged(
  session: Session,
  queues: readonly number[],
  handlers: Handlers,
  limit: number,
): Promise<ReadyRow[]> {
  const taken: ReadyRow[] = []
  for (let seen = 0; taken.length < limit; ) {
    const wanted = limit - taken.length
    const next = (await firstOf(session, queues, handlers, seen + wanted)).slice(seen)
    for (const keys of keysOf(next)) {
      const text = `select ${columns} from offstage_ready force index (primary)
        where (queue, \`rank\`, run_at, id) in (${keys}) for update skip locked`
      taken.push(...((await session.query(text)) as ReadyRow[]))
    }
    if (next.length < wanted) break
    // Others are taking some of these: what comes behind them is next.
    seen += next.length
  }
  return taken.sort(inOrder)
}

/** The first rows of some queues as they stand, locked or not. */
async function firstOf(
  session: Session,
  queues: readonly number[],
  handlers: Handlers,
  limit: number,
): Promise<ReadyRow[]> {
  const scan = (queue: number) =>
    handlers === 'all'
      ? `select * from offstage_ready force index (primary) where queue = ${queue} ${order} limit ${limit}`
      : `select * from (select * from offstage_ready force index (primary) where queue = ${queue} ${order} limit ${SEARCH}) searched
          where handler in (${handlers.join(',')}) ${order} limit ${limit}`
  const rows: ReadyRow[] = []
  for (let start = 0; start < queues.length; start += MERGE) {
    const scans = queues.slice(start, start + MERGE).map(scan)
    const rowsOfAll = scans.length === 1 ? scans[0] : scans.map((text) => `(${text})`).join(' union all ')
    const text = `select ${columns} from (${rowsOfAll}) merged ${order} limit ${limit}`
    rows.push(...((await session.query(text)) as ReadyRow[]))
  }
  return rows.sort(inOrder).slice(0, limit)
}

function inOrder(a: ReadyRow, b: ReadyRow): number {
  return a.rank - b.rank || a.runAt - b.runAt || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}

/**
 * Removes rows by their keys. Not by a list of keys: what has to be removed from a small table the servers look for in
 * all of it, index or not, and wait for the rows of others on their way.
 */
export function removeReady(rows: readonly ReadyRow[]): string[] {
  const statements: string[] = []
  for (let start = 0; start < rows.length; start += CHUNK)
    statements.push(removeChunk(rows.slice(start, start + CHUNK)))
  return statements
}

function removeChunk(rows: readonly ReadyRow[]): string {
  const keys = JSON.stringify(rows.map(({ queue, rank, runAt, id }) => [queue, rank, runAt, id]))
  return `delete r from json_table(${literal(keys)}, '$[*]' columns
      (queue int path '$[0]', place bigint path '$[1]', run_at bigint path '$[2]', id char(36) path '$[3]')) taken
    straight_join offstage_ready r force index (primary) on r.queue = taken.queue and r.\`rank\` = taken.place
      and r.run_at = taken.run_at and r.id = convert(taken.id using ascii) collate ascii_bin`
}

function keysOf(rows: readonly ReadyRow[]): string[] {
  const lists: string[] = []
  for (let start = 0; start < rows.length; start += CHUNK) {
    const keys = rows
      .slice(start, start + CHUNK)
      .map(({ queue, rank, runAt, id }) => `(${queue},${rank},${runAt},${literal(id)})`)
    lists.push(keys.join(','))
  }
  return lists
}
