export type { ArgsOf, ManyOptions, MethodOf, RunBackgroundJob, RunBackgroundJobs, Target } from './client/job-types.ts'
export type { ChangeJobs, JobsApi } from './client/jobs.ts'
export type { Metrics, MetricsOptions } from './client/metrics.ts'
export type { JobOptions } from './client/new-job.ts'
export type { QueuesApi } from './client/queues.ts'
export type { ScheduleOptions, ScheduleTuple, SetSchedule } from './client/schedule-types.ts'
export type { SchedulesApi } from './client/schedules.ts'
export type { WorkersApi } from './client/workers.ts'
export { type Allowed, allow, type JobClass } from './core/allow.ts'
export type { DashboardConfig } from './core/dashboard-settings.ts'
export { ERROR_CODES, type ErrorCode, FailJob, OffstageError, SnoozeJob } from './core/errors.ts'
export type { EventName, Listener, OffstageEvents, WorkerState } from './core/events.ts'
export type { JobFilter } from './core/filter.ts'
export type {
  Backoff,
  BackoffFunction,
  Duration,
  EnqueuePolicy,
  EnqueueTerms,
  HandlerOptions,
  Isolation,
  Priority,
  Unique,
} from './core/handler.ts'
export { newId } from './core/id.ts'
export type { Enqueued, Job, JobAttempt, JobDetail, JobError, JobId, JobStatus } from './core/job.ts'
export type { Missed, Overlap, Schedule } from './core/schedule.ts'
export { type Secret, secret } from './core/secret.ts'
export type { LogsConfig, OffstageConfig, RetentionConfig, WorkerConfig } from './core/settings.ts'
export type { StandardSchemaV1 } from './core/standard-schema.ts'
export { priorityWeighted } from './core/strategies.ts'
export type { AppUser, Authorize, Dashboard, DashboardOptions, NodeHandler } from './dashboard/dashboard.ts'
export { type Definition, defineOffstage, type Offstage, type StartOptions } from './offstage.ts'
export type { CommandResult } from './store/commands.ts'
export type { JobPage, ListRequest, LogLine, QueueInfo, Severity, WorkerInfo } from './store/queried.ts'
export type { HandlerRates, Percentiles, RatePoint, Rates, Tally } from './store/rates.ts'

export type { Transaction } from './store/transaction.ts'
export { type CurrentJob, currentJob } from './worker/entry/current-job.ts'
export type { Worker } from './worker/worker.ts'
