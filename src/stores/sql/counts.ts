import type { JobFilter } from '../../core/filter.ts'
import { JOB_STATUSES, type JobStatus } from '../../core/job.ts'
import type { BoundedCount, CountBounds, StatusCounts } from '../../store/queried.ts'
import { type Sought, seek } from './conditions.ts'
import type { Database } from './database.ts'
import { allConditions, type Keys, keysOf, streamsOf } from './sources.ts'

/** How many jobs are meant, counted to `upTo`. */
export async function count(database: Database, filter: JobFilter, upTo = Number.POSITIVE_INFINITY): Promise<number> {
  const sought = await seek(database, filter)
  if (sought === undefined) return 0
  const keys = await keysOf(database, sought)
  return (await countUntil(database, sought, keys, upTo, Number.POSITIVE_INFINITY)).count
}

export async function countByStatus(
  database: Database,
  filter: JobFilter,
  { upTo, withinMs, statuses = JOB_STATUSES }: CountBounds,
): Promise<StatusCounts> {
  const until = performance.now() + withinMs
  const none = JOB_STATUSES.map((status) => [status, { count: 0, more: false }])
  const counts = Object.fromEntries(none) as StatusCounts
  const each = await Promise.all(statuses.map((status) => seek(database, { ...filter, status })))
  const [first] = each
  // If it can mean no job of one status, it can of none.
  if (first === undefined) return counts
  const keys = await keysOf(database, first)
  const countOne = async (index: number, end: number): Promise<void> => {
    counts[statuses[index] as JobStatus] = await countUntil(database, each[index] as Sought, keys, upTo, end)
  }
  if (keys.column !== undefined || !isNarrowed(first)) {
    await Promise.all(statuses.map((_, index) => countOne(index, until)))
    return counts
  }
  const inTurn = async (indexes: readonly number[]) => {
    for (const [before, index] of indexes.entries()) {
      // What one status needs less than its share, those behind it have.
      const now = performance.now()
      await countOne(index, now + Math.max(0, until - now) / (indexes.length - before))
    }
  }
  // Whether jobs have ended or not, they are looked for in other tables: on a server, on two connections.
  const apart = Map.groupBy(statuses.keys(), (index) => each[index]?.byEnd)
  await Promise.all([...apart.values()].map(inTurn))
  return counts
}

/** True when more is asked of a job than its status: then jobs have to be looked at, which takes its time. */
function isNarrowed(sought: Sought): boolean {
  return allConditions({ ...sought, statuses: undefined }).length > 0 || sought.args !== undefined
}

async function countUntil(
  database: Database,
  sought: Sought,
  keys: Keys,
  upTo: number,
  until: number,
): Promise<BoundedCount> {
  let count = 0
  let more = false
  for (const stream of await streamsOf(database, sought, keys)) {
    const counted = await stream.count(upTo - count, until)
    count += counted.count
    more ||= counted.more
  }
  return { count, more }
}
