import { JOB_STATUSES } from '../../../core/job.ts'
import { MISSED, OVERLAPS } from '../../../core/schedule.ts'
import type { ScheduleJob, ScheduleRow, ScheduleView } from '../../api.ts'
import {
  anything,
  boolean,
  described,
  listOf,
  mapOf,
  number,
  object,
  oneOf,
  orNull,
  ref,
  type Schema,
  string,
  time,
} from './schema.ts'

/** The schemas of what is answered about schedules. */
export const SCHEDULE_SCHEMAS: Readonly<Record<string, Schema>> = {
  ScheduleJob: object<ScheduleJob>({
    id: string,
    status: oneOf(...JOB_STATUSES),
    reason: orNull(string),
    createdAt: time,
    finishedAt: orNull(time),
    errorLine: orNull(string),
  }),
  ScheduleRow: object<ScheduleRow>(scheduleRow()),
  ScheduleView: object<ScheduleView>({
    ...scheduleRow(),
    args: listOf(anything),
    cut: described(boolean, 'The arguments were too long and have been shortened.'),
    options: mapOf(anything),
    jobs: listOf(ref('ScheduleJob'), 10),
  }),
}

function scheduleRow(): { readonly [Key in keyof ScheduleRow]: Schema } {
  return {
    name: string,
    class: string,
    method: string,
    cron: string,
    timezone: string,
    missed: oneOf(...MISSED),
    overlap: oneOf(...OVERLAPS),
    source: described(
      oneOf('config', 'other-config', 'set'),
      'The config beside this dashboard, another one, or set at run time.',
    ),
    state: described(
      oneOf('waiting', 'overdue', 'no-worker', 'paused', 'over'),
      '`overdue`: a slot came more than a minute ago and no worker has enqueued its job.',
    ),
    pauseReason: orNull(string),
    problem: orNull(object<NonNullable<ScheduleRow['problem']>>({ text: string, remedy: string })),
    nextAt: described(orNull(time), 'Null while it is paused, and when its expression names no further moment.'),
    overdueMs: described(orNull(number), 'For how long a slot has been waiting for a worker.'),
    next: described(listOf(time, 5), 'The slots from now on; of one that is paused, if it went on now.'),
    lastAt: described(orNull(time), 'The last slot that enqueued a job.'),
    lastJob: described(orNull(ref('ScheduleJob')), 'Its job; null when there is none that is kept.'),
    runnable: described(boolean, 'The config beside this dashboard allows its method.'),
  }
}
