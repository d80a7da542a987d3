import type { NewJob } from '../../store/store.ts'
import { numbers, texts } from './arrays.ts'
import type { PostgresDatabase } from './database.ts'
import type { Value } from './exchange.ts'
import type { Names } from './names.ts'

/** Rows and letters of one statement: more gain nothing, and the server has to hold them all. */
const ROWS = 2_000
const LETTERS = 8_000_000

/**
 * What of a job's arguments is stored in `ready` too, so that the claim need not look the job up. Longer ones cost more
 * to write twice than to look up; where they are missing, the claim looks up all that it has to know.
 */
export const carried = 'case when octet_length(args) <= 400 then args end as args'

/** What is done about plain jobs, once `stored` has inserted them: all of them are in line. */
export const plainDue = `
    due as (
      insert into {ready} (queue, "rank", run_at, id, seq, attempt, spared, crashes, handler, args, max_attempts,
        created_at)
      select queue, -priority, run_at, id, seq, 0, 0, 0, handler, args, max_attempts, run_at from stored
    )`

/** Due now, and with nothing special about it. */
export function isPlain({ due, expiresInMs, policy, tags = [] }: NewJob): boolean {
  const isDue = 'inMs' in due && due.inMs <= 0
  return isDue && expiresInMs === undefined && policy === undefined && tags.length === 0
}

/** The clock, and what there is to say of plain jobs: one list for each column. Their names have to be stored before. */
export function plainValues(database: PostgresDatabase, names: Names, jobs: readonly NewJob[]): Value[] {
  return [
    database.givenClock,
    texts(jobs, ({ id }) => id),
    numbers(jobs, (job) => names.handlerId(job)),
    numbers(jobs, ({ queue }) => names.queueId(queue)),
    numbers(jobs, ({ priority }) => priority),
    texts(jobs, ({ args }) => args),
    numbers(jobs, ({ maxAttempts }) => maxAttempts),
  ]
}

/** What there is to say of others besides. */
export function furtherValues(jobs: readonly NewJob[]): Value[] {
  return [
    numbers(jobs, ({ due }) => ('at' in due ? due.at : null)),
    numbers(jobs, ({ due }) => ('at' in due ? null : due.inMs)),
    numbers(jobs, ({ expiresInMs }) => expiresInMs),
    texts(jobs, ({ policy }) => policy),
    texts(jobs, ({ tags }) => (tags === undefined || tags.length === 0 ? null : JSON.stringify(tags))),
  ]
}

export function inChunks(jobs: readonly NewJob[]): (readonly NewJob[])[] {
  const chunks: NewJob[][] = []
  let chunk: NewJob[] = []
  let letters = 0
  for (const job of jobs) {
    if (chunk.length === ROWS || (chunk.length > 0 && letters + job.args.length > LETTERS)) {
      chunks.push(chunk)
      chunk = []
      letters = 0
    }
    chunk.push(job)
    letters += job.args.length
  }
  return [...chunks, chunk]
}
