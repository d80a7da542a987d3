import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { OffstageError } from '../../../src/core/errors.ts'
import type { Store } from '../../../src/store/store.ts'
import { openStore } from '../../../src/stores/open.ts'
import { newJob } from '../../../src/testing/store-suite/jobs.ts'
import { asOrdinaryUser } from './ordinary-user.ts'
import { temporaryFolder } from './temporary.ts'

/** Uses a database as an app does that starts on it; gives the error that it gets. */
async function errorOfUse(path: string): Promise<OffstageError> {
  let store: Store | undefined
  try {
    store = await openStore(`sqlite:${path}`)
    await store.migrate()
    await store.enqueue([newJob()])
  } catch (error) {
    expect(error).toBeInstanceOf(OffstageError)
    expect((error as Error).message).not.toContain('\n')
    expect((error as OffstageError).transient).toBe(false)
    return error as OffstageError
  } finally {
    await store?.close()
  }
  throw new Error(`${path} could be used`)
}

test('a missing folder is named, and not made', async () => {
  await using folder = await temporaryFolder()
  const { code, message } = await errorOfUse(folder.file('missing/jobs.db'))
  expect(code).toBe('DATABASE_UNWRITABLE')
  expect(message).toContain(folder.file('missing'))
  expect(await readdir(folder.path)).toEqual([])
})

test('a folder in the place of the file is named', async () => {
  await using folder = await temporaryFolder()
  const { code, message } = await errorOfUse(folder.path)
  expect(code).toBe('DATABASE_UNWRITABLE')
  expect(message).toContain(folder.path)
})

test('a file in the place of the folder is named', async () => {
  await using folder = await temporaryFolder()
  await writeFile(folder.file('file'), 'text')
  const { code, message } = await errorOfUse(folder.file('file/jobs.db'))
  expect(code).toBe('DATABASE_UNWRITABLE')
  expect(message).toContain(folder.file('file'))
  expect(await readFile(folder.file('file'), 'utf8')).toBe('text')
})

test('a folder that cannot be written is named, whether the database is there or not', async () => {
  await using folder = await temporaryFolder()
  await mkdir(folder.file('read-only'))
  const there = folder.file('read-only/there.db')
  const store = await openStore(`sqlite:${there}`)
  await store.migrate()
  await store.close()
  await chmod(there, 0o444)
  await chmod(folder.file('read-only'), 0o555)
  await chmod(folder.path, 0o755)
  for (const path of [there, folder.file('read-only/new.db')]) {
    const { code, message } = await asOrdinaryUser(() => errorOfUse(path))
    expect(code).toBe('DATABASE_UNWRITABLE')
    expect(message).toContain(path)
  }
  expect(await readdir(folder.file('read-only'))).toEqual(['there.db'])
})

test('a file that is no database is left as it is', async () => {
  await using folder = await temporaryFolder()
  for (const content of ['# Notes\n', 'x'.repeat(100_000), 'SQLite format 4\0'.repeat(1_000)]) {
    await writeFile(folder.file('notes.md'), content)
    const { code, message } = await errorOfUse(folder.file('notes.md'))
    expect(code).toBe('DATABASE_NOT_OFFSTAGE')
    expect(message).toContain(folder.file('notes.md'))
    expect(await readFile(folder.file('notes.md'), 'utf8')).toBe(content)
  }
})

test('an empty file becomes a database', async () => {
  await using folder = await temporaryFolder()
  await writeFile(folder.file('jobs.db'), '')
  const store = await openStore(`sqlite:${folder.file('jobs.db')}`)
  await store.migrate()
  await store.enqueue([newJob()])
  expect(await store.count({})).toBe(1)
  await store.close()
})

test('a path of any spelling is that file and no other', async () => {
  await using folder = await temporaryFolder()
  for (const name of ['with space.db', "it's.db", 'ünï 🧨.db', 'semi;colon.db', '$(touch x).db', '-flag.db']) {
    const store = await openStore(`sqlite:${join(folder.path, name)}`)
    await store.migrate()
    await store.close()
    expect(await readdir(folder.path)).toContain(name)
  }
})

test('a database of a newer version is refused, and left as it is', async () => {
  await using folder = await temporaryFolder()
  const path = folder.file('jobs.db')
  const store = await openStore(`sqlite:${path}`)
  await store.migrate()
  await store.close()
  const raw = new DatabaseSync(path)
  raw.exec(`insert into offstage_migration (version, name, applied_at) values (9999, 'of the future', 0)`)
  const schema = raw.prepare('select name, sql from sqlite_schema').all()
  const { code, message } = await errorOfUse(path)
  expect(code).toBe('SCHEMA_NEWER')
  expect(message).toMatch(/\b9999\b/)
  expect(raw.prepare('select name, sql from sqlite_schema').all()).toEqual(schema)
  expect(raw.prepare('select count(*) as jobs from offstage_job').get()).toEqual({ jobs: 0 })
  raw.close()
})

test("the tables live beside the app's own, and touch nothing of it", async () => {
  await using folder = await temporaryFolder()
  const path = folder.file('app.db')
  const raw = new DatabaseSync(path)
  raw.exec(`create table job (id integer primary key, title text); create table queue (x); create table migration (y);
    insert into job values (1, 'mine'); pragma user_version = 42; pragma application_id = 77;`)
  const own = raw.prepare('select name, sql from sqlite_schema order by name').all()
  const store = await openStore(`sqlite:${path}`)
  await store.migrate()
  await store.enqueue([newJob()])
  expect(await store.count({})).toBe(1)
  await store.close()
  const rest = `select name, sql from sqlite_schema where name not like 'offstage%' and tbl_name not like 'offstage%'
    and name not like 'sqlite%' order by name`
  expect(raw.prepare(rest).all()).toEqual(own)
  expect(raw.prepare('select * from job').all()).toEqual([{ id: 1, title: 'mine' }])
  expect(raw.prepare('pragma user_version').get()).toEqual({ user_version: 42 })
  expect(raw.prepare('pragma application_id').get()).toEqual({ application_id: 77 })
  raw.close()
})

test.each([
  'create table offstage_job (a, b)',
  'create table offstage_migration (a)',
  'create view offstage_log as select 1',
])('what is not ours and has a name that we need is left as it is: %s', async (text) => {
  await using folder = await temporaryFolder()
  const path = folder.file('app.db')
  const raw = new DatabaseSync(path)
  raw.exec(text)
  const { code, message } = await errorOfUse(path)
  expect(code).toBe('DATABASE_NOT_OFFSTAGE')
  expect(message).toMatch(/offstage_\w+.*: rename or drop it, or name another/)
  expect(raw.prepare('select sql from sqlite_schema').all()).toHaveLength(1)
  raw.close()
})
