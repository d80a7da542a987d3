import { confirmed } from '../confirm.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { print, printJson } from '../output.ts'
import { checkSchedule, withSchedules } from '../schedule-session.ts'
import type { GlobalOptions } from '../session.ts'

/** Removes a schedule that stands in no config any more, or never did. */
export async function removeSchedule([name]: [string], options: GlobalOptions & { yes?: boolean }): Promise<ExitCode> {
  const isRemoved = await withSchedules(async ({ schedules, engine }) => {
    checkSchedule(name, await schedules.list(), engine)
    // Refused before anybody is asked.
    const isDeclared = engine?.scheduling.isDeclared(name) === true
    const what = `this would remove the schedule ${name}; its jobs stay`
    if (!isDeclared && !options.yes && !(await confirmed(what))) return false
    await schedules.remove(name)
    return true
  })
  if (!isRemoved) return EXIT.interrupted
  if (options.json) printJson({ name, removed: true })
  else print(`${name} removed`)
  return EXIT.ok
}
