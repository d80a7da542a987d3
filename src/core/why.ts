/** Why a job waits, runs or has ended, and what to do about it: a sentence for people. Pure. */
import { servesQueue } from './claim-plan.ts'
import { formatDuration } from './duration.ts'
import type { JobAttempt, JobDetail, JobError } from './job.ts'

export interface Why {
  text: string
  /** What to do, where there is something. */
  remedy: string | null
}

export interface WhyWorker {
  id: string
  status: 'running' | 'quiet' | 'stopping' | 'lost'
  /** As it is listed: `all`, or the queues it serves. */
  queues: string
  concurrency: number
  /** Jobs that it runs now. */
  running: number
  lastSeenAt: Date
}

/** What is known beside the job itself. */
export interface WhyFacts {
  /** The database's clock, in ms since 1970. */
  now: number
  workers: readonly WhyWorker[]
  /** The job's own. Undefined when it does not matter. */
  queue: { paused: boolean; pauseReason: string | null; ready: number; more: boolean } | undefined
  /** Whether the config that is at hand allows its handler; undefined when there is none. */
  allowed: boolean | undefined
}

export function why(job: JobDetail, facts: WhyFacts): Why {
  switch (job.status) {
    case 'pending':
      return whyPending(job, facts)
    case 'running':
      return whyRunning(job, facts)
    case 'completed':
      return say(`It completed${inAttempts(job)}.`)
    case 'failed':
      return whyFailed(job)
    case 'cancelled':
      return say(
        job.startedAt === null ? 'It was cancelled before it was started.' : 'It was cancelled, and has been stopped.',
        `Run it again with ${command('retry', job)}.`,
      )
    default:
      return job.status satisfies never
  }
}

function say(text: string, remedy: string | null = null): Why {
  return { text, remedy }
}

function whyPending(job: JobDetail, facts: WhyFacts): Why {
  const { reason, queue } = job
  if (reason === 'cancelling') return say('It is being cancelled: the worker that has claimed it gives it up.')
  if (reason === 'claimed') {
    return say(
      'A worker has claimed it ahead, and starts it as soon as it has room.',
      'If that takes long, the jobs before it do: raise the concurrency of the workers, or start another one.',
    )
  }
  if (facts.queue?.paused || reason === 'paused') {
    const due = job.runAt.getTime() > facts.now ? `, and it is not due before ${moment(job.runAt, facts.now)}` : ''
    const given = facts.queue?.pauseReason ?? undefined
    const because = given === undefined ? '' : `: “${given}”`
    return say(`Its queue ${queue} is paused${due}${because}.`, `Go on with \`offstage queues resume ${queue}\`.`)
  }
  if (job.runAt.getTime() > facts.now) return whyNotDue(job, facts)
  const before = lastFailure(job) === undefined ? '' : `${again(job)} `
  const { text, remedy } = whyNotClaimed(job, facts)
  return say(before + text, remedy)
}

function whyNotDue(job: JobDetail, { now }: WhyFacts): Why {
  const due = moment(job.runAt, now)
  const remedy = `Have it run at once with ${command('run-now', job)}.`
  if (job.reason === 'snoozed') return say(`It asked to be run again later: it is due ${due}.`, remedy)
  if (lastFailure(job) !== undefined) return say(`${again(job)} It is tried again ${due}.`, remedy)
  return say(`It was enqueued with a delay: it is due ${due}.`, remedy)
}

/** It is due, and its queue is open: it is for the workers now. */
function whyNotClaimed(job: JobDetail, facts: WhyFacts): Why {
  const { queue } = job
  if (facts.allowed === false) {
    return say(
      `It is due, but ${name(job)} is not on the allow-list: a worker with this config would fail it.`,
      `Allow it in the config, with allow(${job.class}, '${job.method}'), and start the workers again.`,
    )
  }
  const live = facts.workers.filter(({ status }) => status !== 'lost')
  if (live.length === 0) {
    return say(
      'It is due, but no worker is running.',
      'Start one with `offstage start`, or offstage.start() in the app.',
    )
  }
  const serving = live.filter((worker) => servesQueue(worker.queues, queue))
  if (serving.length === 0) {
    const others = live.length === 1 ? 'the one worker that runs serves' : `the ${live.length} workers that run serve`
    return say(
      `It is due, but ${others} other queues than ${queue}: ${named(live.map(({ queues }) => queues))}.`,
      `Start one that does with \`offstage work --queue ${queue}\`.`,
    )
  }
  const claiming = serving.filter(({ status }) => status === 'running')
  if (claiming.length === 0) {
    const ids = named(serving.map(({ id }) => id))
    return say(
      `It is due, but the workers that serve its queue claim no more jobs: ${ids}.`,
      `Let one go on with \`offstage workers resume ${serving[0]?.id}\`, or start another.`,
    )
  }
  return whyInLine(claiming, facts)
}

function whyInLine(claiming: readonly WhyWorker[], { queue }: WhyFacts): Why {
  const running = claiming.reduce((sum, worker) => sum + worker.running, 0)
  const room = claiming.reduce((sum, worker) => sum + worker.concurrency, 0)
  const line =
    queue === undefined || (queue.ready <= 1 && !queue.more)
      ? 'It is due, and next in its queue'
      : `It is due, one of ${queue.ready.toLocaleString('en')}${queue.more ? ' or more' : ''} in its queue`
  const workers = claiming.length === 1 ? 'worker serves' : 'workers serve'
  const full = running >= room
  return say(
    `${line}; ${claiming.length} ${workers} it, running ${running} of ${room} at a time.`,
    full ? 'If it has to wait too long, raise its priority, the concurrency, or the number of workers.' : null,
  )
}

function whyRunning(job: JobDetail, { now, workers }: WhyFacts): Why {
  const attempt = job.attempts.findLast(({ finishedAt }) => finishedAt === null)
  const worker = workers.find(({ id }) => id === attempt?.workerId)
  const whose = attempt?.workerId == null ? 'A worker' : `Worker ${attempt.workerId}`
  if (worker === undefined || worker.status === 'lost') {
    const since = worker === undefined ? 'has ended' : `has not been heard of for ${ago(worker.lastSeenAt, now)}`
    return say(
      `${whose}, which ran it, ${since}: another takes the job over.`,
      workers.some(({ status }) => status !== 'lost')
        ? null
        : 'No other worker is running: start one with `offstage start`.',
    )
  }
  if (job.reason === 'cancelling') {
    return say(`It is being cancelled. ${whose} stops it, by force if it does not heed the signal.`)
  }
  const since = attempt === undefined ? '' : ` for ${ago(attempt.startedAt, now)}`
  return say(`${whose} has been running it${since}: attempt ${job.attempt} of ${job.maxAttempts}.`)
}

function whyFailed(job: JobDetail): Why {
  const retry = `run it again with ${command('retry', job)}`
  const said = job.error === null ? '' : `: ${errorText(job.error)}`
  switch (job.reason) {
    case 'expired':
      return say(
        `It expired: no worker started it in time${said}.`,
        `Start more workers or give it longer with expiresIn; ${retry}.`,
      )
    case 'poisonous':
      return say(
        `It took its process down ${times(job)}, and is not tried again: that would harm others${said}.`,
        `See what its last attempt logged (${command('logs', job)}); memory is what such jobs mostly run out of. Then ${retry}.`,
      )
    case 'crashed':
      return say(
        `Its process ended under it, and it is set to fail then${said}.`,
        `See what it logged (${command('logs', job)}), then ${retry}.`,
      )
    case 'timed out':
      return say(
        `${attempts(job)}; the last was stopped when its time was over${said}.`,
        `Give it longer with timeout, or find what takes so long (${command('logs', job)}); then ${retry}.`,
      )
    case 'not allowed':
      return say(
        `${name(job)} is not on the allow-list of the worker that claimed it, so it was not run.`,
        `Allow it in the config, with allow(${job.class}, '${job.method}'), start the workers again, then ${retry}.`,
      )
    case 'arguments refused':
      return say(
        `Its arguments do not fit the schema of ${name(job)}, so it was not run${said}.`,
        `Enqueue it again with arguments that do; if the schema was wrong, mend it and ${retry}.`,
      )
    case 'not stored':
      return say(`It ran, but what it returned could not be stored${said}.`, `Let it return less, then ${retry}.`)
    case 'not retried':
      return say(
        `Attempt ${job.attempt} of ${job.maxAttempts} failed for good, as its code or its handler's retryIf decided${said}.`,
        `Mend the cause, then ${retry}.`,
      )
    default:
      return say(`${attempts(job)}; the last failed${said}.`, `Mend the cause, then ${retry}.`)
  }
}

function inAttempts({ attempt, attempts }: JobDetail): string {
  const last = attempts.at(-1)
  const span =
    last === undefined || last.finishedAt === null
      ? ''
      : ` after ${formatDuration(last.finishedAt.getTime() - last.startedAt.getTime())}`
  return attempt > 1 ? `${span}, at attempt ${attempt}` : span
}

function lastFailure({ attempts }: JobDetail): JobAttempt | undefined {
  const last = attempts.at(-1)
  return last?.outcome === 'failed' || last?.outcome === 'crashed' || last?.outcome === 'timed_out' ? last : undefined
}

function again(job: JobDetail): string {
  const last = lastFailure(job)
  const what = last?.outcome === 'crashed' ? 'crashed' : last?.outcome === 'timed_out' ? 'timed out' : 'failed'
  const said = last?.error == null ? '' : `: ${errorText(last.error)}`
  return `Attempt ${last?.attempt ?? job.attempt} of ${job.maxAttempts} ${what}${said}.`
}

function attempts({ attempt, maxAttempts }: JobDetail): string {
  if (attempt === 1) return maxAttempts === 1 ? 'It had one attempt' : `It had attempt 1 of ${maxAttempts}`
  return attempt === maxAttempts ? `All ${attempt} attempts are spent` : `It had ${attempt} of ${maxAttempts} attempts`
}

function times({ attempts: all }: JobDetail): string {
  const crashes = all.filter(({ outcome }) => outcome === 'crashed').length
  return crashes === 1 ? 'once' : `${crashes} times`
}

const LONGEST_ERROR = 200

/** Its first line; the sentence that it stands in has a full stop already. */
function errorText({ name: kind, message }: JobError): string {
  const line = message.split('\n', 1)[0]?.trim().replace(/\.$/, '') ?? ''
  const text = line === '' ? kind : `${kind}: ${line}`
  return text.length > LONGEST_ERROR ? `${text.slice(0, LONGEST_ERROR)}…` : text
}

function name({ class: className, method }: JobDetail): string {
  return `${className}.${method}`
}

function command(what: string, { id }: JobDetail): string {
  return `\`offstage jobs ${what} ${id}\``
}

const MOST_NAMES = 3

function named(names: readonly string[]): string {
  const distinct = [...new Set(names)]
  const rest = distinct.length - MOST_NAMES
  return distinct.slice(0, MOST_NAMES).join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}

function moment(at: Date, now: number): string {
  return `at ${at.toISOString()}, in ${formatDuration(at.getTime() - now)}`
}

function ago(at: Date, now: number): string {
  return formatDuration(Math.max(0, now - at.getTime()))
}
