import { open, readFile, stat } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { OffstageError } from '../../../src/core/errors.ts'
import { openStore } from '../../../src/stores/open.ts'
import { claimJobs, newJobs, newLease } from '../../../src/testing/store-suite/jobs.ts'
import { temporaryFolder } from './temporary.ts'

const PAGE = 4_096

async function databaseWithJobs(path: string): Promise<void> {
  const store = await openStore(`sqlite:${path}`)
  await store.migrate()
  await store.enqueue(newJobs(2_000))
  await store.close()
}

async function overwrite(path: string, from: number, to: number): Promise<void> {
  const file = await open(path, 'r+')
  await file.write(Buffer.alloc(to - from, 0xa5), 0, to - from, from)
  await file.close()
}

/** Everything that a worker and a person do with a database. */
async function doAll(path: string): Promise<void> {
  const store = await openStore(`sqlite:${path}`)
  try {
    await store.migrate()
    await claimJobs(store, await newLease(store), { limit: 2_000 })
    await store.list({ limit: 5_000 })
    await store.enqueue(newJobs(2_000))
  } finally {
    await store.close()
  }
}

test('a damaged database is said to be damaged, whatever part of it is', async () => {
  await using folder = await temporaryFolder()
  for (const part of ['schema', 'tables', 'half']) {
    const path = folder.file(`${part}.db`)
    await databaseWithJobs(path)
    const { size } = await stat(path)
    if (part === 'schema') await overwrite(path, 100, PAGE)
    else if (part === 'tables') await overwrite(path, PAGE, size)
    else {
      const file = await open(path, 'r+')
      await file.truncate(Math.floor(size / 2 / PAGE) * PAGE)
      await file.close()
    }
    const error = await doAll(path).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    expect(error, part).toBeInstanceOf(OffstageError)
    expect(error, part).toMatchObject({ code: 'DATABASE_CORRUPT', transient: false })
    expect((error as Error).message).toContain(path)
    expect((error as Error).message).not.toContain('\n')
  }
})

test('text that looks like SQL is text, wherever it stands', async () => {
  await using folder = await temporaryFolder()
  const path = folder.file('jobs.db')
  const store = await openStore(`sqlite:${path}`)
  await store.migrate()
  const raw = new DatabaseSync(path)
  const before = raw.prepare('select type, name, sql from sqlite_schema order by name').all()
  const evil = [`x'); drop table offstage_job; --`, `" or 1=1 --`, `' union select * from offstage_worker --`, `%'||'`]
  for (const text of evil) {
    const lease = await newLease(store, { id: text, host: text, queues: text, version: text })
    const args = JSON.stringify([text])
    const [job] = newJobs(1, { class: text, method: text, queue: text, args, policy: text, tags: [text] })
    if (job === undefined) throw new Error('no job')
    await store.enqueue([job])
    await store.enqueue(newJobs(20, { class: text, method: text, queue: text, args, tags: [text] }))
    expect(await store.count({ class: text, method: text, queue: text, tag: text, status: 'pending' })).toBe(21)
    expect((await store.list({ limit: 100, ids: [text], tag: text })).jobs).toEqual([])
    expect((await store.list({ limit: 1, cursor: text }).catch(() => ({ jobs: [] }))).jobs.length).toBeLessThan(2)
    expect(await store.idsByPrefix(text, 10)).toEqual([])
    expect(await store.get(text)).toBeUndefined()
    expect(await store.logs(text)).toEqual([])
    for (const command of ['cancel', 'retry', 'runNow', 'delete'] as const) {
      expect((await store[command]([text]))[0]?.result).toBe('missing')
    }
    await store.setPaused(text, true)
    await store.setPaused(text, false)
    expect(await store.ask(text, 'quiet')).toBe(true)
    expect(
      await claimJobs(store, lease, { steps: [{ queues: [text], limit: 1 }], except: [`${text}.${text}`] }),
    ).toEqual([])
    const [claimed] = await claimJobs(store, lease, { steps: [{ queues: [text], limit: 1 }] })
    expect(claimed).toMatchObject({ id: job.id, class: text, method: text, queue: text, args, policy: text })
  }
  expect(raw.prepare('select type, name, sql from sqlite_schema order by name').all()).toEqual(before)
  expect(raw.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' })
  expect(await store.count({})).toBe(84)
  raw.close()
  await store.close()
})

test('a store that was closed says so', async () => {
  await using folder = await temporaryFolder()
  const store = await openStore(`sqlite:${folder.file('jobs.db')}`)
  await store.migrate()
  await store.enqueue(newJobs(1))
  await store.close()
  await store.close()
  await expect(store.enqueue(newJobs(1))).rejects.toMatchObject({ code: 'CLOSED' })
  await expect(store.list({ limit: 1 })).rejects.toMatchObject({ code: 'CLOSED' })
  // What was written is in the one file, not beside it.
  expect((await readFile(folder.file('jobs.db'))).length).toBeGreaterThan(PAGE)
})
