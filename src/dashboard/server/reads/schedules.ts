import { CronSlots } from '../../../core/cron.ts'
import type { Job } from '../../../core/job.ts'
import { labelProblem } from '../../../core/names.ts'
import { LONGEST_SCHEDULE_NAME, SCHEDULE_TAG, type Schedule } from '../../../core/schedule.ts'
import type { Store } from '../../../store/store.ts'
import type { ScheduleJob, ScheduleRow, ScheduleView } from '../../api.ts'
import { errorLine } from '../job-row.ts'
import { Problem } from '../problem.ts'
import { isAllowed, type Surroundings, sourceOf, stateOf } from '../schedule-state.ts'
import { ON_PAGE, Shortener } from '../shorten.ts'
import { databaseClock } from './database-clock.ts'
import { WITHIN_MS } from './jobs.ts'
import type { ReadContext } from './read.ts'

const SLOTS_IN_ROW = 3
const SLOTS = 5
const MOST_JOBS = 10

export async function schedules(context: ReadContext): Promise<{ schedules: ScheduleRow[] }> {
  const [found, around] = await Promise.all([context.store.schedules.list(), surroundingsOf(context)])
  const lastJobs = await jobsOf(context.store, found)
  return { schedules: found.map((schedule) => toRow(schedule, around, lastJobs, SLOTS_IN_ROW)) }
}

export async function schedule(context: ReadContext, { name }: { name: string }): Promise<ScheduleView> {
  const { store } = context
  const found = await scheduleOf(store, name)
  if (found === undefined) throw scheduleMissing(name)
  const [around, lastJobs, { jobs }] = await Promise.all([
    surroundingsOf(context),
    jobsOf(store, [found]),
    store.list({ tag: SCHEDULE_TAG + name, limit: MOST_JOBS, withinMs: WITHIN_MS }),
  ])
  const shortener = new Shortener(ON_PAGE)
  const args = shortener.value(found.args) as unknown[]
  return {
    ...toRow(found, around, lastJobs, SLOTS),
    args,
    cut: shortener.cut,
    options: { ...found.options },
    jobs: jobs.map(toScheduleJob),
  }
}

/** What cannot be a schedule's name is the name of none; not every database takes such a text. */
export async function scheduleOf(store: Store, name: string): Promise<Schedule | undefined> {
  return isName(name) ? await store.schedules.get(name) : undefined
}

export function isName(name: string): boolean {
  return labelProblem(name) === undefined && name.length <= LONGEST_SCHEDULE_NAME
}

export function scheduleMissing(name: string): Problem {
  const message = `there is no schedule ${JSON.stringify(name.slice(0, 100))}: it may have been removed`
  return new Problem(404, { code: 'SCHEDULE_NOT_FOUND', message })
}

async function surroundingsOf({ store, facts }: ReadContext): Promise<Surroundings> {
  const [now, workers] = await Promise.all([databaseClock(store), store.workers()])
  return { now, workers, facts }
}

async function jobsOf(store: Store, schedules: readonly Schedule[]): Promise<Map<string, Job>> {
  const ids = schedules.flatMap(({ lastJobId }) => lastJobId ?? [])
  if (ids.length === 0) return new Map()
  const { jobs } = await store.list({ ids, limit: ids.length })
  return new Map(jobs.map((job) => [job.id, job]))
}

function toRow(schedule: Schedule, around: Surroundings, jobs: ReadonlyMap<string, Job>, slots: number): ScheduleRow {
  const { name, class: className, method, cron, timezone, missed, overlap, pauseReason, lastAt, lastJobId } = schedule
  const lastJob = lastJobId === null ? undefined : jobs.get(lastJobId)
  return {
    name,
    class: className,
    method,
    cron,
    timezone,
    missed,
    overlap,
    source: sourceOf(schedule, around.facts),
    ...stateOf(schedule, around),
    pauseReason,
    nextAt: (schedule.paused ? undefined : schedule.nextAt?.toISOString()) ?? null,
    next: slotsFrom(schedule, around.now, slots),
    lastAt: lastAt?.toISOString() ?? null,
    lastJob: lastJob === undefined ? null : toScheduleJob(lastJob),
    runnable: isAllowed(schedule, around.facts),
  }
}

/** Not all of those that were stored by another version of Node.js need be understood by this one. */
function slotsFrom({ cron, timezone, paused, nextAt }: Schedule, now: number, most: number): string[] {
  const found: string[] = []
  // The one that is stored is the one that will be, whatever another time zone database says.
  let last = now
  if (!paused && nextAt !== null && nextAt.getTime() > now) {
    found.push(nextAt.toISOString())
    last = nextAt.getTime()
  }
  try {
    const slots = new CronSlots(cron, timezone)
    while (found.length < most) {
      const slot = slots.after(last)
      if (slot === undefined) break
      found.push(new Date(slot).toISOString())
      last = slot
    }
  } catch {
    return found
  }
  return found
}

function toScheduleJob({ id, status, reason, createdAt, finishedAt, error }: Job): ScheduleJob {
  return {
    id,
    status,
    reason,
    createdAt: createdAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
    errorLine: error === null ? null : errorLine(error),
  }
}
