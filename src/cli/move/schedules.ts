import type { ScheduleStore } from '../../store/schedules.ts'

/**
 * Has the schedules of one database, from which everything departs, go on in another; returns how many left it. Gone from
 * here, so that one that is removed or resumed there is not brought back by the next move.
 */
export async function carrySchedules(source: ScheduleStore, target: ScheduleStore): Promise<number> {
  const taken = await source.take()
  await target.receive(taken)
  return await source.letGo(taken)
}
