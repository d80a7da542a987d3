import { EXIT, type ExitCode } from '../exit-code.ts'
import { note, print, printJson } from '../output.ts'
import { checkSchedule, type ScheduleSession, withSchedules } from '../schedule-session.ts'
import { moment, origin, type SeenSchedule, seenFrom, stateOf, stateStyle, stateText } from '../schedule-text.ts'
import type { GlobalOptions } from '../session.ts'
import { type Column, tableLines } from '../table.ts'

/** One to copy: nobody should have to look up what a config takes. */
const EXAMPLE = `schedules: { nightly: ['0 3 * * *', Report, 'build', ['pdf'], { timezone: 'Europe/Berlin' }] }`

/** @param now The database's clock, in ms since 1970. */
function columns({ engine }: ScheduleSession, now: number): Column<SeenSchedule>[] {
  return [
    { title: 'SCHEDULE', cell: ({ name }) => name, flexible: true },
    {
      title: 'STATUS',
      cell: (schedule) => stateOf(schedule, now),
      short: (schedule) => stateText(schedule, now),
      style: (schedule) => stateStyle(stateOf(schedule, now)),
    },
    { title: 'JOB', cell: (schedule) => `${schedule.class}.${schedule.method}`, optional: true },
    { title: 'CRON', cell: ({ cron }) => cron, optional: true },
    { title: 'TIME ZONE', cell: ({ timezone }) => timezone, optional: true },
    { title: 'FROM', cell: (schedule) => origin(engine, schedule), optional: true },
    {
      title: 'NEXT',
      cell: ({ paused, nextAt }) => (paused || nextAt === null ? '-' : nextAt.toISOString()),
      short: ({ paused, nextAt }) => (paused || nextAt === null ? '-' : moment(nextAt, now)),
    },
  ]
}

export async function listSchedules(_: [], options: GlobalOptions): Promise<ExitCode> {
  return await withSchedules(async (session) => {
    const { store, schedules, engine } = session
    const known = (await schedules.list()).map((schedule) => seenFrom(engine, schedule))
    if (options.json) printJson(known)
    else if (known.length > 0) {
      for (const line of tableLines(columns(session, await store.schedules.now()), known)) print(line)
    }
    // They have gone elsewhere, which is told as of every command.
    if (options.json || (await store.moving.departure()) !== undefined) return EXIT.ok
    const stored = new Set(known.map(({ name }) => name))
    const waiting = engine?.scheduling.declared.filter((name) => !stored.has(name)) ?? []
    if (waiting.length > 0) note(`no worker has started yet with what the config has: ${waiting.join(', ')}`)
    else if (known.length === 0) note(`no schedules yet: add one to the config, such as \`${EXAMPLE}\``)
    return EXIT.ok
  })
}

interface PauseOptions extends GlobalOptions {
  reason?: string
}

/** The command that pauses schedules, or has them go on. */
export function setPaused(paused: boolean) {
  return async ([names]: [string[]], { json, reason }: PauseOptions): Promise<ExitCode> => {
    const wanted = new Set(names)
    const changed = await withSchedules(async ({ schedules, engine }) => {
      const known = await schedules.list()
      // All of them first: one that is wrong is to leave the others as they are.
      const found = [...wanted].map((name) => checkSchedule(name, known, engine))
      for (const { name } of found) {
        if (paused) await schedules.pause(name, reason === undefined ? {} : { reason })
        else await schedules.resume(name)
      }
      const after = await schedules.list()
      return after.filter(({ name }) => wanted.has(name)).map((schedule) => seenFrom(engine, schedule))
    })
    if (json) printJson(changed)
    else for (const schedule of changed) print(`${schedule.name} ${paused ? 'paused' : resumed(schedule)}`)
    return EXIT.ok
  }
}

function resumed({ nextAt }: SeenSchedule): string {
  return nextAt === null ? 'resumed' : `resumed; next at ${moment(nextAt)}`
}
