import { CronSlots } from '../../core/cron.ts'
import type { Job } from '../../core/job.ts'
import { SCHEDULE_TAG, type Timing } from '../../core/schedule.ts'
import { oneLine } from '../../logs/one-line.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { shortId } from '../job-id.ts'
import { statusStyle, statusText } from '../job-text.ts'
import { print, printJson, styled } from '../output.ts'
import { checkSchedule, withSchedules } from '../schedule-session.ts'
import { moment, origin, type SeenSchedule, seenFrom, stateOf, stateStyle, stateText } from '../schedule-text.ts'
import type { GlobalOptions } from '../session.ts'
import { localTime, timeIn } from '../time-text.ts'

/** So many slots ahead, and jobs back. */
const SLOTS = 5
const JOBS = 5
const SHOWN = 2_000

interface Shown {
  schedule: SeenSchedule
  from: string
  slots: Date[]
  /** The newest first. */
  jobs: Job[]
  now: number
}

export async function showSchedule([name]: [string], options: GlobalOptions): Promise<ExitCode> {
  const shown = await withSchedules(async ({ store, schedules, engine }): Promise<Shown> => {
    const schedule = checkSchedule(name, await schedules.list(), engine)
    const now = await store.schedules.now()
    const { jobs } = await store.list({ tag: SCHEDULE_TAG + name, limit: JOBS })
    return {
      schedule: seenFrom(engine, schedule),
      from: origin(engine, schedule),
      slots: slotsOf(schedule, now),
      jobs,
      now,
    }
  })
  const { schedule, slots, jobs } = shown
  if (options.json) printJson({ ...schedule, slots, jobs })
  else for (const line of scheduleLines(shown)) print(line)
  return EXIT.ok
}

function slotsOf({ cron, timezone }: Timing, now: number): Date[] {
  const all = new CronSlots(cron, timezone)
  const slots: Date[] = []
  for (let at = all.after(now); at !== undefined && slots.length < SLOTS; at = all.after(at)) slots.push(new Date(at))
  return slots
}

function scheduleLines({ schedule, from, slots, jobs, now }: Shown): string[] {
  const { nextAt, paused, timezone, options, lastAt } = schedule
  const state = stateOf(schedule, now)
  const rows: [string, string | null][] = [
    ['Schedule', schedule.name],
    ['Job', `${schedule.class}.${schedule.method}`],
    ['Arguments', oneLine(JSON.stringify(schedule.args), SHOWN)],
    ['Options', Object.keys(options).length === 0 ? null : oneLine(JSON.stringify(options), SHOWN)],
    ['Status', styled(stateStyle(state), stateText(schedule, now))],
    ['What to do', remedyOf(state)],
    ['From', from],
    ['Cron', schedule.cron],
    ['Time zone', timezone],
    ['Missed', schedule.missed],
    ['Overlap', schedule.overlap],
    ['Next', paused || nextAt === null ? null : moment(nextAt, now)],
    ['Last', lastAt === null ? null : moment(lastAt, now)],
    ['Created', moment(schedule.createdAt, now)],
  ]
  const shown = rows.filter((row): row is [string, string] => row[1] !== null)
  const width = Math.max(...shown.map(([title]) => title.length)) + 2
  const lines = shown.map(([title, value]) => `${styled('dim', title.padEnd(width))}${value}`)
  if (slots.length > 0) {
    const title = paused ? 'Slots, once it is resumed' : 'Slots'
    lines.push('', styled('dim', title), ...slots.map((at) => `  ${slotText(at, timezone, now)}`))
  }
  if (jobs.length > 0) lines.push('', styled('dim', 'Last jobs'), ...jobs.map((job) => `  ${jobText(job, now)}`))
  return lines
}

function remedyOf(state: ReturnType<typeof stateOf>): string | null {
  if (state === 'active' || state === 'paused') return null
  if (state === 'not allowed') return 'add its method to `jobs` in the config'
  if (state === 'ended') return 'give it a cron expression that names a moment, or remove it'
  return 'see `offstage doctor`'
}

/** In the time of the person at the terminal, and in the schedule's own where that differs. */
function slotText(at: Date, timezone: string, now: number): string {
  const there = timeIn(timezone, at)
  return there === localTime(at) ? moment(at, now) : `${moment(at, now)}  ${there} ${timezone}`
}

function jobText(job: Job, now: number): string {
  const status = styled(statusStyle(job.status), statusText(job).padEnd(9))
  return `${shortId(job.id)}  ${status}  ${moment(job.finishedAt ?? job.runAt, now)}`
}
