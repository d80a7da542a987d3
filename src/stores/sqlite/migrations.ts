import type { Migration } from '../sql/migrate.ts'

/**
 * Facts are inserted once and never updated (`job`); what is hot is narrow and small (`ready`, `delayed`,
 * `running`: keys and counters only); what an attempt came to is appended (`attempt`). A job's status is the table
 * that it is in: see docs/decisions/0001-table-layout.md for the figures behind this.
 *
 * rank = -priority, so that every key is in claim order. Times are ms since 1970, durations ms.
 */
export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'jobs, queues, workers',
    statements: [
      `create table offstage_handler (
        id integer primary key, class text not null, method text not null, unique (class, method)
      ) strict`,
      `create table offstage_queue (
        id integer primary key, name text not null unique, paused integer not null default 0
      ) strict`,
      // autoincrement: the number of a job that was deleted is never given to another, or what a late attempt says of
      // the one would be written to the other.
      `create table offstage_job (
        seq integer primary key autoincrement, id text not null unique, handler integer not null, queue integer not null,
        priority integer not null, args text not null, max_attempts integer not null, created_at integer not null,
        run_at integer not null, expires_at integer, policy text, tags text
      ) strict`,
      `create table offstage_ready (
        queue integer not null, rank integer not null, run_at integer not null, id text not null,
        seq integer not null, attempt integer not null, spared integer not null, crashes integer not null,
        handler integer not null, primary key (queue, rank, run_at, id)
      ) strict, without rowid`,
      `create table offstage_delayed (
        run_at integer not null, seq integer not null, queue integer not null, attempt integer not null,
        spared integer not null, crashes integer not null, primary key (run_at, seq)
      ) strict, without rowid`,
      // started_at is null while a job is only prefetched: such a job goes back as if it had not been claimed.
      `create table offstage_running (
        seq integer primary key, attempt integer not null, lease integer not null, spared integer not null,
        crashes integer not null, started_at integer, cancel_at integer, progress text
      ) strict`,
      `create index offstage_running_cancel on offstage_running (lease) where cancel_at is not null`,
      // status is set on the row that finished the job. A row without started_at is an end without a start: a job
      // cancelled, expired or refused before its code ran. next_at is when the job was due again after this attempt.
      `create table offstage_attempt (
        seq integer not null, n integer not null, outcome text not null, status text, reason text, lease integer,
        spared integer not null, started_at integer, finished_at integer not null, next_at integer, error text,
        result text, progress text, primary key (seq, n)
      ) strict, without rowid`,
      `create index offstage_attempt_finished on offstage_attempt (status, finished_at, seq) where status is not null`,
      `create table offstage_expiry (
        expires_at integer not null, seq integer not null, primary key (expires_at, seq)
      ) strict, without rowid`,
      `create table offstage_log (
        seq integer not null, n integer not null, line integer not null, at integer not null, severity text not null,
        text text not null, primary key (seq, n, line)
      ) strict, without rowid`,
      // One row is one lease; autoincrement, so that the number of a lease is never used again.
      `create table offstage_worker (
        lease integer primary key autoincrement, id text not null, host text not null, pid integer not null,
        queues text not null, concurrency integer not null, version text not null, lease_ms integer not null,
        started_at integer not null, seen_at integer not null, expires_at integer not null, ended_at integer, ask text
      ) strict`,
      `create unique index offstage_worker_live on offstage_worker (id) where ended_at is null`,
    ],
  },
  {
    version: 2,
    name: 'claim numbers, causes, rates, users, moves',
    statements: [
      // Of the claim that holds it: with attempt and lease the fence, since a job given back has its attempt again.
      'alter table offstage_running add column claim integer not null default 0',
      'alter table offstage_attempt add column fingerprint text',
      // With the status, so that counting what a cause did to its jobs reads nothing but the index.
      `create index offstage_attempt_cause on offstage_attempt (fingerprint, finished_at, seq, status)
        where fingerprint is not null`,
      // Rows of one minute and handler, one for each worker that wrote it: nobody waits for another's.
      `create table offstage_metric (
        at integer not null, handler integer not null, queue integer not null, lease integer not null,
        completed integer not null, failed integer not null, cancelled integer not null, retried integer not null,
        wait text not null, run text not null, primary key (at, handler, queue, lease)
      ) strict, without rowid`,
      // Jobs on their way to another database: they stand in no hot table, so nobody claims them meanwhile.
      `create table offstage_moving (
        seq integer primary key, run_at integer not null, attempt integer not null, spared integer not null,
        crashes integer not null
      ) strict`,
      'create table offstage_setting (name text primary key, value text not null) strict, without rowid',
      `create table offstage_user (
        id text primary key, email text not null unique, name text not null, password text, role text not null,
        permissions text, created_at integer not null, disabled_at integer
      ) strict`,
      `create table offstage_session (
        id text primary key, user_id text not null, created_at integer not null, seen_at integer not null,
        expires_at integer not null, address text not null, agent text not null
      ) strict`,
      'create index offstage_session_user on offstage_session (user_id)',
      `create table offstage_token (
        id text primary key, hash text not null unique, user_id text not null, name text not null, scopes text not null,
        created_at integer not null, expires_at integer, seen_at integer
      ) strict`,
      `create table offstage_invitation (
        hash text primary key, kind text not null, email text not null, role text not null, created_by text,
        created_at integer not null, expires_at integer not null, used_at integer
      ) strict`,
      `create table offstage_audit (
        seq integer primary key autoincrement, at integer not null, actor text not null, actor_name text not null,
        action text not null, target text not null, detail text not null, address text not null, result text not null
      ) strict`,
      'create index offstage_audit_target on offstage_audit (target, seq)',
      `create table offstage_operation (
        id text primary key, action text not null, filter text not null, pace integer, total integer,
        done integer not null, skipped integer not null, state text not null, actor text not null,
        actor_name text not null, started_at integer not null, updated_at integer not null, finished_at integer,
        error text
      ) strict`,
    ],
  },
  {
    version: 3,
    name: 'releases, reasons of pauses',
    statements: [
      // Not `release`: a word of MySQL's own.
      'alter table offstage_worker add column app_release text',
      'alter table offstage_queue add column pause_reason text',
    ],
  },
  {
    version: 4,
    name: 'delayed jobs by queue',
    // What is waiting in a queue is counted to a bound, whatever waits in the others.
    statements: ['create index offstage_delayed_queue on offstage_delayed (queue, run_at)'],
  },
  {
    version: 5,
    name: 'schedules, unique jobs',
    statements: [
      `create table offstage_schedule (
        name text primary key, class text not null, method text not null, args text not null, options text not null,
        cron text not null, timezone text not null, missed text not null, overlap text not null,
        declared integer not null, paused integer not null, pause_reason text, next_at integer, last_at integer,
        last_job text, created_at integer not null, updated_at integer not null
      ) strict`,
      'create index offstage_schedule_next on offstage_schedule (next_at, name)',
      'create table offstage_unique_job (hash text primary key, id text not null, free_at integer not null) strict, without rowid',
      'create index offstage_unique_job_id on offstage_unique_job (id)',
      'create index offstage_unique_job_free on offstage_unique_job (free_at) where free_at > 0',
    ],
  },
]
