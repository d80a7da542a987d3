/**
 * The dashboard's HTTP API as types: what the server answers and the pages read. Times are ISO 8601 in UTC, durations
 * milliseconds in `…Ms`. `docs/api.md` and `/api/openapi.json` describe the same.
 *
 * Reads:
 *   GET  /api/me                          Me (401 with `signIn` when nobody is signed in)
 *   GET  /api/now                         Now
 *   GET  /api/causes?since=24h            { causes: CauseRow[] }
 *   GET  /api/causes/:fingerprint?since=  CauseDetail
 *   GET  /api/jobs?filter=&limit=&cursor= JobList
 *   GET  /api/jobs/counts?filter=         StatusCounts: with the filter's own status left out
 *   GET  /api/jobs/:id                    JobView
 *   GET  /api/jobs/:id/logs?attempt=&after=  LogPage
 *   GET  /api/schedules                   { schedules: ScheduleRow[] } ; /api/schedules/:name  ScheduleView
 *   GET  /api/queues | /api/workers | /api/handlers?since= | /api/metrics?since=&class=&method=&queue=
 *   GET  /api/logs?file=&severity=&class=&job=&text=&before=  LogFilePage
 *   GET  /api/activity?before=&actor=&action=&target=         Activity
 *   GET  /api/operations | /api/operations/:id
 *   GET  /api/settings | /api/users | /api/invitations | /api/sessions | /api/tokens
 *   GET  /api/jobs/:id/log.txt?attempt=   what it logged, to download
 *   GET  /api/events                      SSE: `event: change`, data ChangeEvent, at most one a second. The first comes
 *                                         at once; after a lost connection it says what to look at again. `event: end`
 *                                         when the session has ended: sign in again. Comments keep it open.
 *   GET  /api/openapi.json                all of this, for machines
 * Writes (all refuse cross-site requests; every one leaves an audit row):
 *   POST /api/sign-in { email, password } | /api/sign-in/link { link } | /api/register { invite, name, password }
 *   POST /api/sign-out | PUT /api/me/password { current, password }
 *   POST /api/jobs  EnqueueRequest → 201 { id, status } ; POST /api/jobs/:id/copy  EnqueueRequest → 201 { id, status }
 *   POST /api/jobs/:id/retry | run-now | cancel | delete → { result: 'done' | 'requested' } ; 409 when it has moved on
 *   POST /api/jobs/actions { action, ids } → { results: CommandResult[] }
 *   POST /api/operations/preview { action, filter } → OperationPreview
 *   POST /api/operations { action, filter, pace } → 202 OperationView ; POST /api/operations/:id/abort
 *   POST /api/jobs/clear { confirm: 'clear' } → 202 OperationView
 *   POST /api/causes/:fingerprint/mute { hours } | unmute
 *   POST /api/queues/:name/pause { reason? } | resume ; POST /api/workers/:id/quiet | stop | resume
 *   POST /api/schedules/:name/run → 201 { id, status } | pause { reason? } | resume ; DELETE /api/schedules/:name
 *   POST /api/invitations { email, role } → { link } ; DELETE /api/invitations/:hash
 *   PATCH /api/users/:id { role?, permissions?, disabled?, name? } ; DELETE /api/users/:id
 *   DELETE /api/sessions/:id ; POST /api/tokens { name, scopes, expiresInDays } → { token } ; DELETE /api/tokens/:id
 *   PUT /api/settings { readOnly?, auditDays? … }
 */
import type { JobDetail, JobError, JobStatus } from '../core/job.ts'
import type { Role } from '../store/access.ts'
import type { QueueRow } from './api-engine.ts'

export type * from './api-admin.ts'
export type * from './api-engine.ts'
export type * from './api-schedules.ts'

/** A value as it is in JSON. */
export type Json<T> = T extends Date
  ? string
  : T extends (infer Each)[]
    ? Json<Each>[]
    : T extends object
      ? { [Key in keyof T]: Json<T[Key]> }
      : T

/**
 * What the server writes into the page, as JSON in `<script type="application/json" id="offstage">`. The pages are built
 * with relative URLs (`base: './'`): in `index.html` the server makes `="./` begin with the base path.
 */
export interface PageConfig {
  /** Empty, or as `/admin/jobs`: what every URL of the API and of the pages begins with. */
  basePath: string
  version: string
}

/** The one shape of every error: 400, 401, 403, 404, 409, 413, 429, 500, 503. */
export interface ApiError {
  error: {
    /**
     * Of `docs/errors.md`, and `INVALID` (400), `SIGN_IN_REQUIRED`, `SIGN_IN_FAILED`, `LINK_INVALID`, `TOKEN_INVALID`
     * (401), `FORBIDDEN`, `CROSS_SITE`, `READ_ONLY` (403), `NOT_FOUND` (404), `BODY_TOO_LARGE` (413),
     * `TOO_MANY_ATTEMPTS` (429), `QUERY_TIMEOUT` (503: show a banner), `INTERNAL` (500).
     */
    code: string
    /** What is wrong and what to do, for people. */
    message: string
    /** Of a 400: which field, as `options.retries` or `filter`. */
    field?: string
    reason?: string
    /** Of a 409: what the job has become. */
    status?: JobStatus
    /** Of a 403: the permission that is missing. */
    permission?: string
    /** Of a 401: `password` when there is a sign-in here, `external` when the embedding app has it. */
    signIn?: 'password' | 'external'
    /** Of a 429 and some 503: when to try again. */
    retryAfterMs?: number
  }
}

export interface Me {
  id: string
  name: string
  email: string | null
  role: Role | null
  permissions: string[]
  /** Nobody can change anything now, whatever their permissions. */
  readOnly: boolean
  /** True when the embedding app decides who this is: there is no sign-out here then. */
  external: boolean
  /** False for a user who can only sign in by a link; null where there are no users. */
  hasPassword: boolean | null
  version: string
  /** As `sqlite:offstage.db`, without any secret. */
  database: string
  /** What this install has: pages and buttons without it are left out. */
  features: { logs: boolean; users: boolean; enqueue: boolean }
}

export interface Count {
  count: number
  /** There are more than `count`. */
  more: boolean
}
export type StatusCounts = Record<JobStatus, Count>

/** The page to land on. `verdict` is a sentence; `tone` its colour and icon. */
export interface Now {
  at: string
  tone: 'ok' | 'warning' | 'bad' | 'idle'
  verdict: string
  /** What is wrong, the worst first, each with where to look. */
  problems: { kind: ProblemKind; text: string; href: string }[]
  counts: StatusCounts
  causes: CauseRow[]
  queues: QueueRow[]
  /** The last hour by minute. */
  series: SeriesPoint[]
  /** What has been deployed in the last hour. */
  deploys: Deploy[]
  oldestWaitMs: number | null
  workers: { running: number; quiet: number; lost: number }
}
export type ProblemKind = 'failing' | 'no-worker' | 'late' | 'lost-worker' | 'schedule' | 'paused' | 'read-only'

export interface SeriesPoint {
  at: string
  completed: number
  failed: number
  retried: number
  cancelled: number
}

/** The first worker of another release of the app was started. */
export interface Deploy {
  release: string
  at: string
}

export interface CauseRow {
  fingerprint: string
  name: string
  message: string
  code: string | null
  attempts: Count
  jobs: number
  firstAt: string
  lastAt: string
  /** The app's release that the first one ran under; null when it is not known. */
  firstRelease: string | null
  /** Somebody has muted it: it is listed last, and no verdict speaks of it. */
  muted: { until: string | null; by: string } | null
  trend: number[]
  handlers: { class: string; method: string; attempts: number }[]
  /** Of the newest. */
  jobId: string
}

export interface CauseDetail extends CauseRow {
  error: JobError
  frames: Frame[]
  /** What the failures share that successes of the same handlers do not: the strongest first. */
  traits: Trait[]
  samples: JobRow[]
  /** The last lines that the newest attempt logged. */
  logs: LogEntry[]
  /** Jobs that can be retried now, as filter text. */
  retryFilter: string
  retryable: Count
}

/** A value that failures have more often than successes, such as queue = mail, worker = w3, args.user.plan = free. */
export interface Trait {
  field: string
  value: string
  /** Shares, 0 to 1. */
  failed: number
  succeeded: number
}

export interface Frame {
  function: string | null
  file: string | null
  line: number | null
  column: number | null
  /** Of the app's own code, not of a library, Node.js or Offstage. */
  own: boolean
  /** The line as it was. */
  text: string
}

export type JobRow = Json<Omit<JobDetail, 'attempts'>> & {
  /** The first line of its error. */
  errorLine: string | null
  /** Something of it (arguments, result, progress, error) was too long and has been shortened, ending in `…`. */
  cut: boolean
}

export interface JobList {
  /** May be fewer than asked for, or none, although there is a cursor: so far nothing more was found, look on. */
  jobs: JobRow[]
  cursor: string | null
  at: string
}

export type JobAction = 'retry' | 'run-now' | 'cancel' | 'delete'

export interface JobView {
  job: JobRow
  /** The last 200, of which the last 20 with stacks. */
  attempts: AttemptView[]
  /** Why it waits, runs or failed, and what to do about it. */
  why: { text: string; remedy: string | null }
  actions: JobAction[]
  /** The job that this one is an edited copy of, and its own copies. */
  copyOf: string | null
  copies: string[]
  /** The schedule that it was enqueued for, while there is one of that name. */
  schedule: string | null
  fingerprint: string | null
  /** As in `offstage jobs show 0193…`. */
  cli: string
}

export interface AttemptView {
  attempt: number
  outcome: string | null
  workerId: string | null
  release: string | null
  startedAt: string
  finishedAt: string | null
  durationMs: number | null
  error: JobError | null
  frames: Frame[]
}

export interface LogEntry {
  attempt: number
  at: string
  severity: 'debug' | 'info' | 'warning' | 'error'
  text: string
}
export interface LogPage {
  lines: LogEntry[]
  /** How many lines there are up to here: `after` of the next call. */
  next: number
  /** The attempt still runs: more may come. */
  live: boolean
}

/** What has changed since the event before: the pages look again at what they show of it. */
export interface ChangeEvent {
  at: string
  /** Any of jobs, queues, workers, schedules, operations, logs, access. */
  changed: string[]
  counts: StatusCounts
}
