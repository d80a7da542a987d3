import type { Schedule } from '../../core/schedule.ts'
import { shownArgs } from '../../core/secret.ts'
import type { DueSchedule, ScheduleTerms } from '../../store/schedules.ts'
import type { Statement, Value } from './database.ts'

/** A schedule, as its table has it. */
export interface Row {
  name: string
  class: string
  method: string
  args: string
  options: string
  cron: string
  timezone: string
  missed: Schedule['missed']
  overlap: Schedule['overlap']
  declared: number
  paused: number
  pause_reason: string | null
  next_at: number | null
  last_at: number | null
  last_job: string | null
  created_at: number
  updated_at: number
}

export const TERMS = [
  'class',
  'method',
  'args',
  'options',
  'cron',
  'timezone',
  'missed',
  'overlap',
  'declared',
] as const
const COLUMNS = [
  'name',
  ...TERMS,
  'paused',
  'pause_reason',
  'next_at',
  'last_at',
  'last_job',
  'created_at',
  'updated_at',
] as const satisfies readonly (keyof Row)[]
export const columns: Statement = { text: COLUMNS.join(', '), values: [] }

export function rowOf(terms: ScheduleTerms, nextAt: number | undefined, now: number): Row {
  return {
    ...terms,
    declared: terms.declared ? 1 : 0,
    paused: 0,
    pause_reason: null,
    next_at: nextAt ?? null,
    last_at: null,
    last_job: null,
    created_at: now,
    updated_at: now,
  }
}

export function valuesOf(row: Row): Value[] {
  return COLUMNS.map((name) => row[name])
}

export function toTerms(row: Row): ScheduleTerms {
  const { name, class: className, method, args, options, cron, timezone, missed, overlap, declared } = row
  return { name, class: className, method, args, options, cron, timezone, missed, overlap, declared: declared === 1 }
}

export function toDue(row: Row): DueSchedule {
  return { ...toTerms(row), nextAt: row.next_at as number, lastJobId: row.last_job, updatedAt: row.updated_at }
}

export function toSchedule(row: Row): Schedule {
  const { args, options, ...terms } = toTerms(row)
  return {
    ...terms,
    args: JSON.parse(shownArgs(args)),
    options: JSON.parse(options),
    paused: row.paused === 1,
    pauseReason: row.pause_reason,
    nextAt: dateOf(row.next_at),
    lastAt: dateOf(row.last_at),
    lastJobId: row.last_job,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
  }
}

function dateOf(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms)
}
