import { isOverdue, type Schedule } from '../core/schedule.ts'
import type { OffstageEngine } from '../engine.ts'
import type { Style } from './output.ts'
import { ago, localTime } from './time-text.ts'

/** A schedule with what can be said of it from here. */
export interface SeenSchedule extends Schedule {
  /** Whether the config at hand allows its method; null when there is no config. */
  allowed: boolean | null
}

/** As it is printed with `--json`. */
export function seenFrom(engine: OffstageEngine | undefined, schedule: Schedule): SeenSchedule {
  const allowed = engine === undefined ? null : engine.registry.find(schedule.class, schedule.method) !== undefined
  return { ...schedule, allowed }
}

type State = 'paused' | 'not allowed' | 'ended' | 'overdue' | 'active'

const STYLES: Record<State, Style> = {
  paused: 'yellow',
  'not allowed': 'red',
  ended: 'yellow',
  overdue: 'red',
  active: 'green',
}

/** @param now The database's clock, in ms since 1970. */
export function stateOf({ paused, allowed, nextAt }: SeenSchedule, now: number): State {
  if (paused) return 'paused'
  if (allowed === false) return 'not allowed'
  if (nextAt === null) return 'ended'
  return isOverdue(nextAt.getTime(), now) ? 'overdue' : 'active'
}

export function stateStyle(state: State): Style {
  return STYLES[state]
}

/** `paused: the printer is broken` */
export function stateText(schedule: SeenSchedule, now: number): string {
  const state = stateOf(schedule, now)
  return state === 'paused' && schedule.pauseReason !== null ? `${state}: ${schedule.pauseReason}` : state
}

/** Where it was written: `config`, or `run time` when a call has set it. */
export function origin(engine: OffstageEngine | undefined, { name, declared }: Schedule): string {
  if (!declared) return 'run time'
  return engine === undefined || engine.scheduling.isDeclared(name) ? 'config' : 'other config'
}

/** `2026-11-22 10:00:00 (in 5m)` */
export function moment(at: Date, now?: number): string {
  return `${localTime(at)} (${ago(at, now)})`
}
