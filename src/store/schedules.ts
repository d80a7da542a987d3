import type { Enqueued, JobId } from '../core/job.ts'
import type { Schedule, Timing } from '../core/schedule.ts'
import type { NewJob } from './store.ts'

/** What a schedule says: all of it but what has become of it. */
export interface ScheduleTerms extends Timing {
  name: string
  class: string
  method: string
  /** The argument list, as JSON text, its secrets sealed for this schedule. */
  args: string
  /** What its jobs set differently from their handler; JSON text. */
  options: string
  declared: boolean
}

/** A schedule with what only those need who fire it. Times are ms on the database's clock. */
export interface DueSchedule extends ScheduleTerms {
  nextAt: number
  lastJobId: JobId | null
  updatedAt: number
}

export interface DuePage {
  /** In the order of their slots. */
  schedules: DueSchedule[]
  /** The database's clock; 0 where there is no schedule to ask it for. */
  now: number
  /** How long until the next slot of the others; undefined when there is none, or behind a full page. */
  nextInMs: number | undefined
}

/** What a schedule's slots have come to. */
export interface Firing {
  /** As it was when its slots were computed: whoever comes second finds that it has changed. */
  of: Pick<DueSchedule, 'name' | 'nextAt' | 'updatedAt'>
  /** The last of the slots that the jobs are for. */
  slot: number | undefined
  jobs: readonly NewJob[]
  nextAt: number | undefined
}

/** A schedule as it travels to another database: its row. */
export type MovedSchedule = Readonly<Record<string, string | number | null>>

/** Schedules, and who comes first to enqueue the job of a slot. */
export interface ScheduleStore {
  /** By name. */
  list(): Promise<Schedule[]>
  get(name: string): Promise<Schedule | undefined>
  /** The terms as they are stored, with what was secret in them. */
  terms(name: string): Promise<ScheduleTerms | undefined>
  /** The database's clock, in ms since 1970. */
  now(): Promise<number>
  /**
   * Stores a schedule, or what it says from now on. One that has the same timing keeps its next slot, also one that was
   * missed; and whether it is paused.
   */
  set(terms: ScheduleTerms, nextAt: number | undefined): Promise<'created' | 'changed' | 'unchanged'>
  remove(name: string): Promise<boolean>
  /** @param nextAt From when on it goes on; slots that came while it was paused are none. */
  setPaused(name: string, paused: boolean, change: { reason?: string; nextAt?: number }): Promise<boolean>
  /** Those whose slot has come, at most `limit` of them, from behind `after` on. None of a database that was moved. */
  due(limit: number, after?: Pick<DueSchedule, 'name' | 'nextAt'>): Promise<DuePage>
  /**
   * Stores the jobs of some slots and goes on to the next ones, all of it or nothing. Undefined for one, of which nothing is
   * stored, when somebody else did, or when it was changed, paused or removed, or its database moved, meanwhile.
   * @param firings In the order in which they are due.
   */
  fire(firings: readonly Firing[]): Promise<(Enqueued[] | undefined)[]>

  /** As they are, once nobody fires them here any more: their database is being moved. */
  take(): Promise<MovedSchedule[]>
  /**
   * Stores what another database has let its mover take. One that was set here, by a worker that has started already, keeps
   * what it says, and is paused and goes on as it was there. One that was received before stays as it is by now, unless it
   * has come further there. Returns how many were stored or changed.
   */
  receive(schedules: readonly MovedSchedule[]): Promise<number>
  /** Removes those that are still as they were taken: they are stored elsewhere. Returns how many. */
  letGo(schedules: readonly MovedSchedule[]): Promise<number>
}
