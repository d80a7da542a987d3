import type { FinalStatus, JobId } from '../../../src/core/job.ts'

/** What the model knows of a job. */
export interface ModelJob {
  id: JobId
  queue: string
  priority: number
  runAt: number
  attempt: number
  attemptsAllowed: number
  spared: number
  crashes: number
  /** Why it waits when it waits for its time. */
  waits: 'delayed' | 'retrying' | 'snoozed'
  place: 'pending' | 'held' | FinalStatus
  /** While it is held. */
  worker: number
  started: boolean
  cancelRequested: boolean
}

export type Ending = FinalStatus | 'retried' | 'crashed' | 'snoozed' | 'released' | 'suspect'

/** A store as small as it can be told: arrays, a clock and no databases. What it does is what a store should do. */
export class Model {
  now: number
  jobs: ModelJob[] = []
  paused = new Set<string>()

  constructor(now: number) {
    this.now = now
  }

  enqueue(job: { id: JobId; queue: string; priority: number; inMs: number; maxAttempts: number }): void {
    this.jobs.push({
      id: job.id,
      queue: job.queue,
      priority: job.priority,
      runAt: this.now + job.inMs,
      attempt: 0,
      attemptsAllowed: job.maxAttempts,
      spared: 0,
      crashes: 0,
      waits: 'delayed',
      place: 'pending',
      worker: -1,
      started: false,
      cancelRequested: false,
    })
  }

  claim(worker: number, queues: readonly string[] | 'all', limit: number, start: number): ModelJob[] {
    const due = this.jobs
      .filter((job) => job.place === 'pending' && job.runAt <= this.now && !this.paused.has(job.queue))
      .filter((job) => queues === 'all' || queues.includes(job.queue))
      .sort((a, b) => b.priority - a.priority || a.runAt - b.runAt || (a.id < b.id ? -1 : 1))
      .slice(0, limit)
    for (const [index, job] of due.entries()) {
      const started = index < start && job.crashes < 2
      Object.assign(job, { place: 'held', worker, started, cancelRequested: false })
      job.attempt += 1
    }
    return due
  }

  nextDueInMs(): number | undefined {
    const waits = this.jobs.filter((job) => job.place === 'pending' && job.runAt > this.now).map((job) => job.runAt)
    return waits.length === 0 ? undefined : Math.min(...waits) - this.now
  }

  settle(job: ModelJob, ending: Ending, inMs: number): void {
    const givenBack = ending === 'released' || ending === 'suspect'
    if (givenBack) job.attempt -= 1
    if (ending === 'completed' || ending === 'failed' || ending === 'cancelled') job.place = ending
    else if (job.cancelRequested) job.place = 'cancelled'
    else {
      job.place = 'pending'
      if (!givenBack) {
        job.runAt = this.now + inMs
        job.waits = ending === 'snoozed' ? 'snoozed' : 'retrying'
      }
      if (ending === 'suspect') job.crashes = Math.max(1, job.crashes)
      if (ending === 'crashed') job.crashes += 1
      if (ending === 'crashed' || ending === 'snoozed') job.spared += 1
    }
    job.worker = -1
  }

  cancel(job: ModelJob): string {
    if (job.place === 'pending') job.place = 'cancelled'
    else if (job.place === 'held') {
      job.cancelRequested = true
      return 'requested'
    } else return 'state'
    return 'done'
  }

  retry(job: ModelJob): string {
    if (job.place !== 'failed' && job.place !== 'cancelled') return 'state'
    Object.assign(job, { place: 'pending', runAt: this.now, spared: job.attempt, crashes: 0 })
    return 'done'
  }

  runNow(job: ModelJob): string {
    if (job.place !== 'pending') return 'state'
    job.runAt = Math.min(job.runAt, this.now)
    return 'done'
  }

  delete(job: ModelJob): string {
    if (job.place === 'held') return 'state'
    this.jobs.splice(this.jobs.indexOf(job), 1)
    return 'done'
  }

  status(job: ModelJob): string {
    if (job.place !== 'held') return job.place
    return job.started ? 'running' : 'pending'
  }

  /** Undefined where more than one reason would be right. */
  reason(job: ModelJob): string | null | undefined {
    if (job.place === 'held') {
      if (job.cancelRequested) return job.started ? 'cancelling' : undefined
      return job.started ? null : 'claimed'
    }
    if (job.place !== 'pending') return undefined
    if (this.paused.has(job.queue)) return 'paused'
    if (job.runAt > this.now) return job.waits
    return job.attempt > 0 ? undefined : null
  }
}
