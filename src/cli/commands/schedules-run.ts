import { EXIT, type ExitCode } from '../exit-code.ts'
import { print, printJson } from '../output.ts'
import { checkSchedule } from '../schedule-session.ts'
import { type GlobalOptions, withOffstage } from '../session.ts'
import { waitForJob } from '../wait.ts'

/** Enqueues one more job of a schedule, now. */
export async function runSchedule([name]: [string], options: GlobalOptions & { wait?: boolean }): Promise<ExitCode> {
  return await withOffstage(async (session) => {
    const { schedules } = session.offstage
    checkSchedule(name, await schedules.list(), session.engine)
    const enqueued = await schedules.run(name)
    if (options.wait) return await waitForJob(session, enqueued, options.json === true)
    if (options.json) printJson(enqueued)
    else print(`${enqueued.id} ${enqueued.status}`)
    return EXIT.ok
  })
}
