import { statSync } from 'node:fs'
import type { ChangeEvent } from '../../api.ts'
import { COUNTED_TO } from '../count.ts'
import { countsOf } from './now.ts'
import type { Facts, ReadContext } from './read.ts'

const EVERY_MS = 1_000
/** The same where nothing was to be seen lately. */
const IDLE_MS = 3_000
/**
 * One part in so many of the time may go into looking, and into the answers that follow when it tells of a change: they
 * cost a large database more, so its pages are in step some seconds later.
 */
const SHARE = 25
/** Answers make nobody wait longer for the next look, however much is asked. */
const LONGEST_MS = 10_000
/** Nor does one look that took long: the process may have been stopped in the middle of it, or the machine asleep. */
const LONGEST_BY_LOOK_MS = 30_000
/** How soon after the last one an event tells of a write that nothing explains, such as a heartbeat. */
const UNEXPLAINED_MS = 5_000
const WATCHED = 20

/** How many jobs there are now, for somebody who begins to watch. */
export async function pulse({ store }: ReadContext): Promise<Omit<ChangeEvent, 'changed'>> {
  const stats = await store.stats({ windowMs: 0, sample: 1, countTo: COUNTED_TO })
  return { at: stats.at.toISOString(), counts: countsOf(stats) }
}

type Topic = 'jobs' | 'queues' | 'workers' | 'schedules' | 'operations' | 'logs'
type Signs = Record<Topic, string>

/** From one look to the next, in ms: what the first took, and the answers since, is to be a small share of that. */
export function spacing(lookMs: number, answersMs: number): number {
  const looked = Math.min(LONGEST_BY_LOOK_MS, lookMs * SHARE)
  const answered = Math.min(LONGEST_MS, (lookMs + answersMs) * SHARE)
  return Math.max(EVERY_MS, looked, answered)
}

/**
 * Looks whether anything has changed, for everybody who watches, and only while somebody does: once a second while there
 * is something to see or the database says so, else more rarely, since not every database tells of all that is written.
 */
export class PulseLoop {
  readonly #context: () => Promise<ReadContext>
  readonly #tell: (event: ChangeEvent) => void
  #on = false
  #turn: NodeJS.Timeout | undefined
  #last: Signs | undefined
  #woken = false
  /** When the last look began; of `performance.now`. */
  #lookedAt = Number.NEGATIVE_INFINITY
  /** How long that took, and all the answers since. */
  #lookMs = 0
  #answersMs = 0
  #toldAt = 0
  #unwatch: (() => void) | undefined

  constructor(context: () => Promise<ReadContext>, tell: (event: ChangeEvent) => void) {
    this.#context = context
    this.#tell = tell
  }

  start(): void {
    if (this.#on) return
    this.#on = true
    // What changed while nobody watched is seen by looking, not told; what changes from now on is to be told.
    this.#last = undefined
    this.#lookedAt = Number.NEGATIVE_INFINITY
    void this.#look()
  }

  stop(): void {
    this.#on = false
    clearTimeout(this.#turn)
    this.#turn = undefined
    this.#unwatch?.()
    this.#unwatch = undefined
  }

  /** So long it took to answer whoever asked: most ask because they were told of a change. */
  answered(ms: number): void {
    this.#answersMs += ms
  }

  async #look(): Promise<void> {
    this.#turn = undefined
    // What was asked since this was set may have put it off.
    if (performance.now() < this.#earliest) return this.#lookIn(0)
    this.#lookedAt = performance.now()
    this.#answersMs = 0
    let busy = false
    try {
      busy = await this.#compare(await this.#context())
    } catch {
      // The database is away or busy. Whoever asks for a page is told; here the next look will do.
    }
    this.#lookMs = performance.now() - this.#lookedAt
    if (!this.#on) return
    this.#lookIn(busy || this.#woken ? 0 : IDLE_MS)
  }

  /** When the next look may be; of `performance.now`. */
  get #earliest(): number {
    return this.#lookedAt + spacing(this.#lookMs, this.#answersMs)
  }

  #lookIn(ms: number): void {
    clearTimeout(this.#turn)
    this.#turn = setTimeout(() => void this.#look(), Math.max(ms, this.#earliest - performance.now()))
  }

  /** True when something was to be seen. */
  async #compare(context: ReadContext): Promise<boolean> {
    if (!this.#on) return false
    this.#unwatch ??= context.store.onWake(() => {
      if (this.#woken) return
      this.#woken = true
      // Otherwise it is looking now.
      if (this.#turn !== undefined) this.#lookIn(0)
    }, 'soon')
    const woken = this.#woken
    this.#woken = false
    const { signs, counts, at } = await look(context)
    const last = this.#last
    this.#last = signs
    if (!this.#on || last === undefined) return false
    const changed: string[] = (Object.keys(signs) as Topic[]).filter((topic) => signs[topic] !== last[topic])
    const now = performance.now()
    if (changed.length === 0) {
      // Something was written that no sign shows, such as the progress of the hundredth running job, or a heartbeat.
      if (!woken || now - this.#toldAt < UNEXPLAINED_MS) return false
      changed.push('jobs')
    }
    this.#toldAt = now
    this.#tell({ at, changed, counts })
    return true
  }
}

async function look({
  store,
  facts,
}: ReadContext): Promise<{ signs: Signs; counts: ChangeEvent['counts']; at: string }> {
  const stats = await store.stats({ windowMs: 0, sample: 1, countTo: COUNTED_TO })
  const { jobs: newest } = await store.list({ limit: 1 })
  const { jobs: ended } = await store.list({ status: ['completed', 'failed', 'cancelled'], limit: 1 })
  const { jobs: running } = await store.list({ status: 'running', limit: WATCHED })
  const workers = await store.workers()
  const schedules = await store.schedules.list()
  const operations = await store.access.operations(5)
  const seen = [...newest, ...ended, ...running]
  const signs = {
    jobs: JSON.stringify([stats.jobs, seen.map((job) => [job.id, job.status, job.reason, job.attempt, job.progress])]),
    queues: JSON.stringify(stats.queues),
    workers: JSON.stringify(workers.map(({ id, status, running, lease }) => [id, status, running, lease])),
    schedules: JSON.stringify(schedules.map(({ name, nextAt, updatedAt }) => [name, nextAt, updatedAt])),
    operations: JSON.stringify(operations.map(({ id, state, done, skipped }) => [id, state, done, skipped])),
    logs: logSign(facts),
  }
  return { signs, counts: countsOf(stats), at: stats.at.toISOString() }
}

function logSign({ logs }: Facts): string {
  if (logs === null) return ''
  return [logs.file, logs.errorFile]
    .map((file) => {
      const found = statSync(file, { throwIfNoEntry: false })
      return found === undefined ? '' : `${found.ino} ${found.size}`
    })
    .join()
}
