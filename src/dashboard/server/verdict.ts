import { formatDuration } from '../../core/duration.ts'
import type { CauseRow, Now, QueueRow, StatusCounts, WorkerRow } from '../api.ts'
import { countText } from './count.ts'

/** A queue whose oldest due job waits longer than this is late. */
const LATE_MS = 60_000
/** A cause that has only cost retries is worth a word for so long. */
const RECENT_MS = 3_600_000
const MOST_PROBLEMS = 20
const LONGEST_NAME = 100

export interface Situation {
  /** In ms since 1970. */
  now: number
  counts: StatusCounts
  /** Of the last day. */
  causes: readonly CauseRow[]
  queues: readonly QueueRow[]
  workers: readonly WorkerRow[]
  /** Schedules whose slot waits for a worker, the longest first, and why none enqueues their jobs. */
  overdue: readonly { name: string; overdueMs: number; why: string }[]
  /** In the last hour. */
  completed: number
}

type Verdict = Pick<Now, 'tone' | 'verdict' | 'problems'>
type Problem = Now['problems'][number]

/** What somebody should know who has just been woken: one sentence or a few, and where to look, the worst first. */
export function verdictOf(whole: Situation): Verdict {
  const situation = { ...whole, causes: whole.causes.filter(({ muted }) => muted === null) }
  const muted = whole.causes.length - situation.causes.length
  const failing = failingOf(situation)
  const stuck = stuckQueues(situation.queues)
  const others = [
    ...lostWorkers(situation),
    ...overdueSchedules(situation.overdue),
    ...lateQueues(situation.queues),
    ...pausedQueues(situation.queues),
  ]
  const problems = [...failing.map(({ problem }) => problem), ...stuck, ...others].slice(0, MOST_PROBLEMS)
  const texts = [...failing.map(({ text }) => text), ...[...stuck, ...others].map(({ text }) => `${text}.`)]
  if (failing.some(({ bad }) => bad) || stuck.length > 0) return { tone: 'bad', verdict: sentences(texts), problems }
  if (problems.length > 0) return { tone: 'warning', verdict: sentences(texts), problems }
  return { ...calm(situation, muted), problems }
}

/** Three of them: more is a list, and the list is below. */
function sentences(texts: readonly string[]): string {
  return texts.slice(0, 3).join(' ')
}

function calm({ counts, completed }: Situation, muted: number): Pick<Verdict, 'tone' | 'verdict'> {
  const total = Object.values(counts).reduce((sum, { count }) => sum + count, 0)
  if (total === 0) return { tone: 'idle', verdict: 'No jobs yet.' }
  const { pending, running } = counts
  const busy = running.count > 0 ? ` ${countText(running)} running, ${countText(pending)} waiting.` : ''
  if (completed > 0) {
    const done = `${completed.toLocaleString('en-US')} ${completed === 1 ? 'job' : 'jobs'} completed in the last hour`
    const failed = muted === 0 ? 'none failed' : `but for ${muted === 1 ? 'a muted cause' : `${muted} muted causes`}`
    return { tone: 'ok', verdict: `All is well: ${done}, ${failed}.${busy}` }
  }
  if (running.count > 0) return { tone: 'ok', verdict: `All is well.${busy}` }
  if (pending.count > 0) return { tone: 'idle', verdict: `Nothing is due: ${jobs(pending)} will be later.` }
  return { tone: 'idle', verdict: 'Nothing to do: no job waits or runs.' }
}

interface Failing {
  text: string
  bad: boolean
  problem: Problem
}

/** What fails now and what failed before are two things to say; what only costs retries is said where nothing else is. */
function failingOf({ causes, now }: Situation): Failing[] {
  const isRecent = ({ lastAt }: CauseRow) => now - Date.parse(lastAt) < RECENT_MS
  const failing = causes.filter(({ jobs }) => jobs > 0)
  if (failing.length === 0) return retriedOf(causes.filter(isRecent))
  const recent = failing.filter(isRecent)
  const before = failing.filter((cause) => !isRecent(cause))
  const since = Math.min(...recent.map(({ firstAt }) => Date.parse(firstAt)))
  const last = `last ${age(now - Math.max(...before.map(({ lastAt }) => Date.parse(lastAt))))} ago`
  return [
    ...lost(recent, (what) => `Failing for ${age(now - since)}: ${what}.`),
    ...lost(before, (what) => (recent.length === 0 ? `Failed, ${last}: ${what}.` : `Before that: ${what}, ${last}.`)),
  ]
}

/** Causes that failed jobs for good. */
function lost(causes: readonly CauseRow[], say: (what: string) => string): Failing[] {
  if (causes.length === 0) return []
  const total = jobs({ count: causes.reduce((sum, cause) => sum + cause.jobs, 0), more: false })
  const text = `${causesName(causes)}: ${total} failed`
  const problem: Problem = { kind: 'failing', text, href: causesHref(causes) }
  return [{ text: say(`${causesText(causes)}, ${total}`), bad: true, problem }]
}

function retriedOf(causes: readonly CauseRow[]): Failing[] {
  if (causes.length === 0) return []
  const attempts = {
    count: causes.reduce((sum, cause) => sum + cause.attempts.count, 0),
    more: causes.some((cause) => cause.attempts.more),
  }
  const tried = `${countText(attempts)} ${attempts.count === 1 ? 'attempt' : 'attempts'}`
  const problem: Problem = {
    kind: 'failing',
    text: `${causesName(causes)}: ${tried} failed`,
    href: causesHref(causes),
  }
  return [{ text: `${causesText(causes)} of retries: ${tried}, no job lost.`, bad: false, problem }]
}

function causesText({ length }: readonly CauseRow[]): string {
  return length === 1 ? '1 cause' : `${length} causes`
}

/** The one by what it said: in a list of several things, "1 cause" says nothing. */
function causesName(causes: readonly CauseRow[]): string {
  const [only, ...more] = causes
  if (only === undefined || more.length > 0) return causesText(causes)
  const line = only.message.split('\n', 1)[0] || only.name
  return line.length > LONGEST_NAME ? `${line.slice(0, LONGEST_NAME)}…` : line
}

function causesHref(causes: readonly CauseRow[]): string {
  return causes.length === 1 ? `/causes/${causes[0]?.fingerprint}` : '/causes'
}

function stuckQueues(queues: readonly QueueRow[]): Problem[] {
  return queues
    .filter(({ paused, ready, workers }) => !paused && ready.count > 0 && workers === 0)
    .map(({ name, ready }) => {
      const text = `Queue ${name} has ${jobs(ready)} due and no worker`
      return { kind: 'no-worker', text, href: '/queues' }
    })
}

function lateQueues(queues: readonly QueueRow[]): Problem[] {
  return queues
    .filter(({ paused, workers, oldestWaitMs }) => !paused && workers > 0 && (oldestWaitMs ?? 0) > LATE_MS)
    .sort((a, b) => (b.oldestWaitMs ?? 0) - (a.oldestWaitMs ?? 0))
    .map(({ name, oldestWaitMs }) => {
      const text = `Queue ${name} is late: its oldest job has waited ${age(oldestWaitMs ?? 0)}`
      return { kind: 'late', text, href: '/queues' }
    })
}

function pausedQueues(queues: readonly QueueRow[]): Problem[] {
  return queues
    .filter(({ paused, ready }) => paused && ready.count > 0)
    .map(({ name, ready }) => ({
      kind: 'paused',
      text: `Queue ${name} is paused with ${jobs(ready)} due`,
      href: '/queues',
    }))
}

function lostWorkers({ workers, now }: Situation): Problem[] {
  return workers
    .filter(({ status }) => status === 'lost')
    .map(({ id, lastSeenAt }) => {
      const text = `Worker ${id} has not been heard of for ${age(now - Date.parse(lastSeenAt))}`
      return { kind: 'lost-worker', text, href: '/workers' }
    })
}

/** What keeps one of them mostly keeps all of them: one thing to say for each reason. */
function overdueSchedules(overdue: Situation['overdue']): Problem[] {
  return [...Map.groupBy(overdue, ({ why }) => why)].map(([why, [first, ...more]]) => {
    const { name, overdueMs } = first as Situation['overdue'][number]
    const which = more.length === 0 ? `Schedule ${name} is` : `${more.length + 1} schedules are`
    const since = more.length === 0 ? '' : `, ${name} the longest`
    return { kind: 'schedule', text: `${which} overdue by ${age(overdueMs)}${since}: ${why}`, href: '/schedules' }
  })
}

function jobs(count: { count: number; more: boolean }): string {
  return `${countText(count)} ${count.count === 1 && !count.more ? 'job' : 'jobs'}`
}

/** In whole seconds, or whole minutes: a sentence that is read has no use for more. */
function age(ms: number): string {
  const unit = ms < 60_000 ? 1_000 : 60_000
  return formatDuration(Math.max(1_000, Math.floor(ms / unit) * unit))
}
