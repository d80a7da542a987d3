import { OffstageError } from '../../core/errors.ts'
import type { JobId } from '../../core/job.ts'
import { dueSlots } from '../../core/schedule.ts'
import { isOfDatabase } from '../../store/retry.ts'
import type { DueSchedule, Firing, ScheduleTerms } from '../../store/schedules.ts'
import type { NewJob, Store } from '../../store/store.ts'
import type { Duty } from './maintenance.ts'

/** Schedules that are looked at together. */
const PAGE = 100

/** Which schedules this worker has, and how they become jobs. */
export interface Schedules {
  /** The names of those in its config. */
  readonly declared: readonly string[]
  /** Stores what the config says of one. */
  declare(store: Store, name: string): Promise<void>
  /** Whether this worker enqueues for it. */
  fires(schedule: ScheduleTerms): boolean
  jobs(schedule: ScheduleTerms, slots: readonly number[]): Promise<NewJob[]>
}

export interface SchedulerOptions {
  store: Store
  scheduling: Schedules
  /** How often to look for schedules that somebody else has set or changed, at least. */
  everyMs: number
  warn: (message: string) => void
  /** Called when there is something to claim. */
  wake: () => void
}

/**
 * Enqueues the jobs of slots that have come. Every worker does so at any time: the slot and its jobs are one
 * transaction, so that each slot comes to its jobs once, whoever is first.
 */
export class Scheduler implements Duty {
  readonly #options: SchedulerOptions
  readonly #undeclared: Set<string>
  /** What was warned of, by schedule: said once until it changes. */
  readonly #warned = new Map<string, string>()

  constructor(options: SchedulerOptions) {
    this.#options = options
    this.#undeclared = new Set(options.scheduling.declared)
  }

  readonly run = async (): Promise<number> => {
    const { store, scheduling, everyMs } = this.#options
    if (this.#undeclared.size > 0) await this.#declareAll()
    let after: DueSchedule | undefined
    for (;;) {
      const { schedules, now, nextInMs = everyMs } = await store.schedules.due(PAGE, after)
      const mine = schedules.filter((schedule) => scheduling.fires(schedule))
      await this.#fire(await this.#prepare(mine, now))
      if (schedules.length < PAGE) return Math.min(everyMs, nextInMs)
      after = schedules.at(-1)
    }
  }

  async #declareAll(): Promise<void> {
    const { store, scheduling } = this.#options
    // Who uses a database that was moved is told so; what it would store there nobody fires.
    if ((await store.moving.departure()) !== undefined) return
    for (const name of this.#undeclared) {
      await this.#guarded(name, () => scheduling.declare(store, name))
      this.#undeclared.delete(name)
    }
  }

  /** What is to be stored for each. One whose jobs cannot be made is left out, and stays due. */
  async #prepare(schedules: readonly DueSchedule[], now: number): Promise<Firing[]> {
    const open = await this.#openJobs(schedules)
    const firings: Firing[] = []
    for (const schedule of schedules) {
      await this.#guarded(schedule.name, async () => {
        const due = dueSlots(schedule, schedule.nextAt, now)
        const slots = open.has(schedule.lastJobId ?? '') ? [] : due.slots
        const jobs = slots.length === 0 ? [] : await this.#options.scheduling.jobs(schedule, slots)
        firings.push({ of: schedule, slot: slots.at(-1), jobs, nextAt: due.nextAt })
      })
    }
    return firings
  }

  /** Those of the last jobs that have not ended, of schedules that wait for that. */
  async #openJobs(schedules: readonly DueSchedule[]): Promise<Set<JobId>> {
    const ids = schedules.flatMap(({ overlap, lastJobId }) => (overlap === 'skip' && lastJobId ? [lastJobId] : []))
    const jobs = ids.length === 0 ? [] : await this.#options.store.details(ids)
    return new Set(jobs.filter(({ status }) => status === 'pending' || status === 'running').map(({ id }) => id))
  }

  async #fire(firings: readonly Firing[]): Promise<void> {
    if (firings.length === 0) return
    try {
      await this.#store(firings)
    } catch (error) {
      if (isOfDatabase(error)) throw error
      // One of them has spoiled it for all.
      for (const firing of firings) await this.#guarded(firing.of.name, () => this.#store([firing]))
    }
  }

  async #store(firings: readonly Firing[]): Promise<void> {
    const stored = await this.#options.store.schedules.fire(firings)
    for (const { of } of firings) this.#warned.delete(of.name)
    if (stored.some((jobs) => jobs !== undefined && jobs.length > 0)) this.#options.wake()
  }

  /** One schedule that cannot be enqueued keeps no other from it. Its slot stays due until it can. */
  async #guarded(name: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (isOfDatabase(error)) throw error
      const message = error instanceof OffstageError ? error.message : String(error)
      if (this.#warned.get(name) === message) return
      this.#warned.set(name, message)
      this.#options.warn(`the schedule "${name}" cannot be enqueued: ${message}`)
    }
  }
}
