import type { Figures } from './measure.ts'

/** What one round of a measurement came to, by side. */
export type Round = Record<string, Figures>

export interface Row {
  measure: string
  what: string
  /** The figure of one round; the median over the rounds is what is shown and judged. */
  value: (round: Round) => number
  unit: 'jobs/s' | '×' | '%' | 'ms' | 'MiB'
  /** What the figure must reach (`least`) or stay under (`most`). Without a bar it is there to be compared with. */
  bar?: { least: number } | { most: number }
}

/** Every figure that is shown, and the bars that the project has set itself. */
export const ROWS: readonly Row[] = [
  figure('drain', 'inline', 'offstage', 'rate', 'jobs/s'),
  figure('drain', 'plainjob', 'plainjob', 'rate', 'jobs/s'),
  figure('drain', 'floor: one table, claim 100, complete them', 'floor', 'rate', 'jobs/s'),
  figure('drain', 'own statements with nothing around them', 'layout', 'rate', 'jobs/s'),
  { ...ratio('drain', 'inline to plainjob', 'offstage', 'plainjob', 'rate'), bar: { least: 8 } },
  { ...share('drain', 'inline to the floor', 'offstage', 'floor', 'rate'), bar: { least: 30 } },
  share('drain', 'inline to its own statements', 'offstage', 'layout', 'rate'),

  figure('logs', 'log files off', 'off', 'rate', 'jobs/s'),
  figure('logs', 'log files on', 'on', 'rate', 'jobs/s'),
  { ...share('logs', 'rate that is left with them on', 'on', 'off', 'rate'), bar: { least: 75 } },

  figure('enqueue', 'one at a time', 'offstage', 'single', 'jobs/s'),
  figure('enqueue', '32 at a time', 'offstage', 'concurrent', 'jobs/s'),
  figure('enqueue', '1,000 in a call', 'offstage', 'bulk', 'jobs/s'),
  figure('enqueue', 'plainjob, one at a time', 'plainjob', 'single', 'jobs/s'),
  figure('enqueue', 'plainjob, 1,000 in a call', 'plainjob', 'bulk', 'jobs/s'),
  figure('enqueue', 'floor, one at a time', 'floor', 'single', 'jobs/s'),
  figure('enqueue', 'floor, 1,000 in a statement', 'floor', 'bulk', 'jobs/s'),
  { ...ratio('enqueue', 'one at a time to plainjob', 'offstage', 'plainjob', 'single'), bar: { least: 1 } },
  { ...ratio('enqueue', '32 at a time to plainjob', 'offstage', 'plainjob', 'concurrent'), bar: { least: 3 } },
  { ...ratio('enqueue', '1,000 in a call to plainjob', 'offstage', 'plainjob', 'bulk'), bar: { least: 0.8 } },

  { ...figure('children', 'process, two children', 'process', 'rate', 'jobs/s'), bar: { least: 15_000 } },
  { ...figure('children', 'thread, two threads', 'thread', 'rate', 'jobs/s'), bar: { least: 20_000 } },

  { ...figure('latency', 'same process, p50', 'here', 'p50', 'ms'), bar: { most: 1 } },
  figure('latency', 'same process, p99', 'here', 'p99', 'ms'),
  { ...figure('latency', 'another process, p50', 'elsewhere', 'p50', 'ms'), bar: { most: 5 } },
  { ...figure('latency', 'another process, p99', 'elsewhere', 'p99', 'ms'), bar: { most: 20 } },
  { ...figure('latency', 'idle worker, of one core', 'idle', 'cpu', '%'), bar: { most: 1 } },

  figure('backlog', '20,000 pending alone', 'small', 'rate', 'jobs/s'),
  figure('backlog', '3,100,000 jobs in the file', 'full', 'rate', 'jobs/s'),
  { ...share('backlog', 'rate that is left in the full file', 'full', 'small', 'rate'), bar: { least: 80 } },

  figure('retention', 'longest pause, all kept', 'kept', 'pause', 'ms'),
  { ...figure('retention', 'longest pause, 1,000,000 removed', 'pruned', 'pause', 'ms'), bar: { most: 50 } },
  figure('retention', 'longest stretch of its thread busy, all kept', 'kept', 'busy', 'ms'),
  { ...figure('retention', 'longest stretch of its thread busy, removing', 'pruned', 'busy', 'ms'), bar: { most: 25 } },
  figure('retention', 'drained meanwhile', 'pruned', 'rate', 'jobs/s'),
  figure('retention', 'removed', 'pruned', 'removed', 'jobs/s'),

  { ...figure('command', 'peak memory of a drain of 1,000,000', 'memory', 'mib', 'MiB'), bar: { most: 120 } },
  { ...figure('command', 'start to first job, inline', 'inline', 'ms', 'ms'), bar: { most: 300 } },
  { ...figure('command', 'start to first job, process', 'process', 'ms', 'ms'), bar: { most: 300 } },
]

function figure(measure: string, what: string, side: string, name: string, unit: Row['unit']): Row {
  return { measure, what, unit, value: (round) => of(round, side, name) }
}

function ratio(measure: string, what: string, side: string, other: string, name: string): Row {
  return { measure, what, unit: '×', value: (round) => of(round, side, name) / of(round, other, name) }
}

function share(measure: string, what: string, side: string, other: string, name: string): Row {
  return { measure, what, unit: '%', value: (round) => (100 * of(round, side, name)) / of(round, other, name) }
}

function of(round: Round, side: string, name: string): number {
  return round[side]?.[name] ?? Number.NaN
}

export type Verdict = 'PASS' | 'MISS'

export function verdict(bar: Row['bar'], value: number): Verdict | undefined {
  if (bar === undefined) return undefined
  return ('least' in bar ? value >= bar.least : value <= bar.most) ? 'PASS' : 'MISS'
}
