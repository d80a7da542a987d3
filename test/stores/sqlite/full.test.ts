import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import type { Store } from '../../../src/store/store.ts'
import { createSqliteStore } from '../../../src/stores/sqlite/store.ts'
import { claimJobs, completed, failed, ids, newJob, newJobs, newLease } from '../../../src/testing/store-suite/jobs.ts'
import { temporaryFolder } from './temporary.ts'

const full = { code: 'DATABASE_FULL', transient: true }

type SqliteStore = ReturnType<typeof createSqliteStore>

/** A disk without room, as SQLite sees it: the file may not grow. */
function fill({ database: { raw } }: SqliteStore): void {
  const { page_count } = raw.prepare('pragma page_count').get() as { page_count: number }
  raw.exec(`pragma max_page_count = ${page_count}`)
}

function makeRoom({ database: { raw } }: SqliteStore): void {
  raw.exec('pragma max_page_count = 1000000')
}

/** Enqueues single jobs until one is refused; the last free bytes are gone then. */
async function untilRefused(store: Store): Promise<{ stored: string[]; error: unknown }> {
  const stored: string[] = []
  for (let tries = 0; tries < 10_000; tries++) {
    const job = newJob({ args: JSON.stringify(['x'.repeat(200)]) })
    try {
      await store.enqueue([job])
      stored.push(job.id)
    } catch (error) {
      return { stored, error }
    }
  }
  throw new Error('the database did not fill up')
}

test('a full disk refuses what is new, keeps what is old, and half stores nothing', async () => {
  await using folder = await temporaryFolder()
  const store = createSqliteStore({ path: folder.file('jobs.db') })
  await store.migrate()
  const first = newJobs(50)
  await store.enqueue(first)
  fill(store)
  const batch = newJobs(5_000, { queue: 'new-queue', class: 'NewClass', args: JSON.stringify(['x'.repeat(100)]) })
  await expect(store.enqueue(batch)).rejects.toMatchObject(full)
  expect(await store.count({})).toBe(50)
  const { stored, error } = await untilRefused(store)
  expect(error).toMatchObject(full)
  expect((error as Error).message).not.toContain('\n')
  expect(await store.count({})).toBe(50 + stored.length)
  const lease = await newLeaseWithRoom(store)
  expect(ids(await claimJobs(store, lease, { limit: 50 }))).toEqual(ids(first))

  makeRoom(store)
  const answers = await store.enqueue(batch)
  expect(answers.every(({ status }) => status === 'created')).toBe(true)
  expect(await store.count({ queue: 'new-queue', class: 'NewClass' })).toBe(5_000)
  const raw = new DatabaseSync(folder.file('jobs.db'))
  expect(raw.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' })
  raw.close()
  await store.close()
})

test('jobs that run while the disk fills up settle when there is room again, once', async () => {
  await using folder = await temporaryFolder()
  const store = createSqliteStore({ path: folder.file('jobs.db') })
  await store.migrate()
  const lease = await newLease(store)
  await store.enqueue(newJobs(400))
  const jobs = await claimJobs(store, lease, { limit: 400 })
  fill(store)
  await untilRefused(store)
  const now = Date.now()
  // Errors take room: this cannot fit into what claiming has freed.
  const error = { name: 'Error', message: 'y'.repeat(4_000) }
  const batch = jobs.map((job, index) =>
    index % 2 === 0 ? completed({ lease, job }, now) : failed({ lease, job }, now, { error }),
  )
  await expect(store.settle(batch)).rejects.toMatchObject(full)
  expect(await store.count({ status: 'running' })).toBe(400)
  expect(await store.count({ status: ['completed', 'failed'] })).toBe(0)
  expect((await store.heartbeat(lease)).alive).toBe(true)

  makeRoom(store)
  expect(await store.settle(batch)).toEqual([])
  expect(await store.count({ status: 'completed' })).toBe(200)
  expect(await store.count({ status: 'failed' })).toBe(200)
  await store.close()
})

/** A worker's row is small, but on a full disk it needs room too. */
async function newLeaseWithRoom(store: SqliteStore): Promise<number> {
  makeRoom(store)
  const lease = await newLease(store)
  fill(store)
  return lease
}
