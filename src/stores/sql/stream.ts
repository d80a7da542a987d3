import type { JobId } from '../../core/job.ts'
import { type Connection, type Database, dear, type Statement, sql, TookTooLong, table } from './database.ts'
import { oneOf } from './lists.ts'

/**
 * Where a job stands in the order of an answer: the later first, and of one time the higher number first. Where it goes
 * by when jobs were stored, `at` is 0.
 */
export interface Place {
  at: number
  seq: number
}

export interface Found extends Place {
  id: JobId
}

/** A part of an answer, in its order. */
export interface Stretch {
  found: Found[]
  /** How far it was looked, that one included; undefined when this was the end. */
  reached: Place | undefined
}

/**
 * A source of jobs in the order of the answer, that is read piece by piece. `until` is when to stop looking, by
 * `performance.now()`: a piece is looked at in any case, so that asking again always comes further.
 */
export interface Stream {
  /** Up to `limit` of what stands behind `after`. */
  next(after: Place | undefined, limit: number, until: number): Promise<Stretch>
  /** How many there are, up to `upTo`; `more` when they were not all counted. */
  count(upTo: number, until: number): Promise<{ count: number; more: boolean }>
}

export function isBefore(a: Place, b: Place): boolean {
  return a.at > b.at || (a.at === b.at && a.seq > b.seq)
}

/** An index that is in the order of the answer already. */
export interface Ordered {
  /** `from … where …`, to be gone on with `and`. */
  rows: Statement
  /** The columns of a {@link Place}, as `rows` calls them. */
  at: Statement | undefined
  seq: Statement
  /** The id of a row's job. */
  id: Statement
  /** What else has to hold of a row; none when every row is meant. */
  condition: Statement | undefined
}

/** Another table that says the same of jobs, where the rows of a step are looked up in it all at once. */
export interface LookedUp extends Omit<Ordered, 'rows' | 'condition'> {
  /** `from … where …`, of the jobs whose numbers a select gives; to be gone on with `and`. */
  among: (seqs: Statement) => Statement
  condition: Statement
}

/** Rows that are looked at in one statement: few at first, then as many as can be in {@link STEP_MS}. */
const FIRST_STEP = 500
const LONGEST_STEP = 10_000
/** A database in this process keeps its event loop for as long. */
const STEP_MS = 8
/** Rows may cost far more than those that the step was sized by: then it is ended, and tried again as a short one. */
const LONGEST_STEP_MS = 60
const SHORTER = 16
/** So few are read whatever they cost: a search has to come further. */
const SHORTEST_STEP = 32

export type Reader = Pick<Connection, 'all'>

/** Goes down an index from its newest entry, a step at a time, and takes what is meant. */
export function walk(database: Database, ordered: Ordered, lookedUp?: LookedUp): Stream {
  const { rows, seq, condition } = ordered
  const meant = condition === undefined ? sql`` : sql`and ${lookedUp?.condition ?? condition}`
  /** `from … where …` of what is to be looked at in a step. */
  const rowsOf = (range: Statement) =>
    lookedUp === undefined ? sql`${rows} ${range}` : lookedUp.among(sql`select ${seq} ${rows} ${range}`)

  /** The last place of the step, and none when the step reaches the end. */
  async function stepEnd(after: Place | undefined, step: number): Promise<Place | undefined> {
    const [end] = await database.all<Place>(
      sql`select ${placeOf(ordered)} ${rows} ${behind(ordered, after)} ${orderOf(ordered)} limit 1 offset ${step - 1}`,
    )
    return end
  }

  /**
   * Reads step by step until `read` has enough, or the time is up; gives how far it came, and nothing at the end.
   * When every row is meant there is one step: nothing is looked at but what is taken.
   */
  async function steps(
    after: Place | undefined,
    until: number,
    read: (meant: Statement, reader: Reader) => Promise<'enough' | 'more'>,
  ): Promise<Place | 'enough' | undefined> {
    let from = after
    let size = FIRST_STEP
    for (;;) {
      const began = performance.now()
      const end = condition === undefined ? undefined : await stepEnd(from, size)
      const range = rowsOf(sql`${behind(ordered, from)} ${upTo(ordered, end)}`)
      const mayEnd = until !== Number.POSITIVE_INFINITY && condition !== undefined && size > SHORTEST_STEP
      const done = mayEnd ? await guarded(range, read) : await read(sql`${range} ${meant}`, database)
      if (done === 'enough') return 'enough'
      const now = performance.now()
      if (done === 'ended') {
        if (now >= until && from !== after) return from
        size = Math.max(SHORTEST_STEP, Math.round(size / SHORTER))
      } else {
        if (end === undefined) return undefined
        if (now >= until) return end
        const fitting = (size * Math.min(STEP_MS, until - now)) / Math.max(0.1, now - began)
        size = Math.round(Math.min(LONGEST_STEP, 4 * size, Math.max(Math.min(FIRST_STEP, 2 * size), fitting)))
        from = end
      }
      // Whatever else this process has to do has its turn.
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** Reads one step, unless it takes far too long. */
  async function guarded(
    range: Statement,
    read: (meant: Statement, reader: Reader) => Promise<'enough' | 'more'>,
  ): Promise<'enough' | 'more' | 'ended'> {
    const { guard } = database
    if (guard === undefined) return await read(sql`${range} ${meant}`, database)
    const reader: Reader = { all: (statement) => guard.all(statement, LONGEST_STEP_MS) }
    try {
      return await read(sql`${range} and ${guard.inTime(seq)} ${meant}`, reader)
    } catch (error) {
      if (error instanceof TookTooLong) return 'ended'
      throw error
    }
  }

  return {
    async next(after, limit, until) {
      const found: Found[] = []
      const of = lookedUp ?? ordered
      const reached = await steps(after, until, async (meant, reader) => {
        const room = limit - found.length
        const taken = await reader.all<Found>(
          sql`select ${placeOf(of)}, ${of.id} as id ${meant} ${orderOf(of)} limit ${room}`,
        )
        found.push(...taken)
        return taken.length === room ? 'enough' : 'more'
      })
      return { found, reached: reached === 'enough' ? found.at(-1) : reached }
    },

    async count(most, until) {
      let count = 0
      const reached = await steps(undefined, until, async (meant, reader) => {
        count += await countRows(reader, sql`select 1 as found ${meant}`, most - count + 1)
        return count > most ? 'enough' : 'more'
      })
      return { count: Math.min(count, most), more: reached !== undefined }
    },
  }
}

/** How many rows a select has, counted to `upTo`. */
export async function countRows(reader: Reader, select: Statement, upTo: number): Promise<number> {
  const some = Number.isFinite(upTo) ? sql`limit ${upTo}` : sql``
  const [row] = await reader.all<{ total: number }>(
    dear(sql`select count(*) as total from (${select} ${some}) counted`),
  )
  return row?.total ?? 0
}

function placeOf({ at, seq }: Pick<Ordered, 'at' | 'seq'>): Statement {
  return sql`${at ?? sql`0`} as at, ${seq} as seq`
}

function orderOf({ at, seq }: Pick<Ordered, 'at' | 'seq'>): Statement {
  return at === undefined ? sql`order by ${seq} desc` : sql`order by ${at} desc, ${seq} desc`
}

/** The plain comparison beside that of the pairs is what every database finds the place in its index by. */
function behind({ at, seq }: Ordered, after: Place | undefined): Statement {
  if (after === undefined) return sql``
  if (at === undefined) return sql`and ${seq} < ${after.seq}`
  return sql`and ${at} <= ${after.at} and (${at}, ${seq}) < (${after.at}, ${after.seq})`
}

function upTo({ at, seq }: Ordered, end: Place | undefined): Statement {
  if (end === undefined) return sql``
  if (at === undefined) return sql`and ${seq} >= ${end.seq}`
  return sql`and ${at} >= ${end.at} and (${at}, ${seq}) >= (${end.at}, ${end.seq})`
}

/** A stream that is asked first, and another of the same that is asked where that one takes too long. */
export function unlessLong(first: Stream, second: Stream): Stream {
  const instead = async <Result>(asked: Promise<Result>, other: () => Promise<Result>): Promise<Result> =>
    await asked.catch((error: unknown) => {
      if (error instanceof TookTooLong) return other()
      throw error
    })
  return {
    next: (...args) => instead(first.next(...args), () => second.next(...args)),
    count: (...args) => instead(first.count(...args), () => second.count(...args)),
  }
}

/** A stream of what is known already. */
export function known(found: readonly Found[]): Stream {
  const sorted = [...found].sort((a, b) => (isBefore(a, b) ? -1 : 1))
  return {
    async next(after, limit) {
      const rest = after === undefined ? sorted : sorted.filter((each) => isBefore(after, each))
      const taken = rest.slice(0, limit)
      return { found: taken, reached: taken.length < rest.length ? taken.at(-1) : undefined }
    },
    count: async (most) => ({ count: Math.min(most, sorted.length), more: sorted.length > most }),
  }
}

/** Values that one statement binds, of a list that may be of any length. */
const CHUNK = 500

/** Runs a statement for a long list, some of it at a time. */
export async function inChunks<Value extends string | number, Row>(
  values: readonly Value[],
  read: (some: readonly Value[]) => Promise<Row[]>,
): Promise<Row[]> {
  const rows: Row[] = []
  for (let start = 0; start < values.length; start += CHUNK) {
    rows.push(...(await read(values.slice(start, start + CHUNK))))
  }
  return rows
}

/** Of what a stream finds, only jobs whose arguments are meant; they are looked at one by one. */
export function withArgs(database: Database, stream: Stream, isMeant: (args: string) => boolean): Stream {
  const next: Stream['next'] = async (after, limit, until) => {
    const { found, reached } = await stream.next(after, limit, until)
    const rows = await inChunks(
      found.map(({ seq }) => seq),
      (seqs) =>
        database.all<{ seq: number; args: string }>(
          sql`select seq, args from ${table.job} where ${oneOf(database, sql`seq`, seqs)}`,
        ),
    )
    const meant = new Set(rows.filter(({ args }) => isMeant(args)).map(({ seq }) => seq))
    return { found: found.filter(({ seq }) => meant.has(seq)), reached }
  }
  return {
    next,
    async count(most, until) {
      let count = 0
      let from: Place | undefined
      do {
        const { found, reached } = await next(from, CHUNK, until)
        count += found.length
        if (count > most) return { count: most, more: true }
        if (reached === undefined) return { count, more: false }
        from = reached
      } while (performance.now() < until)
      return { count, more: true }
    },
  }
}
