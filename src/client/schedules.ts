import { CronSlots } from '../core/cron.ts'
import { OffstageError } from '../core/errors.ts'
import type { Enqueued } from '../core/job.ts'
import { checkPauseReason, given } from '../core/options.ts'
import type { Schedule } from '../core/schedule.ts'
import type { Store } from '../store/store.ts'
import type { Connection } from './connection.ts'
import type { Jobs } from './job-types.ts'
import type { PauseOptions } from './queues.ts'
import type { SetSchedule } from './schedule-types.ts'
import { checkName, type ScheduleCall, type Scheduling } from './scheduling.ts'

/**
 * `offstage.schedules`: what is enqueued by the clock. Those of the config are stored when a worker starts that has them;
 * others are set here, by whoever likes, and fired by every worker that allows their method.
 */
export interface SchedulesApi<List extends Jobs = Jobs> {
  /** By name. */
  list(): Promise<Schedule[]>
  /** Undefined when there is none of that name. */
  get(name: string): Promise<Schedule | undefined>
  set: SetSchedule<List>
  /** Its jobs stay. @throws OffstageError SCHEDULE_NOT_FOUND, SCHEDULE_DECLARED while the config has it. */
  remove(name: string): Promise<void>
  /** Enqueues one more job of it now, also while it is paused; its slots stay as they are. @throws OffstageError SCHEDULE_NOT_FOUND */
  run(name: string): Promise<Enqueued>
  /** No slot comes to anything until it is resumed. @throws OffstageError SCHEDULE_NOT_FOUND, OPTION_INVALID */
  pause(name: string, options?: PauseOptions): Promise<void>
  /** Goes on with the next slot from now on; does nothing to one that is not paused. @throws OffstageError SCHEDULE_NOT_FOUND */
  resume(name: string): Promise<void>
}

/** The way to the database that tells the log files of what is enqueued, too. */
export interface LoggedConnection extends Connection {
  storeWithLogs(): Promise<Store>
}

export function createSchedulesApi(connection: LoggedConnection, scheduling: Scheduling): SchedulesApi {
  const { store } = connection
  const own = (name: string, what: string) => {
    if (!scheduling.isDeclared(checkName(name))) return
    throw new OffstageError('SCHEDULE_DECLARED', `the schedule "${name}" stands in the config: ${what}`)
  }
  const set = async (...call: ScheduleCall): Promise<Schedule> => {
    const [name] = call
    own(name, 'change it there')
    const opened = await store()
    await scheduling.set(opened, ...call)
    return (await opened.schedules.get(name)) ?? notFound(name)
  }
  return {
    list: async () => await (await store()).schedules.list(),
    get: async (name) => await (await store()).schedules.get(checkName(name)),
    set: set as SetSchedule<Jobs>,
    remove: async (name) => {
      own(name, 'take it out there, or pause it')
      if (!(await (await store()).schedules.remove(name))) notFound(name)
    },
    run: async (name) => {
      const opened = await connection.storeWithLogs()
      const terms = (await opened.schedules.terms(checkName(name))) ?? notFound(name)
      const jobs = await scheduling.jobs(terms, [await opened.schedules.now()])
      const [enqueued] = await opened.enqueue(jobs)
      return enqueued as Enqueued
    },
    pause: async (name, { reason } = {}) => {
      const why = given(reason, checkPauseReason)
      const found = await (await store()).schedules.setPaused(
        checkName(name),
        true,
        why === undefined ? {} : { reason: why },
      )
      if (!found) notFound(name)
    },
    resume: async (name) => {
      const { schedules } = await store()
      const { cron, timezone, paused } = (await schedules.get(checkName(name))) ?? notFound(name)
      // What goes on already goes on with the slot that it is at.
      if (!paused) return
      const nextAt = new CronSlots(cron, timezone).after(await schedules.now())
      await schedules.setPaused(name, false, nextAt === undefined ? {} : { nextAt })
    },
  }
}

function notFound(name: string): never {
  throw new OffstageError(
    'SCHEDULE_NOT_FOUND',
    `there is no schedule ${JSON.stringify(name)}: set it, or start a worker whose config has it`,
  )
}
