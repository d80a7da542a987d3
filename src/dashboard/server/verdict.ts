import { formatDuration } from '../../core/duration.ts'
import type { CauseRow, Now, QueueRow, StatusCounts, WorkerRow } from '../api.ts'
import { countText } from './count.ts'

/** A queue whose oldest due job waits longer than this is late. */
const LATE_MS = 60_000
/** A cause that has only cost retries is worth a word for so long. */
const RECENT_MS = 3_600_000
const MOST_PROBLEMS = 20

export interface Situation {
  /** In ms since 1970. */
  now: number
  counts: StatusCounts
  /** Of the last day. */
  causes: readonly CauseRow[]
  queues: readonly QueueRow[]
  workers: readonly WorkerRow[]
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
  const others = [...lostWorkers(situation), ...lateQueues(situation.queues), ...pausedQueues(situation.queues)]
  const problems = [...(failing === undefined ? [] : [failing.problem]), ...stuck, ...others].slice(0, MOST_PROBLEMS)
  const texts = [
    ...(failing === undefined ? [] : [failing.text]),
    ...[...stuck, ...others].map(({ text }) => `${text}.`),
  ]
  if (failing?.bad || stuck.length > 0) return { tone: 'bad', verdict: sentences(texts), problems }
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

function failingOf({ causes, now }: Situation): { text: string; bad: boolean; problem: Problem } | undefined {
  const failing = causes.filter(({ jobs }) => jobs > 0)
  const bad = failing.length > 0
  const shown = bad ? failing : causes.filter(({ lastAt }) => now - Date.parse(lastAt) < RECENT_MS)
  const [first] = shown
  if (first === undefined) return undefined
  const since = Math.min(...shown.map(({ firstAt }) => Date.parse(firstAt)))
  const last = Math.max(...shown.map(({ lastAt }) => Date.parse(lastAt)))
  const causesText = shown.length === 1 ? '1 cause' : `${shown.length} causes`
  const total = shown.reduce((sum, { jobs }) => sum + jobs, 0)
  const attempts = {
    count: shown.reduce((sum, cause) => sum + cause.attempts.count, 0),
    more: shown.some((cause) => cause.attempts.more),
  }
  const href = shown.length === 1 ? `/causes/${first.fingerprint}` : '/causes'
  // What failed an hour ago and no more is still to be looked at, but it is not failing now.
  const verb = now - last < RECENT_MS ? `Failing for ${age(now - since)}` : `Failed, last ${age(now - last)} ago`
  const text = bad
    ? `${verb}: ${causesText}, ${jobs({ count: total, more: false })}.`
    : `${causesText} of retries: ${countText(attempts)} ${attempts.count === 1 ? 'attempt' : 'attempts'}, no job lost.`
  const about = bad ? `${jobs({ count: total, more: false })} failed` : `${countText(attempts)} attempts failed`
  return { text, bad, problem: { kind: 'failing', text: `${causesText}: ${about}`, href } }
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

function jobs(count: { count: number; more: boolean }): string {
  return `${countText(count)} ${count.count === 1 && !count.more ? 'job' : 'jobs'}`
}

/** In whole seconds: a sentence that is read has no use for more. */
function age(ms: number): string {
  return formatDuration(Math.max(1_000, Math.round(ms / 1_000) * 1_000))
}
