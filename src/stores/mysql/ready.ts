import { PATIENCE_MS } from './database.ts'
import { literal } from './literal.ts'
import type { Session } from './session.ts'

/** How far one queue is searched for jobs of other handlers while some have no room: bounds the cost of a claim. */
const SEARCH = 5_000
/** Queues that one statement merges. */
const MERGE = 50
/** Rows that one statement names by their keys. */
const CHUNK = 500

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

const columns = 'queue, `rank`, run_at as runAt, id, seq, attempt, spared, crashes, handler'
const order = 'order by `rank`, run_at, id'

/** The key of a row, as it stands in a list of keys. */
export function keyOf({ queue, rank, runAt, id }: ReadyRow): string {
  return `(${queue},${rank},${runAt},${literal(id)})`
}

/** Locks the first rows of some queues, in their common order, passing over those that another claim is taking. */
export async function takeReady(
  session: Session,
  queues: readonly number[],
  except: readonly number[],
  limit: number,
): Promise<ReadyRow[]> {
  const [queue] = queues
  if (queues.length === 1 && except.length === 0) {
    const text = `select ${columns} from offstage_ready where queue = ${queue} ${order} limit ${limit}
      for update skip locked`
    return (await session.query(text, PATIENCE_MS)) as ReadyRow[]
  }
  // Rows of many queues are looked at first and locked by their keys then: a lock on the first rows of each would keep
  // the other workers from all those that are not taken.
  const taken: ReadyRow[] = []
  for (let seen = 0; taken.length < limit; ) {
    const wanted = limit - taken.length
    const next = (await firstOf(session, queues, except, seen + wanted)).slice(seen)
    for (let start = 0; start < next.length; start += CHUNK) {
      const keys = next
        .slice(start, start + CHUNK)
        .map(keyOf)
        .join(',')
      const text = `select ${columns} from offstage_ready force index (primary)
        where (queue, \`rank\`, run_at, id) in (${keys}) for update skip locked`
      taken.push(...((await session.query(text, PATIENCE_MS)) as ReadyRow[]))
    }
    if (next.length < wanted) break
    seen += next.length
  }
  return taken.sort(inOrder)
}

/** The first rows of some queues as they stand, locked or not. */
async function firstOf(
  session: Session,
  queues: readonly number[],
  except: readonly number[],
  limit: number,
): Promise<ReadyRow[]> {
  const scan = (queue: number) =>
    except.length === 0
      ? `(select * from offstage_ready where queue = ${queue} ${order} limit ${limit})`
      : `(select * from (select * from offstage_ready where queue = ${queue} ${order} limit ${SEARCH}) searched
          where handler not in (${except.join(',')}) ${order} limit ${limit})`
  const rows: ReadyRow[] = []
  for (let start = 0; start < queues.length; start += MERGE) {
    const scans = queues
      .slice(start, start + MERGE)
      .map(scan)
      .join(' union all ')
    const text = `select ${columns} from (${scans}) merged ${order} limit ${limit}`
    rows.push(...((await session.query(text, PATIENCE_MS)) as ReadyRow[]))
  }
  return rows.sort(inOrder).slice(0, limit)
}

function inOrder(a: ReadyRow, b: ReadyRow): number {
  return a.rank - b.rank || a.runAt - b.runAt || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}
