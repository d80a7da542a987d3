import { OffstageError } from '../../core/errors.ts'
import type { JobDetail, JobId } from '../../core/job.ts'
import { oneLine } from '../../logs/one-line.ts'
import type { LogLine, Severity } from '../../store/queried.ts'
import type { Store } from '../../store/store.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { onInterrupt } from '../interrupt.ts'
import { findJobId, noSuchJob } from '../job-id.ts'
import { statusText } from '../job-text.ts'
import { positiveNumber } from '../option-values.ts'
import { note, print, printJson, type Style, styled } from '../output.ts'
import { type GlobalOptions, withStore } from '../session.ts'
import { localTime } from '../time-text.ts'

interface Options extends GlobalOptions {
  attempt?: string
  follow?: boolean
}

export async function showLogs([text]: [string], options: Options): Promise<ExitCode> {
  const attempt = options.attempt === undefined ? undefined : positiveNumber(options.attempt, '--attempt')
  return await withStore(async (store) => {
    const id = await findJobId(store, text)
    const job = await store.get(id)
    if (job === undefined) throw noSuchJob(text)
    if (options.follow) return await new Following(store, id, attempt, options.json === true).run()
    if (attempt !== undefined && attempt > job.attempt) throw noSuchAttempt(job, attempt)
    const lines = await store.logs(id, attempt)
    if (options.json) printJson(lines)
    else if (lines.length === 0) note('this job has logged nothing')
    else for (const line of lines) print(logLine(line))
    return EXIT.ok
  })
}

function noSuchAttempt({ id, attempt }: JobDetail, wanted: number): OffstageError {
  const had = attempt === 0 ? 'has not been started yet' : `has had ${attempt} so far`
  return new OffstageError('OPTION_INVALID', `--attempt is ${wanted}, but job ${id} ${had}`)
}

/** The longest that a new line may wait when nobody says that something was written, and the least between two looks. */
const LOOK_MS = 1_000
const GATHER_MS = 100

/** Prints what a job has logged and goes on to logging, until it, or the attempt that is meant, has ended. */
class Following {
  readonly #store: Store
  readonly #id: JobId
  readonly #only: number | undefined
  readonly #json: boolean
  #attempt: number
  #printed = 0
  #interrupted = false
  #wake = () => {}

  constructor(store: Store, id: JobId, only: number | undefined, json: boolean) {
    this.#store = store
    this.#id = id
    this.#only = only
    this.#json = json
    this.#attempt = only ?? 1
  }

  async run(): Promise<ExitCode> {
    const ignore = onInterrupt(() => {
      this.#interrupted = true
      this.#wake()
    })
    const stopListening = this.#store.onWake(() => this.#wake())
    try {
      for (;;) {
        // Looked at before its lines are read: once it has ended, there are no more than those.
        const job = await this.#store.get(this.#id)
        if (job === undefined) throw noSuchJob(this.#id)
        await this.#printNew(job.attempt)
        if (this.#interrupted) return EXIT.interrupted
        if (this.#isOver(job)) return this.#ended(job)
        await this.#news()
      }
    } finally {
      stopListening()
      ignore()
    }
  }

  async #printNew(last: number): Promise<void> {
    for (;;) {
      const lines = await this.#store.logs(this.#id, this.#attempt)
      for (const line of lines.slice(this.#printed)) {
        if (this.#json) process.stdout.write(`${JSON.stringify(line)}\n`)
        else print(logLine(line))
      }
      this.#printed = lines.length
      if (this.#only !== undefined || this.#attempt >= last) return
      this.#attempt += 1
      this.#printed = 0
    }
  }

  #isOver({ status, attempts }: JobDetail): boolean {
    if (attempts.some(({ attempt, finishedAt }) => attempt === this.#only && finishedAt !== null)) return true
    return status !== 'pending' && status !== 'running'
  }

  #ended(job: JobDetail): ExitCode {
    if (!this.#json) note(`job ${job.id} ${statusText(job)}`)
    return EXIT.ok
  }

  /** Resolves when something was written, somebody pressed Ctrl-C, or some time has passed. */
  async #news(): Promise<void> {
    const began = performance.now()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    const timer = setTimeout(resolve, LOOK_MS)
    await promise
    clearTimeout(timer)
    const left = GATHER_MS - (performance.now() - began)
    if (left > 0 && !this.#interrupted) await new Promise((done) => setTimeout(done, left))
  }
}

const STYLES: Record<Severity, Style | undefined> = {
  debug: 'dim',
  info: undefined,
  warning: 'yellow',
  error: 'red',
}

function logLine({ attempt, at, severity, text }: LogLine): string {
  const style = STYLES[severity]
  const shown = oneLine(text, Number.POSITIVE_INFINITY)
  const head = styled('dim', `${localTime(at)}  ${attempt}  ${severity.padEnd(7)}`)
  return `${head}  ${style === undefined ? shown : styled(style, shown)}`
}
