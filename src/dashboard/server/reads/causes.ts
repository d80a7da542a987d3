import type { JobDetail, JobError, JobId } from '../../../core/job.ts'
import type { Cause, CausesRequest } from '../../../store/insight.ts'
import type { WorkerRelease } from '../../../store/queried.ts'
import type { Store } from '../../../store/store.ts'
import type { CauseDetail, CauseRow } from '../../api.ts'
import { COUNTED_TO } from '../count.ts'
import { framesOf } from '../frames.ts'
import { toJobRow } from '../job-row.ts'
import { type Mutes, mutedOf, mutesOf } from '../mutes.ts'
import { Problem } from '../problem.ts'
import { IN_ROW } from '../shorten.ts'
import { type TraitSample, traitsOf } from '../traits.ts'
import { databaseClock } from './database-clock.ts'
import { countOf } from './jobs.ts'
import { toLogEntry } from './logs.ts'
import type { ReadContext } from './read.ts'
import { releaseAt } from './releases.ts'

const SLICES = 24
const MOST_CAUSES = 100
const SAMPLES = 10
const LAST_LINES = 50
/** How many failures, and how many successes, are compared. */
const COMPARED = 40
const MOST_HANDLERS = 3
/** How long is looked for failures and successes, all of it at once, and failures are counted: this is one page. */
const ASIDE_MS = 25
const LONGEST_MESSAGE = 500

export interface CausesInput {
  windowMs: number
}

export async function causes({ store }: ReadContext, { windowMs }: CausesInput): Promise<{ causes: CauseRow[] }> {
  const since = (await databaseClock(store)) - windowMs
  return { causes: await causeRows(store, { since, slices: SLICES, limit: MOST_CAUSES }) }
}

export async function causeRows(store: Store, request: CausesRequest): Promise<CauseRow[]> {
  const [mutes, causes] = await Promise.all([mutesOf(store.access, Date.now()), store.causes(request)])
  const rows = causes.map((found) => toCauseRow(found, mutes))
  return [...rows.filter(({ muted }) => muted === null), ...rows.filter(({ muted }) => muted !== null)]
}

function toCauseRow(found: Cause, mutes: Mutes): CauseRow {
  const { fingerprint, attempts, jobs, firstAt, lastAt, firstRelease, trend, handlers, latest } = found
  const { name, message, code, id } = latest
  return {
    fingerprint,
    name,
    message: message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}…` : message,
    code,
    attempts: { count: Math.min(attempts, COUNTED_TO), more: attempts >= COUNTED_TO },
    jobs,
    firstAt: firstAt.toISOString(),
    lastAt: lastAt.toISOString(),
    firstRelease,
    muted: mutedOf(mutes, fingerprint),
    trend,
    handlers,
    jobId: id,
  }
}

export async function cause(
  { store }: ReadContext,
  { windowMs, fingerprint }: CausesInput & { fingerprint: string },
): Promise<CauseDetail> {
  const since = (await databaseClock(store)) - windowMs
  const [found] = await store.causes({ since, fingerprint, slices: SLICES * 2, limit: 1 })
  if (found === undefined) {
    const message = `no attempt failed with the cause ${fingerprint} in this window: look further back`
    throw new Problem(404, { code: 'NOT_FOUND', message })
  }
  const { id, attempt } = found.latest
  const filter = { status: 'failed', error: fingerprint } as const
  const [failed, succeeded, lines, mutes, releases, retryable] = await Promise.all([
    store.find({ error: fingerprint, limit: COMPARED, withinMs: ASIDE_MS }),
    successesOf(store, found),
    store.logs(id, attempt),
    mutesOf(store.access, Date.now()),
    store.releases(),
    countOf(store, filter, ASIDE_MS),
  ])
  const details = await store.details([...new Set([id, ...failed.ids, ...succeeded])])
  const jobs = new Map(details.map((job) => [job.id, job]))
  const these = (ids: readonly JobId[]) => ids.flatMap((each) => jobs.get(each) ?? [])
  const error = latestError(found, jobs.get(id))
  const failures = these(failed.ids)
  return {
    ...toCauseRow(found, mutes),
    error,
    frames: framesOf(error),
    traits: traitsOf(toSamples(failures, releases), toSamples(these(succeeded), releases)),
    samples: failures.slice(0, SAMPLES).map((job) => toJobRow(job, IN_ROW)),
    logs: lines.slice(-LAST_LINES).map(toLogEntry),
    retryFilter: `status:failed error:${fingerprint}`,
    retryable,
  }
}

/** With the causes behind it, which only the attempt has. */
function latestError({ latest }: Cause, job: JobDetail | undefined): JobError {
  const error = job?.attempts.find(({ attempt }) => attempt === latest.attempt)?.error
  if (error !== undefined && error !== null) return error
  const { name, message, stack, code } = latest
  return { name, message, ...(stack === null ? {} : { stack }), ...(code === null ? {} : { code }) }
}

/** The latest of the same handlers, as far as they are among the latest of all. */
async function successesOf(store: Store, { handlers }: Cause): Promise<JobId[]> {
  const affected = handlers.slice(0, MOST_HANDLERS)
  const limit = Math.ceil(COMPARED / affected.length)
  const pages = affected.map(({ class: className, method }) =>
    store.find({ class: className, method, status: 'completed', limit, withinMs: ASIDE_MS }),
  )
  return (await Promise.all(pages)).flatMap(({ ids }) => ids)
}

function toSamples(jobs: readonly JobDetail[], releases: readonly WorkerRelease[]): TraitSample[] {
  return jobs.map(({ queue, priority, attempt, tags, args, attempts }) => {
    const last = attempts.findLast(({ workerId }) => workerId !== null)
    const worker = last?.workerId ?? null
    const release = last === undefined ? null : releaseAt(releases, worker, last.startedAt)
    return { queue, priority, attempt, tags, args, worker, release }
  })
}
