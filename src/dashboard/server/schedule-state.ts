import { formatDuration } from '../../core/duration.ts'
import { isOverdue, type Schedule } from '../../core/schedule.ts'
import type { WorkerInfo } from '../../store/queried.ts'
import type { ScheduleRow, ScheduleSource } from '../api.ts'
import type { Facts } from './reads/read.ts'

type Named = Pick<Schedule, 'name' | 'class' | 'method' | 'declared'>

/** What is known here of who enqueues for a schedule. Workers do not tell which handlers and schedules they have. */
export interface Surroundings {
  /** The database's clock, in ms since 1970. */
  now: number
  workers: readonly Pick<WorkerInfo, 'status'>[]
  facts: Facts
}

type State = Pick<ScheduleRow, 'state' | 'problem' | 'overdueMs'>

export function stateOf(schedule: Named & Pick<Schedule, 'paused' | 'nextAt'>, around: Surroundings): State {
  const { paused, nextAt } = schedule
  const calm = { problem: null, overdueMs: null }
  if (paused) return { ...calm, state: 'paused' }
  if (nextAt === null) return { ...calm, state: 'over' }
  const overdueMs = around.now > nextAt.getTime() ? around.now - nextAt.getTime() : null
  if (isOverdue(nextAt.getTime(), around.now)) {
    const { text, remedy } = whyNobody(schedule, around)
    return { state: 'overdue', overdueMs, problem: { text: `${dueFor(overdueMs ?? 0)}, but ${text}`, remedy } }
  }
  if (enqueuing(around) > 0) return { ...calm, overdueMs, state: 'waiting' }
  return { state: 'no-worker', overdueMs, problem: { text: 'No worker runs', remedy: START } }
}

/** Why no worker enqueues for it, in a part of a sentence, and what to do. */
export function whyNobody(schedule: Named, around: Surroundings): { text: string; remedy: string } {
  const name = `${schedule.class}.${schedule.method}`
  const count = enqueuing(around)
  if (count === 0) return { text: 'no worker runs', remedy: START }
  const text = count === 1 ? 'the worker that runs does not enqueue it' : `none of ${count} workers enqueues it`
  if (sourceOf(schedule, around.facts) === 'other-config') {
    return {
      text,
      remedy:
        'It is not in the config here: if it was taken out of the config, remove it. Else start a worker that has it.',
    }
  }
  if (!isAllowed(schedule, around.facts)) {
    return { text, remedy: `The config here does not allow \`${name}\`: allow it, and restart the workers.` }
  }
  const older = `Restart workers with an older config: it may lack ${schedule.declared ? 'it' : `\`${name}\``}.`
  return { text, remedy: `${older} Else its jobs cannot be enqueued, and a worker has warned why.` }
}

export function sourceOf({ name, declared }: Pick<Named, 'name' | 'declared'>, { schedules }: Facts): ScheduleSource {
  if (!declared) return 'set'
  return schedules.includes(name) ? 'config' : 'other-config'
}

export function isAllowed({ class: className, method }: Pick<Named, 'class' | 'method'>, { handlers }: Facts): boolean {
  return handlers.some((handler) => handler.class === className && handler.method === method)
}

const START = 'Start a worker with `npx offstage work`.'

/** Workers that are quiet claim no jobs, but enqueue those of schedules; one that stops has stopped that. */
function enqueuing({ workers }: Surroundings): number {
  return workers.filter(({ status }) => status === 'running' || status === 'quiet').length
}

function dueFor(ms: number): string {
  return `Due for ${formatDuration(Math.floor(ms / 60_000) * 60_000)}`
}
