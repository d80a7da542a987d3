import { createSchedulesApi, type SchedulesApi } from '../client/schedules.ts'
import { Scheduling } from '../client/scheduling.ts'
import { OffstageError } from '../core/errors.ts'
import { suggestion } from '../core/nearest.ts'
import { Registry } from '../core/registry.ts'
import type { Schedule } from '../core/schedule.ts'
import type { OffstageEngine } from '../engine.ts'
import type { Store } from '../store/store.ts'
import { withStore } from './session.ts'

/** What the commands for schedules work with. */
export interface ScheduleSession {
  readonly store: Store
  readonly schedules: Omit<SchedulesApi, 'set' | 'run'>
  /** Undefined for a database that was named without a config. */
  readonly engine: OffstageEngine | undefined
}

export async function withSchedules<Result>(use: (session: ScheduleSession) => Promise<Result>): Promise<Result> {
  return await withStore(async (store, engine) => {
    const open = async () => store
    const connection = { store: open, storeWithLogs: open, closing: new AbortController().signal }
    const scheduling = engine?.scheduling ?? new Scheduling(Registry.from([]), 0)
    return await use({ store, schedules: createSchedulesApi(connection, scheduling), engine })
  })
}

/** @throws OffstageError SCHEDULE_NOT_FOUND, with the nearest name that there is. */
export function checkSchedule(name: string, known: readonly Schedule[], engine: OffstageEngine | undefined): Schedule {
  const found = known.find((schedule) => schedule.name === name)
  if (found !== undefined) return found
  const shown = JSON.stringify(name.slice(0, 100))
  if (engine?.scheduling.isDeclared(name)) {
    const what = `the schedule ${shown} stands in the config alone`
    throw new OffstageError('SCHEDULE_NOT_FOUND', `${what}: start a worker, which stores it`)
  }
  const names = known.map((schedule) => schedule.name)
  const near = suggestion(name, names) || ': see `offstage schedules list`'
  throw new OffstageError('SCHEDULE_NOT_FOUND', `there is no schedule ${shown}${near}`)
}
