import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { retrying } from '../../../src/store/retry.ts'
import { openStore } from '../../../src/stores/open.ts'
import { newJob } from '../../../src/testing/store-suite/jobs.ts'
import { temporaryFolder } from './temporary.ts'

const holder = fileURLToPath(new URL('../../support/lock-holder.ts', import.meta.url))

test('a file that another program locks for a moment is waited for, from its opening on', async () => {
  await using folder = await temporaryFolder()
  const path = folder.file('jobs.db')
  const child = spawn(process.execPath, [holder, path, '400'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  await once(child.stdout, 'data')
  const store = retrying(await openStore(`sqlite:${path}`))
  await store.migrate()
  await store.enqueue([newJob()])
  expect(await store.count({})).toBe(1)
  await store.close()
  await closed
})

test('a lock that others hold is said to be one, and to pass', async () => {
  await using folder = await temporaryFolder()
  const path = folder.file('jobs.db')
  const store = await openStore(`sqlite:${path}`)
  await store.migrate()
  const raw = new DatabaseSync(path)
  raw.exec('begin immediate')
  const busy = { code: 'DATABASE_BUSY', transient: true }
  await expect(store.enqueue([newJob()])).rejects.toMatchObject(busy)
  await expect(store.cancel([newJob().id])).rejects.toMatchObject(busy)
  expect(await store.count({})).toBe(0)
  raw.exec('commit')
  await store.enqueue([newJob()])
  expect(await store.count({})).toBe(1)
  raw.close()
  await store.close()
})

test('a reader of a file that is not in write-ahead mode yet delays the migration, no more', async () => {
  await using folder = await temporaryFolder()
  const path = folder.file('app.db')
  const raw = new DatabaseSync(path)
  raw.exec('create table own (x); insert into own values (1); begin; select * from own')
  const rows = raw.prepare('select * from own').all()
  expect(rows.length).toBe(1)
  const store = await openStore(`sqlite:${path}`)
  await expect(store.migrate()).rejects.toMatchObject({ code: 'DATABASE_BUSY', transient: true })
  raw.exec('commit')
  await store.migrate()
  await store.enqueue([newJob()])
  expect(await store.count({})).toBe(1)
  raw.close()
  await store.close()
})
