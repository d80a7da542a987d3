import type { Figures } from './measure.ts'

/** What one round of a measurement came to, by side. */
export type Round = Record<string, Figures>

export interface Row {
  measure: string
  what: string
  /** The figure of one round; the median over the rounds is what is shown and judged. */
  value: (round: Round) => number
  unit: 'jobs/s' | '×' | '%' | 'ms' | 'MiB' | ''
  /** What the figure must reach (`least`) or stay under (`most`). Without a bar it is there to be compared with. */
  bar?: { least: number } | { most: number }
}

const PEERS_ENQUEUE = [
  ['offstage', 'Offstage'],
  ['graphile', 'graphile-worker'],
  ['pgBoss', 'pg-boss'],
  ['bullmqRedis', 'BullMQ on Redis'],
  ['bullmqDurable', 'BullMQ on Redis that waits for its disk'],
  ['bullmqPostgres', 'BullMQ on PostgreSQL'],
  ['sidequest', 'Sidequest'],
  ['floor', 'floor'],
] as const
const PRODUCERS = [
  ['offstage', 'Offstage'],
  ['untold', 'Offstage, notify=false'],
  ['graphile', 'graphile-worker'],
  ['pgBoss', 'pg-boss'],
] as const
const ON_POSTGRES = ['graphile', 'pgBoss', 'bullmqPostgres', 'sidequest']

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

  figure('postgres-drain', 'inline, finished jobs kept', 'offstage', 'rate', 'jobs/s'),
  figure('postgres-drain', 'graphile-worker tuned, deletes what finished', 'tuned', 'rate', 'jobs/s'),
  figure('postgres-drain', 'graphile-worker', 'graphile', 'rate', 'jobs/s'),
  figure('postgres-drain', 'pg-boss, batched', 'pgBoss', 'rate', 'jobs/s'),
  figure('postgres-drain', 'BullMQ on Redis', 'bullmqRedis', 'rate', 'jobs/s'),
  figure('postgres-drain', 'BullMQ on PostgreSQL', 'bullmqPostgres', 'rate', 'jobs/s'),
  figure('postgres-drain', 'Sidequest, inline', 'sidequest', 'rate', 'jobs/s'),
  figure('postgres-drain', 'floor: one table, claim 500, complete them', 'floor', 'rate', 'jobs/s'),
  { ...ratio('postgres-drain', 'inline to graphile-worker tuned', 'offstage', 'tuned', 'rate'), bar: { least: 2 } },
  share('postgres-drain', 'inline to the floor', 'offstage', 'floor', 'rate'),

  ...PEERS_ENQUEUE.flatMap(([side, name]) => [
    figure('postgres-enqueue', `${name}, one at a time`, side, 'single', 'jobs/s'),
    figure('postgres-enqueue', `${name}, 32 at a time`, side, 'concurrent', 'jobs/s'),
    figure('postgres-enqueue', `${name}, 1,000 in a call`, side, 'bulk', 'jobs/s'),
  ]),
  { ...toBest('32 at a time to the best on PostgreSQL', 'concurrent', ON_POSTGRES), bar: { least: 12 } },
  { ...toBest('32 at a time to BullMQ on Redis', 'concurrent', ['bullmqRedis']), bar: { least: 1 } },
  toBest('32 at a time to BullMQ on Redis, as durable', 'concurrent', ['bullmqDurable']),
  { ...toBest('1,000 in a call to the best on PostgreSQL', 'bulk', ON_POSTGRES), bar: { least: 1.5 } },

  ...PRODUCERS.flatMap(([side, name]): Row[] => [
    figure('postgres-producers', `${name}, 8 processes`, side, 'single', 'jobs/s'),
    figure('postgres-producers', `${name}, 4 processes, 32 at a time`, side, 'concurrent', 'jobs/s'),
  ]),

  { ...figure('postgres-latency', 'same process, p50', 'here', 'p50', 'ms'), bar: { most: 2.1 } },
  { ...figure('postgres-latency', 'same process, p99', 'here', 'p99', 'ms'), bar: { most: 6 } },
  figure('postgres-latency', 'another process, p50', 'elsewhere', 'p50', 'ms'),
  figure('postgres-latency', 'another process, p99', 'elsewhere', 'p99', 'ms'),
  figure('postgres-latency', 'graphile-worker, p50', 'graphile', 'p50', 'ms'),
  figure('postgres-latency', 'graphile-worker, p99', 'graphile', 'p99', 'ms'),
  figure('postgres-latency', 'BullMQ on Redis, p50', 'bullmqRedis', 'p50', 'ms'),
  figure('postgres-latency', 'BullMQ on Redis, p99', 'bullmqRedis', 'p99', 'ms'),
  figure('postgres-latency', 'BullMQ on PostgreSQL, p50', 'bullmqPostgres', 'p50', 'ms'),
  figure('postgres-latency', 'BullMQ on PostgreSQL, p99', 'bullmqPostgres', 'p99', 'ms'),
  { ...figure('postgres-latency', 'idle worker, of a core of the server', 'idle', 'cpu', '%'), bar: { most: 1 } },
  { ...figure('postgres-latency', 'connections of a worker', 'idle', 'connections', ''), bar: { most: 6 } },

  figure('postgres-backlog', '20,000 pending alone', 'small', 'rate', 'jobs/s'),
  figure('postgres-backlog', 'beside 3,000,000 jobs', 'full', 'rate', 'jobs/s'),
  { ...share('postgres-backlog', 'rate that is left beside them', 'full', 'small', 'rate'), bar: { least: 80 } },

  figure('postgres-long', '3,000,000 in a row', 'offstage', 'rate', 'jobs/s'),
  figure('postgres-long', 'median of its windows of 10 s', 'offstage', 'median', 'jobs/s'),
  { ...figure('postgres-long', 'slowest window, of the median', 'offstage', 'slowest', '%'), bar: { least: 50 } },

  ...(['sqlite', 'postgres'] as const).flatMap((side): Row[] => [
    { ...figure('queries', `${side}: slowest list, p95`, side, 'list', 'ms'), bar: { most: 100 } },
    { ...figure('queries', `${side}: slowest count by status, p95`, side, 'count', 'ms'), bar: { most: 100 } },
    { ...figure('queries', `${side}: queues, p95`, side, 'queues', 'ms'), bar: { most: 100 } },
    { ...figure('queries', `${side}: 50 causes of 20,000 failures, p95`, side, 'causes', 'ms'), bar: { most: 200 } },
  ]),

  ...(['sqlite', 'postgres'] as const).flatMap((side): Row[] => [
    { ...figure('dashboard', `${side}: slowest route, p95`, side, 'p95', 'ms'), bar: { most: 100 } },
    figure('dashboard', `${side}: all routes, p50`, side, 'p50', 'ms'),
    { ...figure('dashboard', `${side}: slowest page painted`, side, 'page', 'ms'), bar: { most: 1_000 } },
    figure('dashboard', `${side}: slowest visit of any page`, side, 'longest', 'ms'),
    { ...figure('dashboard', `${side}: ten tabs, nothing happens, of a core`, side, 'idle', '%'), bar: { most: 5 } },
    { ...figure('dashboard', `${side}: ten tabs, a worker drains, of a core`, side, 'busy', '%'), bar: { most: 5 } },
    figure('dashboard', `${side}: drain alone`, side, 'alone', 'jobs/s'),
    figure('dashboard', `${side}: drain with ten tabs open`, side, 'watched', 'jobs/s'),
    { ...figure('dashboard', `${side}: rate kept with ten tabs open`, side, 'kept', '%'), bar: { least: 90 } },
    figure('dashboard', `${side}: processor time of a job then, of alone`, side, 'perJob', '%'),
    figure('dashboard', `${side}: rate kept at 10 questions a second`, side, 'pacedKept', '%'),
    figure('dashboard', `${side}: rate kept when asked without a pause`, side, 'closedKept', '%'),
    figure('dashboard', `${side}: slowest route then, p95`, side, 'closedP95', 'ms'),
  ]),

  figure('mariadb', 'drain, inline', 'drain', 'rate', 'jobs/s'),
  figure('mariadb', 'one at a time', 'enqueue', 'single', 'jobs/s'),
  figure('mariadb', '32 at a time', 'enqueue', 'concurrent', 'jobs/s'),
  figure('mariadb', '1,000 in a call', 'enqueue', 'bulk', 'jobs/s'),
]

function figure(measure: string, what: string, side: string, name: string, unit: Row['unit']): Row {
  return { measure, what, unit, value: (round) => of(round, side, name) }
}

function ratio(measure: string, what: string, side: string, other: string, name: string): Row {
  return { measure, what, unit: '×', value: (round) => of(round, side, name) / of(round, other, name) }
}

/** Offstage's figure to that of the best of the peers named. */
function toBest(what: string, name: string, peers: readonly string[]): Row {
  const value = (round: Round) =>
    of(round, 'offstage', name) / Math.max(...peers.map((peer) => of(round, peer, name)).filter((each) => each > 0))
  return { measure: 'postgres-enqueue', what, unit: '×', value }
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
