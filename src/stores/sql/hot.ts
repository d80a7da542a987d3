import { attemptConditions, jobConditions, jobMeets, type Sought } from './conditions.ts'
import { type Database, dear, list, type Statement, sql, table } from './database.ts'
import { type Found, type Reader, type Stream, walk } from './stream.ts'

/** One of the small tables of jobs that have not ended, and which of its rows are meant. */
interface Part {
  table: 'moving' | 'delayed' | 'ready' | 'running'
  rows: Statement
  /** What its own columns can say. */
  own: Statement[]
  /** What has to be looked up for each row: a microsecond, or several. */
  lookups: Statement[]
}

const SEQ = sql`p.seq`
/** A look at all of them that has a time takes no longer, where it can be ended: ten times what it mostly takes. */
const LONGEST_MS = 250

/** In the direction that jobs go, should a statement not see one moment of all. */
function partsOf(database: Database, sought: Sought): Part[] {
  const { statuses = [], queue, priority, handlers } = sought
  const pending = statuses.includes('pending')
  const running = statuses.includes('running')
  const lookups = (rest: Sought) => [...jobMeets(jobConditions(rest), SEQ), ...attemptConditions(rest, SEQ)]
  const parts: Part[] = []
  if (pending) {
    const inQueue = queue === undefined ? [] : [sql`p.queue = ${queue}`]
    const inLine = [...inQueue]
    if (priority !== undefined) inLine.push(sql`p."rank" = ${0 - priority}`)
    if (handlers !== undefined) inLine.push(sql`p.handler in (${list(handlers)})`)
    // Of those on their way to another database, a finished one has no due time.
    parts.push({ table: 'moving', rows: sql`${table.moving} p`, own: [sql`p.run_at > 0`], lookups: lookups(sought) })
    parts.push({
      table: 'delayed',
      rows: sql`${table.delayed} p`,
      own: inQueue,
      lookups: lookups({ ...sought, queue: undefined }),
    })
    const rest = { ...sought, queue: undefined, priority: undefined, handlers: undefined }
    parts.push({ table: 'ready', rows: sql`${table.ready} p`, own: inLine, lookups: lookups(rest) })
  }
  const started = pending && running ? [] : [running ? sql`p.started_at is not null` : sql`p.started_at is null`]
  parts.push({ table: 'running', rows: sql`${database.dialect.held} p`, own: started, lookups: lookups(sought) })
  return parts
}

/**
 * Pending or running jobs, the newest first, by reading all of the tables that they stand in.
 * @throws TookTooLong from what it gives, where there is a time and the database can end a select.
 */
export function hot(database: Database, sought: Sought): Stream {
  const all = partsOf(database, sought)
  const within = (until: number): { parts: Part[]; reader: Reader } => {
    const { guard } = database
    if (guard === undefined || until === Number.POSITIVE_INFINITY) return { parts: all, reader: database }
    const parts = all.map((part) =>
      part.lookups.length === 0 ? part : { ...part, lookups: [guard.inTime(SEQ), ...part.lookups] },
    )
    return { parts, reader: { all: (statement) => guard.all(statement, LONGEST_MS) } }
  }
  return {
    async next(after, limit, until) {
      const { parts, reader } = within(until)
      const newest = parts.map(({ rows, own, lookups }) => {
        const behind = after === undefined ? [] : [sql`p.seq < ${after.seq}`]
        return sql`select * from (select p.seq as seq from ${rows} ${where([...behind, ...own, ...lookups])}
          order by p.seq desc limit ${limit}) part`
      })
      // The ids of those alone: whatever is selected within is read for every row that has to be sorted.
      const found = await reader.all<Found>(sql`
        select 0 as at, seq, (select j.id from ${table.job} j where j.seq = parts.seq) as id
        from (select seq from (${list(newest, ' union all ')}) every order by seq desc limit ${limit}) parts
        order by seq desc`)
      return { found, reached: found.length < limit ? undefined : found.at(-1) }
    },
    async count(most, until) {
      const { parts, reader } = within(until)
      const total = await countParts(reader, parts, most + 1)
      return { count: Math.min(most, total), more: total > most }
    },
  }
}

/**
 * How many pending jobs of a handler there are, where those in line can be counted as they stand, and the delayed ones
 * are so many that they have to be looked at a step at a time. Undefined where those in line have to be looked up too.
 */
export function countHot(database: Database, sought: Sought): Stream['count'] | undefined {
  const parts = partsOf(database, sought)
  const inLine = parts.find(({ table: of }) => of === 'ready')
  const delayed = parts.find(({ table: of }) => of === 'delayed')
  if (inLine === undefined || inLine.lookups.length > 0 || delayed === undefined) return undefined
  const later = walk(database, {
    rows: sql`from ${delayed.rows} ${where(delayed.own.length === 0 ? [sql`1 = 1`] : delayed.own)}`,
    at: sql`p.run_at`,
    seq: SEQ,
    id: sql`''`,
    condition: list(delayed.lookups, ' and '),
  })
  return async (most, until) => {
    const few = await countParts(
      database,
      parts.filter((part) => part !== delayed),
      most + 1,
    )
    if (few > most) return { count: most, more: true }
    const rest = await later.count(most - few, until)
    return { count: few + rest.count, more: rest.more }
  }
}

/**
 * How many rows {@link hot} would have to read at most, and how many of them with lookups: counted to `upTo`, in the
 * tables alone, when it is asked for. To count them costs as much as to read them.
 */
export function hotSize(
  database: Database,
  sought: Sought,
  upTo: number,
): { rows: () => Promise<number>; lookups: () => Promise<number> } {
  const size = async (parts: readonly Part[]) =>
    parts.length === 0
      ? 0
      : await countParts(
          database,
          parts.map((part) => ({ ...part, lookups: [] })),
          upTo,
        )
  const parts = partsOf(database, sought)
  return { rows: () => size(parts), lookups: () => size(parts.filter(({ lookups }) => lookups.length > 0)) }
}

async function countParts(reader: Reader, parts: readonly Part[], upTo: number): Promise<number> {
  const some = Number.isFinite(upTo) ? sql`limit ${upTo}` : sql``
  const counts = parts.map(
    ({ rows, own, lookups }) =>
      sql`(select count(*) from (select 1 as found from ${rows} ${where([...own, ...lookups])} ${some}) part)`,
  )
  const [row] = await reader.all<{ total: number }>(dear(sql`select ${list(counts, ' + ')} as total`))
  return row?.total ?? 0
}

function where(conditions: readonly Statement[]): Statement {
  return conditions.length === 0 ? sql`` : sql`where ${list(conditions, ' and ')}`
}
