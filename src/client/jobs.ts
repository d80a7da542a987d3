import { parseDuration, shown } from '../core/duration.ts'
import { OffstageError } from '../core/errors.ts'
import type { JobFilter } from '../core/filter.ts'
import type { Duration } from '../core/handler.ts'
import { isId } from '../core/id.ts'
import type { JobDetail, JobId } from '../core/job.ts'
import { checkInteger } from '../core/options.ts'
import type { CommandResult } from '../store/commands.ts'
import type { JobPage, ListRequest, LogLine } from '../store/queried.ts'
import type { Store } from '../store/store.ts'
import type { Connection } from './connection.ts'
import { checkFilter } from './job-filter.ts'
import { checkJobId, jobNotFound } from './job-ids.ts'
import { Waiter } from './waiter.ts'

/** Rows that one statement removes: small enough that workers hardly wait for it. */
const CLEAR_BATCH = 1_000
const DEFAULT_LIMIT = 50
const MAX_LIMIT = 1_000

/** Why a command is refused, by its name. */
const REFUSED = {
  cancel: 'only a job that has not ended can be cancelled',
  retry: 'only a failed or cancelled job can be retried',
  runNow: 'only a pending job can be made due',
  delete: 'a running job cannot be deleted: cancel it first',
} as const
type Command = keyof typeof REFUSED

/** A command about one job, or about several. */
export interface ChangeJobs {
  /** @throws OffstageError JOB_NOT_FOUND, JOB_STATE when the job is in a state that does not allow it. */
  (id: JobId): Promise<CommandResult>
  /** What became of each, in their order: nothing is thrown for one that is missing or in another state. */
  (ids: readonly JobId[]): Promise<CommandResult[]>
}

/** `offstage.jobs`: looks at stored jobs and changes them. */
export interface JobsApi {
  /** A job with its attempts; undefined when there is none of that id. */
  get(id: JobId): Promise<JobDetail | undefined>
  /** Newest first, 50 at a time unless `limit` (1 to 1,000) says otherwise; `cursor` is from the page before. */
  list(request?: Partial<ListRequest>): Promise<JobPage>
  count(filter?: JobFilter): Promise<number>
  /**
   * Resolves when the job has completed, failed or been cancelled.
   * @param options.timeout How long to wait; for ever by default.
   * @throws OffstageError WAIT_TIMEOUT (the job goes on), JOB_NOT_FOUND, CLOSED.
   */
  wait(id: JobId, options?: { timeout?: Duration }): Promise<JobDetail>
  /** A pending job is cancelled at once (`done`); a running one is stopped by its worker (`requested`). */
  cancel: ChangeJobs
  /** A failed or cancelled job runs again, with all its retries. */
  retry: ChangeJobs
  /** A delayed job, or one that waits for a retry, is due at once. */
  runNow: ChangeJobs
  /** Removes jobs that are not running, with their attempts and logs. */
  delete: ChangeJobs
  /** Removes every job that is not running. Resolves to how many. */
  clear(): Promise<number>
  /** What a job logged, in all its attempts or in one. @throws OffstageError JOB_NOT_FOUND */
  logs(id: JobId, options?: { attempt?: number }): Promise<LogLine[]>
}

export function createJobsApi(connection: Connection): JobsApi {
  const { store } = connection
  const waiter = new Waiter(connection)
  return {
    get: async (id) => (isId(id) ? await (await store()).get(id) : undefined),
    list: async (request = {}) => await (await store()).list(checkList(request)),
    count: async (filter = {}) => await (await store()).count(checkFilter(filter)),
    wait: async (id, { timeout } = {}) => {
      const timeoutMs = timeout === undefined ? undefined : parseDuration(timeout, 'timeout')
      return await waiter.wait(checkJobId(id), timeoutMs)
    },
    cancel: change(store, 'cancel'),
    retry: change(store, 'retry'),
    runNow: change(store, 'runNow'),
    delete: change(store, 'delete'),
    clear: async () => await clear(await store()),
    logs: async (id, { attempt } = {}) => {
      checkJobId(id)
      if (attempt !== undefined) checkInteger(attempt, 1, Number.MAX_SAFE_INTEGER, 'attempt')
      const opened = await store()
      const lines = await opened.logs(id, attempt)
      if (lines.length === 0 && (await opened.get(id)) === undefined) throw jobNotFound(id)
      return lines
    },
  }
}

function change(store: Connection['store'], command: Command): ChangeJobs {
  const run = async (target: JobId | readonly JobId[]): Promise<CommandResult | CommandResult[]> => {
    if (typeof target === 'string') return await changeOne(await store(), command, checkJobId(target))
    if (!Array.isArray(target)) throw jobNotFound(target)
    return await changeMany(await store(), command, target as readonly JobId[])
  }
  return run as ChangeJobs
}

async function changeOne(store: Store, command: Command, id: JobId): Promise<CommandResult> {
  const [result] = await store[command]([id])
  if (result === undefined || result.result === 'missing') throw jobNotFound(id)
  if (result.result !== 'state') return result
  throw new OffstageError(
    'JOB_STATE',
    `job ${id} is ${result.status ?? 'on its way to another database'}: ${REFUSED[command]}`,
  )
}

async function changeMany(store: Store, command: Command, ids: readonly JobId[]): Promise<CommandResult[]> {
  // What is no id is missing like any other that is not there; the database need not see it.
  const known = [...new Set(ids.filter(isId))]
  const results = new Map((await store[command](known)).map((result) => [result.id, result]))
  return ids.map((id) => results.get(id) ?? { id, result: 'missing' })
}

async function clear(store: Store): Promise<number> {
  let removed = 0
  for (;;) {
    const count = await store.clear(CLEAR_BATCH)
    if (count === 0) return removed
    removed += count
  }
}

function checkList(request: Partial<ListRequest>): ListRequest {
  const { limit = DEFAULT_LIMIT, cursor, withinMs, ...filter } = request
  checkInteger(limit, 1, MAX_LIMIT, 'limit')
  if (withinMs !== undefined) checkInteger(withinMs, 0, Number.MAX_SAFE_INTEGER, 'withinMs')
  if (cursor !== undefined && typeof cursor !== 'string') {
    throw new OffstageError('OPTION_INVALID', `cursor is ${shown(cursor)}: use the cursor of the page before`)
  }
  return { ...checkFilter(filter), limit, cursor, withinMs }
}
