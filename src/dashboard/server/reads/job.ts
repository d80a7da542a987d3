import { attemptFingerprint } from '../../../core/fingerprint.ts'
import type { JobAttempt, JobDetail } from '../../../core/job.ts'
import { SCHEDULE_TAG } from '../../../core/schedule.ts'
import type { WorkerRelease } from '../../../store/queried.ts'
import type { Store } from '../../../store/store.ts'
import type { AttemptView, JobView } from '../../api.ts'
import { actionsOf } from '../actions.ts'
import { COPY_TAG } from '../copy-tag.ts'
import { framesOf } from '../frames.ts'
import { toJobRow } from '../job-row.ts'
import { ON_PAGE } from '../shorten.ts'
import { jobMissing } from './logs.ts'
import type { ReadContext } from './read.ts'
import { releaseAt } from './releases.ts'
import { scheduleOf } from './schedules.ts'
import { whyOf } from './why.ts'

const MOST_COPIES = 20
/** A job that snoozes has attempts without end; the stacks of old ones say nothing that the last do not. */
const MOST_ATTEMPTS = 200
const MOST_STACKS = 20
const SHORT_ID = 8

export async function job({ store, facts }: ReadContext, { id }: { id: string }): Promise<JobView> {
  const found = await store.get(id)
  if (found === undefined) throw jobMissing(id)
  const releases = await store.releases()
  const copies = await store.access.auditLog({ action: 'jobs.copy', target: id, limit: MOST_COPIES })
  return {
    job: toJobRow(found, ON_PAGE, true),
    attempts: found.attempts
      .slice(-MOST_ATTEMPTS)
      .map((attempt, i, { length }) => toAttemptView(attempt, releases, i >= length - MOST_STACKS)),
    why: await whyOf(store, facts, found),
    actions: actionsOf(found.status),
    copyOf: copyOf(found),
    copies: copies.flatMap(({ detail }) => copyId(detail)),
    schedule: await scheduleNameOf(store, found),
    fingerprint: fingerprintOf(found),
    // As the command line names it: the beginning of an id is enough there, unless two begin alike.
    cli: `offstage jobs show ${(await store.idsByPrefix(id.slice(0, SHORT_ID), 2)).length > 1 ? id : id.slice(0, SHORT_ID)}`,
  }
}

function toAttemptView(
  { attempt, outcome, workerId, startedAt, finishedAt, error: whole }: JobAttempt,
  releases: readonly WorkerRelease[],
  withStack: boolean,
): AttemptView {
  const error = whole === null || withStack ? whole : { name: whole.name, message: whole.message }
  return {
    attempt,
    outcome,
    workerId,
    release: releaseAt(releases, workerId, startedAt),
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
    durationMs: finishedAt === null ? null : finishedAt.getTime() - startedAt.getTime(),
    error,
    frames: framesOf(error),
  }
}

/** Of the last attempt that failed, as the worker made it. */
function fingerprintOf(job: JobDetail): string | null {
  const failed = job.attempts.findLast(({ error }) => error !== null)
  return attemptFingerprint(failed?.outcome ?? undefined, failed?.error ?? undefined, job) ?? null
}

function copyOf({ tags }: JobDetail): string | null {
  return tags.find((tag) => tag.startsWith(COPY_TAG))?.slice(COPY_TAG.length) ?? null
}

async function scheduleNameOf(store: Store, { tags }: JobDetail): Promise<string | null> {
  const tag = tags.find((each) => each.startsWith(SCHEDULE_TAG))
  if (tag === undefined) return null
  return (await scheduleOf(store, tag.slice(SCHEDULE_TAG.length)))?.name ?? null
}

function copyId(detail: unknown): string[] {
  const { id } = (detail ?? {}) as { id?: unknown }
  return typeof id === 'string' ? [id] : []
}
