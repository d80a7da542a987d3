import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import pg from 'pg'
import { expect, test, vi } from 'vitest'
import { connect, temporaryDatabase, withMysql } from '../support/mysql.ts'
import { serverUrl, withPostgres } from '../support/postgres.ts'

vi.setConfig({ testTimeout: 120_000 })

const folder = new URL('../../examples/transactions/', import.meta.url)

/** Runs an example as a program of its own; what it stored is a job that can be waited for, and runs. */
async function run(example: string, database: string): Promise<unknown> {
  const text = `
    const { placeOrder, close } = await import(${JSON.stringify(new URL(`${example}.ts`, folder).href)})
    const { offstage } = await import(${JSON.stringify(new URL('offstage.config.ts', folder).href)})
    await offstage.jobs.count()
    const id = await placeOrder('tea')
    await offstage.start()
    const { status, args } = await offstage.jobs.wait(id, { timeout: '30s' })
    await close()
    await offstage.close()
    console.log(JSON.stringify({ status, args }))`
  const env = { ...process.env, DATABASE_URL: database, NODE_OPTIONS: '', NODE_NO_WARNINGS: '1' }
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', text], { env })
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
}

const done = { status: 'completed', args: ['tea'] }

test('the example of node:sqlite does what it says', async () => {
  const place = mkdtempSync(join(tmpdir(), 'offstage-example-'))
  const raw = new DatabaseSync(join(place, 'app.db'))
  try {
    raw.exec('create table orders (id integer primary key, item text)')
    expect(await run('node-sqlite', `sqlite:${join(place, 'app.db')}`)).toEqual(done)
    expect(raw.prepare('select item from orders').all()).toEqual([{ item: 'tea' }])
  } finally {
    raw.close()
    rmSync(place, { recursive: true, force: true })
  }
})

await withPostgres(() =>
  test.each(['pg', 'postgres', 'kysely', 'drizzle', 'knex', 'prisma', 'typeorm'])(
    'the example of %s does what it says',
    async (example) => {
      const admin = new pg.Client(serverUrl())
      await admin.connect()
      const name = `example_${randomBytes(6).toString('hex')}`
      await admin.query(`create database ${name}`)
      const url = new URL(serverUrl())
      url.pathname = `/${name}`
      const client = new pg.Client(url.href)
      await client.connect()
      try {
        await client.query('create table orders (id serial primary key, item text not null)')
        expect(await run(example, url.href)).toEqual(done)
        expect((await client.query('select item from orders')).rows).toEqual([{ item: 'tea' }])
      } finally {
        await client.end()
        await admin.query(`drop database ${name} with (force)`)
        await admin.end()
      }
    },
  ),
)

await withMysql(() =>
  test('the example of mysql2 does what it says', async () => {
    await using place = await temporaryDatabase()
    const admin = await connect(place.name)
    try {
      await admin.query('create table orders (id int auto_increment primary key, item varchar(200))')
      expect(await run('mysql2', place.url)).toEqual(done)
      expect((await admin.query('select item from orders'))[0]).toEqual([{ item: 'tea' }])
    } finally {
      await admin.end()
    }
  }),
)
