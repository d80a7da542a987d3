import type { Events, OffstageEvents } from '../core/events.ts'
import type { JobId } from '../core/job.ts'
import { oneLine } from '../logs/one-line.ts'
import type { Store } from '../store/store.ts'
import { shortId } from './job-id.ts'
import { type Counts, Rate, StatusLine, statusLine } from './live-counts.ts'
import { COMMAND, print, setFooter, styled, terminalWidth } from './output.ts'
import { describeStep, isWarning, type JobStep, onSteps, type Shown } from './step-lines.ts'
import { localClock } from './time-text.ts'

const REDRAW_MS = 200
/** A job that ends sooner than this is told of once, by its end. */
const QUIET_MS = 300
/** Steps a second beyond which only what went wrong is shown one by one: nobody can read more. */
const MOST_A_SECOND = 20
/** The waiting jobs are counted at most this often, and for at most a fiftieth of the time. */
const COUNT_MS = 1_000
const COUNT_SHARE = 50
/** How far the jobs of a queue are counted. */
const COUNTED = 1_000_000

/** Shows on a terminal what a worker does, and a status line below; `stop` takes the line away and sums up. */
export class LiveSteps {
  readonly #counts: Counts = {
    running: 0,
    waiting: undefined,
    delayed: 0,
    perSecond: 0,
    completed: 0,
    failed: 0,
    retrying: 0,
  }
  readonly #rate = new Rate()
  /** What runs, and whether that was said. */
  readonly #running = new Map<JobId, { event: OffstageEvents['running']; at: number; told: boolean }>()
  readonly #line = new StatusLine(() => statusLine(this.#counts, terminalWidth()))
  readonly #redraw: NodeJS.Timeout
  readonly #logFile: string | undefined
  #second = { at: 0, shown: 0, skipped: 0 }
  #hinted = false
  #countAt = 0

  constructor(events: Events, store: () => Promise<Store>, logFile: string | undefined) {
    this.#logFile = logFile
    onSteps(events, (name, event) => this.#hear(name, event, describeStep(name, event)))
    events.on('worker', (event) => {
      // Whoever pressed Ctrl-C has just been told.
      if (event.state === 'stopping') return
      const status = styled(isWarning(event) ? 'yellow' : 'dim', 'worker'.padEnd(10))
      print(`${clock(new Date())}${status}  ${oneLine(event.message, 2_000)}`)
    })
    setFooter(this.#line)
    this.#redraw = setInterval(() => this.#tick(store), REDRAW_MS)
    this.#redraw.unref()
  }

  stop(): void {
    clearInterval(this.#redraw)
    this.#tellSkipped()
    setFooter(undefined)
    const { completed, failed, retrying } = this.#counts
    print(`${completed} completed, ${failed} failed, ${retrying} retried`)
  }

  #hear(name: JobStep, event: OffstageEvents[JobStep], shown: Shown): void {
    const now = Date.now()
    if (name === 'running') {
      this.#running.set(event.id, { event: event as OffstageEvents['running'], at: now, told: false })
      return
    }
    if (name !== 'dispatched' && name !== 'stale') this.#running.delete(event.id)
    if (name === 'completed' || name === 'failed' || name === 'retrying') {
      this.#counts[name] += 1
      if (name !== 'retrying') this.#rate.add(now)
    }
    const wrong = name === 'failed' || name === 'retrying' || name === 'stale'
    if (!this.#mayTell(now, wrong)) return
    print(stepLine(event, shown, new Date(now)))
    if (name === 'failed' && !this.#hinted) {
      this.#hinted = true
      print(styled('dim', `  why: ${COMMAND} jobs show ${shortId(event.id)}`))
    }
  }

  #mayTell(now: number, wrong: boolean): boolean {
    const second = Math.floor(now / 1_000)
    if (second !== this.#second.at) {
      this.#tellSkipped()
      this.#second = { at: second, shown: 0, skipped: 0 }
    }
    // Twice as many of what went wrong: those are what one looks for.
    const may = this.#second.shown < MOST_A_SECOND * (wrong ? 2 : 1)
    this.#second[may ? 'shown' : 'skipped'] += 1
    return may
  }

  #tellSkipped(): void {
    const { skipped } = this.#second
    if (skipped === 0) return
    const where = this.#logFile === undefined ? '' : `: all are in ${this.#logFile}`
    print(styled('dim', `… ${skipped.toLocaleString('en-US')} more steps in this second${where}`))
    this.#second.skipped = 0
  }

  #tick(store: () => Promise<Store>): void {
    const now = Date.now()
    if (Math.floor(now / 1_000) !== this.#second.at) this.#tellSkipped()
    for (const job of this.#running.values()) {
      if (job.told || now - job.at < QUIET_MS) continue
      job.told = true
      if (this.#mayTell(now, false)) print(stepLine(job.event, describeStep('running', job.event), new Date(job.at)))
    }
    this.#counts.running = this.#running.size
    this.#counts.perSecond = this.#rate.perSecond(now)
    this.#line.show()
    if (now >= this.#countAt) void this.#count(store)
  }

  async #count(store: () => Promise<Store>): Promise<void> {
    this.#countAt = Number.POSITIVE_INFINITY
    const began = performance.now()
    try {
      const queues = await (await store()).queues(COUNTED)
      this.#counts.waiting = queues.reduce((sum, { ready }) => sum + ready, 0)
      this.#counts.delayed = queues.reduce((sum, { delayed }) => sum + delayed, 0)
    } catch {
      // The worker says what is wrong with the database; the line says that it does not know.
      this.#counts.waiting = undefined
    }
    this.#countAt = Date.now() + Math.max(COUNT_MS, (performance.now() - began) * COUNT_SHARE)
  }
}

/** A narrow terminal is told less: the id from 100 columns on, the time from 60. */
function stepLine(event: OffstageEvents[JobStep], { status, style, more }: Shown, at: Date): string {
  const name = `${event.class}.${event.method}`
  const attempt = 'attempt' in event && event.attempt > 1 ? `attempt ${event.attempt} of ${event.maxAttempts}` : ''
  const id = terminalWidth() >= 100 ? styled('dim', `  ${shortId(event.id)}`) : ''
  const rest = [attempt, more].filter((text) => text !== '').join(', ')
  return `${clock(at)}${styled(style, status.padEnd(10))}  ${name.padEnd(terminalWidth() < 60 ? 0 : 24)}${id}  ${rest}`.trimEnd()
}

function clock(at: Date): string {
  return terminalWidth() < 60 ? '' : styled('dim', `${localClock(at)}  `)
}
