import type { defineApp } from '../app/app.ts'
import { fill } from '../app/fill.ts'
import { Tally } from '../app/tally.ts'
import { perSecond } from '../measure.ts'

export interface Drained {
  /** Jobs a second. */
  rate: number
  /** From its first job to its last, in ms since 1970. */
  from: number
  to: number
  /** Processor time of this process for a job, in µs. */
  perJob: number
}

export interface DrainsOptions {
  app: ReturnType<typeof defineApp>
  folder: string
  database: string
  /** Of each drain, and their queue. */
  jobs: number
  queue: string
}

/** One worker, in this process, and no-op jobs that another process has stored before it starts. */
export class Drains {
  readonly #options: DrainsOptions

  constructor(options: DrainsOptions) {
    this.#options = options
  }

  async one(): Promise<Drained> {
    const { app, folder, database, jobs, queue } = this.#options
    await fill(folder, jobs, database, queue)
    const tally = Tally.expect(jobs)
    const before = process.cpuUsage()
    await app.start()
    await tally.done
    await app.stop()
    const { user, system } = process.cpuUsage(before)
    const { firstAt, lastAt } = tally
    const { timeOrigin } = performance
    return {
      rate: perSecond(jobs, lastAt - firstAt),
      from: timeOrigin + firstAt,
      to: timeOrigin + lastAt,
      perJob: (user + system) / jobs,
    }
  }

  /** One after the other until something else has ended; at least one. */
  async while<Result>(other: Promise<Result>): Promise<{ drains: Drained[]; result: Result }> {
    let isOver = false
    const over = other.finally(() => {
      isOver = true
    })
    // It is waited for below, after the drain that it ended in.
    over.catch(() => {})
    const drains: Drained[] = []
    do drains.push(await this.one())
    while (!isOver)
    return { drains, result: await over }
  }
}
