/** What the compiler is told of schedules: the same methods and arguments as of an enqueue. */
import type { Missed, Overlap, Schedule } from '../core/schedule.ts'
import type { ArgsOf, EachAllowed, Jobs, MethodOf, Rest, Target } from './job-types.ts'
import type { JobOptions } from './new-job.ts'

/** When a schedule's slots are, and what its jobs set differently from their handler. */
export interface ScheduleOptions
  extends Pick<
    JobOptions,
    'priority' | 'retries' | 'backoff' | 'timeout' | 'onCrash' | 'expiresIn' | 'queue' | 'tags' | 'unique'
  > {
  /** Whose clock the expression is read by: an IANA name, such as `'Europe/Berlin'`. Default `'UTC'`. */
  timezone?: string
  /**
   * What becomes of slots that came while no worker ran, for more than a minute: `'once'` (default) enqueues the last of
   * them alone, `'all'` each of them (the last 100 at most), `'skip'` none.
   */
  missed?: Missed
  /** `'skip'`: a slot is left out while the job of an earlier one is pending or running. Default `'allow'`. */
  overlap?: Overlap
}

/** A schedule in the config: `['0 3 * * *', Report, 'build', ['pdf'], { timezone: 'Europe/Berlin' }]`. */
export type ScheduleTuple<List extends Jobs> =
  EachAllowed<List> extends infer Each
    ? Each extends [infer Named, infer Method, infer Args]
      ? readonly [cron: string, target: Named, method: Method, ...rest: Rest<Args, ScheduleOptions>]
      : never
    : never

/**
 * Stores a schedule, or what it says from now on: a job of `method` of `target` with `args` for each slot of `cron`.
 *
 * `cron` has five fields (minute, hour, day, month, weekday), or six with the seconds first, or is `@hourly`, `@daily`,
 * `@weekly`, `@monthly` or `@yearly`.
 * @throws OffstageError as `runBackgroundJob`, and SCHEDULE_DECLARED when the config has one of that name.
 */
export type SetSchedule<List extends Jobs> = <T extends Target<List>, Method extends MethodOf<List, T>>(
  name: string,
  cron: string,
  target: T,
  method: Method,
  ...rest: Rest<ArgsOf<List, T, Method>, ScheduleOptions>
) => Promise<Schedule>
