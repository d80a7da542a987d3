import pg from 'pg'
import { newId } from '../../src/core/id.ts'
import type { NewJob } from '../../src/store/store.ts'
import type { StagingOptions } from '../../src/stores/postgres/staging.ts'
import { createPostgresStore } from '../../src/stores/postgres/store.ts'
import { parsePostgresUrl } from '../../src/stores/postgres/url.ts'
import { newJobs } from '../../src/testing/store-suite/jobs.ts'
import { type Schema, serverUrl } from './postgres.ts'

/** Whatever can be staged is, and only merged when somebody asks for it. */
export const KEPT: StagingOptions = { jobs: 1, crowdMs: 0, restMs: 600_000, mostBytes: Number.POSITIVE_INFINITY }

export async function openStaging(url: string, staging: Partial<StagingOptions> = KEPT) {
  const store = await createPostgresStore({ ...parsePostgresUrl(url), staging })
  await store.migrate()
  return { ...store, [Symbol.asyncDispose]: () => store.close() }
}

export function freshJobs(count: number, overrides: Partial<NewJob> = {}): NewJob[] {
  return newJobs(count).map((job) => ({ ...job, id: newId(), fresh: true, ...overrides }))
}

export const idsOf = (jobs: readonly { id: string }[]) => jobs.map(({ id }) => id)

export async function staged({ name, query }: Schema): Promise<number> {
  return (await query(`select id from "${name}".staged`)).length
}

/** Locks the row of a batch. */
export const lockOf = ([first]: readonly NewJob[]) => `select id from {staged} where id = '${first?.id}' for update`

/** Somebody else who has done something to the table, and neither commits it nor takes it back. */
export async function holding({ name }: Schema, statement: string): Promise<AsyncDisposable> {
  const client = new pg.Client({ connectionString: serverUrl() })
  await client.connect()
  await client.query(`begin; ${statement.replace('{staged}', `"${name}".staged`)}`)
  return { [Symbol.asyncDispose]: () => client.end() }
}

/** The server's processes that wait for a lock, once there are so many. */
export async function waiting({ name, query }: Schema, count: number): Promise<number[] | undefined> {
  const rows = await query<{ pid: number }>(
    `select pid from pg_stat_activity where wait_event_type = 'Lock' and query like '%"${name}"."staged"%'`,
  )
  return rows.length === count ? rows.map(({ pid }) => pid) : undefined
}
