import type { JobError, JobId } from '../../core/job.ts'
import type { Cause, CausesRequest } from '../../store/insight.ts'
import { type Database, dear, list, type Statement, sql, table } from './database.ts'
import { forEach } from './lists.ts'

/** Fingerprints that one statement finds. */
const JUMPS = 500
/** Fingerprints that are looked at: an app whose errors have more causes than these has none that mean anything. */
const MOST_CAUSES = 10_000
/** Attempts of a cause that are counted… */
const COUNTED = 10_000
/** … and, of one that has more, in each slice. */
const COUNTED_IN_SLICE = 2_000
/** The newest attempts of a cause, whose handlers are told: so many of one, of several this many together. */
const SAMPLE = 200
const SAMPLES = 500
/** Causes that one statement reads. */
const TOGETHER = 50

interface Window {
  since: number
  until: number | undefined
  /** Where the last slice ends, and how long each is. */
  end: number
  width: number
  slices: number
}

export async function causes(database: Database, request: CausesRequest): Promise<Cause[]> {
  const since = Math.ceil(request.since)
  const until = request.until === undefined ? undefined : Math.ceil(request.until)
  const end = until ?? (await database.now())
  const slices = Math.max(1, request.slices)
  const window = { since, until, end, slices, width: Math.max(1, Math.ceil((end - since) / slices)) }
  const newest =
    request.fingerprint === undefined
      ? await newestFingerprints(database, window, request.limit)
      : [request.fingerprint].slice(0, request.limit)
  const found: Cause[] = []
  for (let start = 0; start < newest.length; start += TOGETHER) {
    found.push(...(await describe(database, window, newest.slice(start, start + TOGETHER))))
  }
  return found.sort((a, b) => b.lastAt.getTime() - a.lastAt.getTime())
}

/** The fingerprints whose last failure in the window is the newest, by jumping from each to the next in the index. */
async function newestFingerprints(database: Database, window: Window, limit: number): Promise<string[]> {
  const seen: { fingerprint: string; last_at: number }[] = []
  let jumped = 0
  for (let after: string | undefined = ''; after !== undefined && jumped < MOST_CAUSES; jumped += JUMPS) {
    const where = sql`fingerprint > ${after}`
    const some = database.dialect.distinct({ column: sql`fingerprint`, from: sql`${table.attempt}`, where }, JUMPS)
    // Not by max(): some databases would read all of a cause for it.
    const rows: { fingerprint: string; last_at: number | null }[] = await database.all(
      dear(sql`
      select value as fingerprint, (select a.finished_at from ${table.attempt} a
        where a.fingerprint = cause.value ${within(window)} order by a.finished_at desc limit 1) as last_at
      from (${some}) cause order by value`),
    )
    after = rows.length < JUMPS ? undefined : rows.at(-1)?.fingerprint
    for (const { fingerprint, last_at } of rows) if (last_at !== null) seen.push({ fingerprint, last_at })
  }
  return seen
    .sort((a, b) => b.last_at - a.last_at)
    .slice(0, limit)
    .map(({ fingerprint }) => fingerprint)
}

/** To go on a condition with. */
function within({ since, until }: Pick<Window, 'since' | 'until'>): Statement {
  return until === undefined
    ? sql`and a.finished_at >= ${since}`
    : sql`and a.finished_at >= ${since} and a.finished_at < ${until}`
}

/** Each of the causes that has an attempt in the window. They go by their place in the list. */
async function describe(database: Database, window: Window, fingerprints: readonly string[]): Promise<Cause[]> {
  const causes: Cause[] = []
  const [trends, latest, handlers] = await Promise.all([
    trendsOf(database, window, fingerprints),
    latestOf(database, window, fingerprints),
    handlersOf(database, window, fingerprints),
  ])
  for (const [cause, fingerprint] of fingerprints.entries()) {
    const trend = trends[cause]
    const last = latest.get(cause)
    if (trend === undefined || last === undefined) continue
    const error = JSON.parse(last.error ?? '{}') as Partial<JobError>
    causes.push({
      fingerprint,
      attempts: trend.attempts,
      jobs: trend.jobs,
      firstAt: new Date(last.first_at),
      lastAt: new Date(last.finished_at),
      firstRelease: last.first_release,
      trend: trend.slices,
      handlers: handlers.filter((each) => each.cause === cause).map(({ cause: _, ...handler }) => handler),
      latest: {
        id: last.id,
        attempt: last.n,
        name: error.name ?? 'Error',
        message: error.message ?? '',
        stack: error.stack ?? null,
        code: error.code ?? null,
      },
    })
  }
  return causes
}

interface Trend {
  attempts: number
  jobs: number
  slices: number[]
}

async function trendsOf(database: Database, window: Window, fingerprints: readonly string[]): Promise<Trend[]> {
  const { since, width, slices } = window
  const trends = fingerprints.map((): Trend => ({ attempts: 0, jobs: 0, slices: new Array<number>(slices).fill(0) }))
  const counted = forEach(
    database,
    fingerprints,
    (fingerprint, cause) => sql`
      select ${cause} as cause, slice_at, count(*) as attempts, count(status) as jobs
      from (select a.finished_at - (a.finished_at - ${since}) % ${width} as slice_at, a.status
        from ${table.attempt} a where a.fingerprint = ${fingerprint} ${within(window)}
        order by a.finished_at desc, a.seq desc limit ${COUNTED}) newest
      group by slice_at`,
  )
  const rows = await database.all<{ cause: number; slice_at: number; attempts: number; jobs: number }>(dear(counted))
  for (const { cause, slice_at, attempts, jobs } of rows) {
    const trend = trends[cause] as Trend
    trend.attempts += attempts
    trend.jobs += jobs
    const slice = Math.min(slices - 1, (slice_at - since) / width)
    trend.slices[slice] = (trend.slices[slice] ?? 0) + attempts
  }
  // The newest alone would show a cause that is older as if it had just begun.
  for (const [cause, trend] of trends.entries()) {
    if (trend.attempts === COUNTED) trend.slices = await slicesOf(database, window, fingerprints[cause] as string)
  }
  return trends
}

async function slicesOf(database: Database, window: Window, fingerprint: string): Promise<number[]> {
  const { since, until, width, slices } = window
  const selects = Array.from({ length: slices }, (_, slice) => {
    const from = since + slice * width
    const to = slice === slices - 1 ? until : from + width
    return sql`select ${slice} + 0 as slice, count(*) as attempts from (
      select 1 as found from ${table.attempt} a where a.fingerprint = ${fingerprint}
        ${within({ since: from, until: to })} limit ${COUNTED_IN_SLICE}) part`
  })
  const rows = await database.all<{ slice: number; attempts: number }>(list(selects, ' union all '))
  return rows.sort((a, b) => a.slice - b.slice).map(({ attempts }) => attempts)
}

interface LatestRow {
  cause: number
  id: JobId
  n: number
  finished_at: number
  first_at: number
  first_release: string | null
  error: string | null
}

async function latestOf(
  database: Database,
  window: Window,
  fingerprints: readonly string[],
): Promise<Map<number, LatestRow>> {
  const latest = forEach(
    database,
    fingerprints,
    (fingerprint, cause) => sql`
      select ${cause} as cause, (select j.id from ${table.job} j where j.seq = a.seq) as id, a.n, a.finished_at,
        a.error, (select min(a.finished_at) from ${table.attempt} a where a.fingerprint = ${fingerprint}
          ${within(window)}) as first_at, (select
          (select w.app_release from ${table.worker} w where w.lease = a.lease) from ${table.attempt} a
          where a.fingerprint = ${fingerprint} ${within(window)} order by a.finished_at, a.seq limit 1) as first_release
      from ${table.attempt} a where a.fingerprint = ${fingerprint} ${within(window)}
      order by a.finished_at desc, a.seq desc limit 1`,
  )
  return new Map((await database.all<LatestRow>(latest)).map((row) => [row.cause, row]))
}

async function handlersOf(database: Database, window: Window, fingerprints: readonly string[]) {
  const sample = Math.max(1, Math.min(SAMPLE, Math.floor(SAMPLES / fingerprints.length)))
  const counted = forEach(
    database,
    fingerprints,
    (fingerprint, cause) => sql`
      select ${cause} as cause, handler, count(*) as attempts
      from (select (select j.handler from ${table.job} j where j.seq = a.seq) as handler
        from ${table.attempt} a where a.fingerprint = ${fingerprint} ${within(window)}
        order by a.finished_at desc, a.seq desc limit ${sample}) newest
      group by handler`,
  )
  const [rows, names] = await Promise.all([
    database.all<{ cause: number; handler: number; attempts: number }>(dear(counted)),
    database.all<{ id: number; class: string; method: string }>(sql`select id, class, method from ${table.handler}`),
  ])
  const handlers = new Map(names.map(({ id, class: className, method }) => [id, { class: className, method }]))
  return rows
    .sort((a, b) => b.attempts - a.attempts)
    .map(({ cause, handler, attempts }) => ({
      cause,
      ...(handlers.get(handler) ?? { class: '?', method: '?' }),
      attempts,
    }))
}
