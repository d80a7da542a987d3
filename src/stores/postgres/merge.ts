import type { PostgresDatabase } from './database.ts'
import { carried, plainDue } from './enqueue-rows.ts'
import type { Prepared } from './exchange.ts'

/** Batches that one statement merges where they are not named. */
export const BATCHES = 200

export interface Merge {
  /** The batches that are named, or the first of all that there are. */
  which: 'named' | 'first'
  /** Whether some of the jobs may be stored already. */
  careful: boolean
  tells: boolean
}

/**
 * Takes batches from `staged` to where their jobs belong. It is not waited for by whoever stored them, and does not wait
 * for the disk: should the server go down before that is written, the batches are there again. Tells how many they were, and
 * how many bytes `staged` takes.
 */
export function merge(database: PostgresDatabase, { which, careful, tells }: Merge): Prepared {
  // All lock in one order, so that nobody waits in a circle with another who merges.
  const order =
    which === 'named' ? 'where id = any($3::text[]) order by id' : `where $3::text is null order by id limit ${BATCHES}`
  return database.prepared(
    `merge_${which}${careful ? '_careful' : ''}${tells ? '' : '_quietly'}`,
    () => `
    with quick as materialized (select set_config('synchronous_commit', 'off', true)),
    gone as (
      delete from {staged} where id = any(array(select id from {staged} ${order} for update)) returning *
    ),
    stored as (
      insert into {job} (id, handler, queue, priority, args, max_attempts, created_at, run_at)
      select g.id, g.handler, g.queue, g.priority, g.args, g.max_attempts, s.at, s.at
      from quick, (select * from gone order by id offset 0) s,
        unnest(s.ids::text[], s.handlers::int[], s.queues::int[], s.priorities::bigint[], s.args::text[],
          s.max_attempts::int[]) as g (id, handler, queue, priority, args, max_attempts)
      ${careful ? 'on conflict (id) do nothing' : ''}
      returning seq, id, handler, queue, priority, run_at, ${carried}, max_attempts
    ),${plainDue}
    select (select count(*) from gone)::int, pg_table_size('{staged}')::float8,
      ${tells ? '(select pg_notify($1, $2)::text from gone limit 1)' : 'coalesce($1::text, $2::text)'}`,
  )
}
