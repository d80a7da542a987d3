import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { retrying } from '../../src/store/retry.ts'
import type { Store } from '../../src/store/store.ts'
import { openStore } from '../../src/stores/open.ts'
import { temporaryDatabase } from '../support/mysql.ts'
import { temporarySchema } from '../support/postgres.ts'

/** A database of a test's own. */
export interface Place extends AsyncDisposable {
  url: string
  store: Store
}

export type Kind = 'SQLite' | 'PostgreSQL' | 'MariaDB'

async function made(kind: Kind): Promise<AsyncDisposable & { url: string }> {
  if (kind === 'MariaDB') return await temporaryDatabase()
  if (kind === 'PostgreSQL') {
    const schema = temporarySchema()
    return { url: schema.url(), [Symbol.asyncDispose]: () => schema[Symbol.asyncDispose]() }
  }
  const folder = mkdtempSync(join(tmpdir(), 'offstage-place-'))
  return {
    url: `sqlite:${join(folder, 'jobs.db')}`,
    [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  }
}

export async function makePlace(kind: Kind): Promise<Place> {
  const place = await made(kind)
  const store = retrying(await openStore(place.url))
  await store.migrate()
  return {
    url: place.url,
    store,
    async [Symbol.asyncDispose]() {
      await store.close()
      await place[Symbol.asyncDispose]()
    },
  }
}

/** Every job by its id, with all that is shown of it. */
export async function everyJob(store: Store) {
  const jobs = new Map<string, Awaited<ReturnType<Store['list']>>['jobs'][number]>()
  let cursor: string | undefined
  do {
    const page = await store.list({ limit: 1_000, cursor })
    for (const job of page.jobs) jobs.set(job.id, job)
    cursor = page.cursor
  } while (cursor !== undefined)
  return jobs
}
