import type { Migration } from '../sql/migrate.ts'

/** What is said of every table, whatever the server or the database has for a default. */
export function tableKind(collation: string): string {
  return `engine = InnoDB row_format = dynamic default character set utf8mb4 collate ${collation}`
}

/**
 * The same tables as in SQLite (`stores/sqlite/migrations`), as one step. A statement ends itself here, so each can be
 * run again: whoever was interrupted goes on.
 *
 * - Text compares by its bytes, spaces at the end and all: the collation that does so has another name on each server.
 * - An index has an entry for every row here, also where another database has one for some only.
 * - InnoDB keeps the counter of auto_increment on disk (MySQL 8, MariaDB 10.2): no number is given twice.
 */
export function migrations(collation: string): readonly Migration[] {
  const kind = tableKind(collation)
  // What is never anything but a word or digits of our own is compared byte by byte at half the cost of text.
  const id = 'char(36) character set ascii collate ascii_bin'
  const word = (length: number) => `varchar(${length}) character set ascii collate ascii_bin`
  const create = (name: string, columns: string) => `create table if not exists offstage_${name} (${columns}) ${kind}`
  return [
    {
      version: 1,
      name: 'jobs, queues, workers, causes, rates, users, moves',
      statements: [
        create(
          'handler',
          `id int not null auto_increment primary key, class varchar(255) not null, method varchar(255) not null,
          unique key handler_name (class, method)`,
        ),
        create(
          'queue',
          `id int not null auto_increment primary key, name varchar(255) not null, paused int not null default 0,
          unique key queue_name (name)`,
        ),
        create(
          'job',
          `seq bigint not null auto_increment primary key, id ${id} not null, handler int not null, queue int not null,
          priority bigint not null, args longtext not null, max_attempts int not null, created_at bigint not null,
          run_at bigint not null, expires_at bigint, policy longtext, tags longtext, unique key job_id (id)`,
        ),
        create(
          'ready',
          `queue int not null, \`rank\` bigint not null, run_at bigint not null, id ${id} not null,
          seq bigint not null, attempt int not null, spared int not null, crashes int not null, handler int not null,
          primary key (queue, \`rank\`, run_at, id)`,
        ),
        create(
          'delayed',
          `run_at bigint not null, seq bigint not null, queue int not null, attempt int not null, spared int not null,
          crashes int not null, primary key (run_at, seq)`,
        ),
        create(
          'running',
          `seq bigint not null primary key, attempt int not null, lease bigint not null, spared int not null,
          crashes int not null, started_at bigint, cancel_at bigint, progress longtext,
          claim bigint not null default 0, key running_cancel (lease, cancel_at)`,
        ),
        create(
          'attempt',
          `seq bigint not null, n int not null, outcome ${word(20)} not null, status ${word(20)}, reason longtext,
          lease bigint, spared int not null, started_at bigint, finished_at bigint not null, next_at bigint,
          error longtext, result longtext, progress longtext, fingerprint ${word(64)}, primary key (seq, n),
          key attempt_finished (status, finished_at, seq), key attempt_cause (fingerprint, finished_at, seq, status)`,
        ),
        create('expiry', 'expires_at bigint not null, seq bigint not null, primary key (expires_at, seq)'),
        create(
          'log',
          `seq bigint not null, n int not null, line int not null, at bigint not null, severity ${word(20)} not null,
          text longtext not null, primary key (seq, n, line)`,
        ),
        // A worker that has not ended has its id in live_id, where it is unique.
        create(
          'worker',
          `lease bigint not null auto_increment primary key, id varchar(255) not null, host varchar(255) not null,
          pid bigint not null, queues longtext not null, concurrency int not null, version varchar(255) not null,
          lease_ms bigint not null, started_at bigint not null, seen_at bigint not null, expires_at bigint not null,
          ended_at bigint, ask varchar(20),
          live_id varchar(255) generated always as (case when ended_at is null then id end) virtual,
          unique key worker_live (live_id), key worker_id (id), key worker_ended (ended_at)`,
        ),
        create(
          'metric',
          `at bigint not null, handler int not null, queue int not null, lease bigint not null, completed bigint not null,
          failed bigint not null, cancelled bigint not null, retried bigint not null, wait longtext not null,
          run longtext not null, primary key (at, handler, queue, lease)`,
        ),
        create(
          'moving',
          `seq bigint not null primary key, run_at bigint not null, attempt int not null, spared int not null,
          crashes int not null`,
        ),
        create('setting', 'name varchar(255) not null primary key, value longtext not null'),
        create(
          'user',
          `id varchar(100) not null primary key, email varchar(320) not null, name varchar(255) not null,
          password varchar(255), role varchar(20) not null, permissions longtext, created_at bigint not null,
          disabled_at bigint, unique key user_email (email)`,
        ),
        create(
          'session',
          `id varchar(100) not null primary key, user_id varchar(100) not null, created_at bigint not null,
          seen_at bigint not null, expires_at bigint not null, address varchar(255) not null, agent longtext not null,
          key session_user (user_id)`,
        ),
        create(
          'token',
          `id varchar(100) not null primary key, hash varchar(100) not null, user_id varchar(100) not null,
          name varchar(255) not null, scopes longtext not null, created_at bigint not null, expires_at bigint,
          seen_at bigint, unique key token_hash (hash)`,
        ),
        create(
          'invitation',
          `hash varchar(100) not null primary key, kind varchar(20) not null, email varchar(320) not null,
          role varchar(20) not null, created_by varchar(100), created_at bigint not null, expires_at bigint not null,
          used_at bigint`,
        ),
        create(
          'audit',
          `seq bigint not null auto_increment primary key, at bigint not null, actor varchar(100) not null,
          actor_name longtext not null, action varchar(100) not null, target longtext not null,
          detail longtext not null, address varchar(255) not null, result varchar(100) not null,
          key audit_target (target(100), seq)`,
        ),
        create(
          'operation',
          `id varchar(100) not null primary key, action varchar(20) not null, filter longtext not null, pace double,
          total bigint, done bigint not null, skipped bigint not null, state varchar(20) not null,
          actor varchar(100) not null, actor_name longtext not null, started_at bigint not null,
          updated_at bigint not null, finished_at bigint, error longtext`,
        ),
        // One row: raised by what people ask for, so that who listens finds it without looking everywhere.
        create('signal', 'one int not null primary key, n bigint not null'),
        'insert ignore into offstage_signal (one, n) values (1, 0)',
      ],
    },
    {
      version: 2,
      name: 'releases, reasons of pauses',
      statements: [
        ...addColumn('worker', 'app_release', 'varchar(100)'),
        ...addColumn('queue', 'pause_reason', 'varchar(500)'),
      ],
    },
    {
      version: 3,
      name: 'delayed jobs by queue',
      // What is waiting in a queue is counted to a bound, whatever waits in the others. Others write meanwhile.
      statements: addKey('delayed', 'delayed_queue', 'queue, run_at'),
    },
    {
      version: 4,
      name: 'schedules, unique jobs',
      statements: [
        create(
          'schedule',
          `name varchar(100) not null primary key, class varchar(255) not null, method varchar(255) not null,
          args longtext not null, options longtext not null, cron varchar(200) not null, timezone varchar(100) not null,
          missed varchar(20) not null, overlap varchar(20) not null, declared int not null, paused int not null,
          pause_reason varchar(500), next_at bigint, last_at bigint, last_job varchar(100), created_at bigint not null,
          updated_at bigint not null, key schedule_next (next_at, name)`,
        ),
        // Called as that of `job` is: it is how rows are found by an id (by-key.ts).
        create(
          'unique_job',
          `hash ${word(64)} not null primary key, id ${id} not null, free_at bigint not null,
          key job_id (id), key unique_job_free (free_at)`,
        ),
      ],
    },
  ]
}

function addColumn(name: string, column: string, type: string): string[] {
  const found = `select 1 from information_schema.columns where table_schema = database()
    and table_name = 'offstage_${name}' and column_name = '${column}'`
  return unless(found, `alter table offstage_${name} add column ${column} ${type}`)
}

function addKey(name: string, index: string, columns: string): string[] {
  const found = `select 1 from information_schema.statistics where table_schema = database()
    and table_name = 'offstage_${name}' and index_name = '${index}'`
  return unless(found, `alter table offstage_${name} add key ${index} (${columns})`)
}

/** MySQL has no `if not exists` for what is added to a table: looked for first, so that it can be run again. */
function unless(found: string, statement: string): string[] {
  return [
    `set @offstage = if(exists(${found}), 'do 0', '${statement}')`,
    'prepare offstage from @offstage',
    'execute offstage',
    'deallocate prepare offstage',
  ]
}
