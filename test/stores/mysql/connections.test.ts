import { spawn } from 'node:child_process'
import { once } from 'node:events'
import mysql, { type RowDataPacket } from 'mysql2/promise'
import { expect, test, vi } from 'vitest'
import { openStore } from '../../../src/stores/open.ts'
import { claimJobs, completed, newJob, newJobs, newLease } from '../../../src/testing/store-suite/jobs.ts'
import { connect, temporaryDatabase, withMysql } from '../../support/mysql.ts'
import { OwnMariadb, withOwnMariadb } from '../../support/own-mariadb.ts'
import { until } from '../../support/until.ts'
import { cutOffEverywhere } from '../cut-off.ts'

vi.setConfig({ testTimeout: 60_000 })

/** How many connections there are to a database. */
async function counting(name: string): Promise<AsyncDisposable & { count(): Promise<number> }> {
  const admin = await connect()
  return {
    async count() {
      const text = `select 1 from information_schema.processlist where db = '${name}'`
      return (await admin.query<RowDataPacket[]>(text))[0].length
    },
    [Symbol.asyncDispose]: () => admin.end(),
  }
}

await withMysql(() => {
  test('a store opens no more connections than it is told, also while it listens', async () => {
    await using database = await temporaryDatabase()
    await using connections = await counting(database.name)
    const store = await openStore(`${database.url}?connections=3`)
    await store.migrate()
    const stop = store.onWake(() => {})
    let most = 0
    let done = false
    const watching = (async () => {
      while (!done) most = Math.max(most, await connections.count())
    })()
    await Promise.all(Array.from({ length: 200 }, () => store.enqueue([newJob()])))
    done = true
    await watching
    expect(most).toBe(3)
    stop()
    await store.close()
    await until('all are closed', async () => (await connections.count()) === 0)
  })

  test('the number of connections can be given beside the URL, and one is enough for everything', async () => {
    await using database = await temporaryDatabase()
    await using connections = await counting(database.name)
    const store = await openStore(`${database.url}?connections=9`, { connections: 1 })
    await store.migrate()
    expect(store.parallel).toBe(1)
    const job = newJob()
    await store.enqueue([job])
    await Promise.all([
      store.queues(),
      store.cancel([job.id]),
      store.retry([job.id]),
      store.expire(10),
      store.clear(10),
    ])
    expect(await connections.count()).toBe(1)
    await store.close()
  })

  test('a call whose connection is lost at any of its steps fails once, and leaves nothing behind that fails unheard', async () => {
    await using database = await temporaryDatabase()
    await cutOffEverywhere(database.url)
  })

  test('an idle store does not keep its process from ending', async () => {
    await using database = await temporaryDatabase()
    const open = new URL('../../../src/stores/open.ts', import.meta.url).href
    const script = `const { openStore } = await import(${JSON.stringify(open)})
      const store = await openStore(${JSON.stringify(database.url)})
      await store.migrate(); store.onWake(() => {}); await store.queues()`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' })
    expect(await once(child, 'close')).toEqual([0, null])
  })

  test('a missing driver is named, with how to install it', async () => {
    await using database = await temporaryDatabase()
    const open = new URL('../../../src/stores/open.ts', import.meta.url).href
    const script = `import { registerHooks } from 'node:module'
      registerHooks({ resolve(name, context, next) {
        if (!name.startsWith('mysql2')) return next(name, context)
        throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })
      } })
      const { openStore } = await import(${JSON.stringify(open)})
      await openStore(${JSON.stringify(database.url)}).catch(({ code, message }) => console.log(code, message))`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    await once(child, 'close')
    expect(said).toBe('DRIVER_MISSING the driver for MySQL and MariaDB is not installed: run npm install mysql2\n')
  })
})

withOwnMariadb('a server that is set up in its own way', () => {
  test('is used as any other: no setting of it changes what is stored', async () => {
    await using server = await OwnMariadb.create([
      'sql-mode=NO_BACKSLASH_ESCAPES,ORACLE',
      'default-time-zone=+05:30',
      'transaction-isolation=SERIALIZABLE',
      'character-set-server=latin1',
      'collation-server=latin1_swedish_ci',
      'innodb-autoinc-lock-mode=2',
      'auto-increment-increment=7',
      'auto-increment-offset=3',
      'innodb-lock-wait-timeout=1',
      'autocommit=0',
      'explicit-defaults-for-timestamp=0',
    ])
    for (const guard of ['sql_safe_updates = 1', 'sql_select_limit = 2', 'max_join_size = 5', 'completion_type = 1']) {
      await server.query(`set global ${guard}`)
    }
    const store = await openStore(server.url)
    await store.migrate()
    const lease = await newLease(store)
    const texts = [`it's "quoted" \\ and \\' too`, 'naïve – 名前 🧨', "'); drop table offstage_job; --", '\\']
    const batch = texts.map((text) => newJob({ args: JSON.stringify([text]), queue: text.slice(0, 20), tags: [text] }))
    const before = Date.now()
    await store.enqueue(batch)
    await store.enqueue(newJobs(50, { due: { inMs: 60_000 } }))
    const jobs = await claimJobs(store, lease)
    expect(jobs.map(({ args }) => args)).toEqual(batch.map(({ args }) => args))
    for (const { createdAt } of jobs) expect(Math.abs(createdAt - before)).toBeLessThan(60_000)
    for (const tag of texts) expect(await store.count({ tag })).toBe(1)
    expect(await store.count({ queue: texts[1]?.slice(0, 20) })).toBe(1)
    expect(await store.settle(jobs.map((job) => completed({ lease, job }, Date.now())))).toEqual([])
    expect(await store.count({ status: 'completed' })).toBe(4)
    await store.close()
  })

  test('keeps every table of ours as all of them need it', async () => {
    await using server = await OwnMariadb.create(['default-storage-engine=MyISAM', 'character-set-server=latin1'])
    const store = await openStore(server.url)
    await store.migrate()
    await store.close()
    const kinds = await server.query(`select distinct engine, left(table_collation, 7) as charset
      from information_schema.tables where table_schema = 'app'`)
    expect(kinds).toEqual([{ engine: 'InnoDB', charset: 'utf8mb4' }])
  })

  test('does not end a connection that rests, which a call might meet at that moment', async () => {
    await using server = await OwnMariadb.create(['wait-timeout=1'])
    const store = await openStore(server.url)
    await store.migrate()
    const ids = async (database: string) => {
      const text = `select id from information_schema.processlist where db = '${database}'`
      return await server.query<{ id: number }>(text)
    }
    const kept = await ids('app')
    const other = await mysql.createConnection(server.url.replace(/app$/, 'mysql'))
    other.on('error', () => {})
    await until('another that rests is ended', async () => (await ids('mysql')).length === 0)
    expect(kept).not.toEqual([])
    expect(await ids('app')).toEqual(kept)
    await store.close()
  })

  test('is refused where it logs statements instead of what they changed', async () => {
    await using server = await OwnMariadb.create(['log-bin=binlog', 'binlog-format=STATEMENT'])
    const store = await openStore(server.url)
    await expect(store.migrate().then(() => store.enqueue([newJob()]))).rejects.toMatchObject({
      code: 'DATABASE_UNSUPPORTED',
      message: expect.stringMatching(/set binlog_format=ROW or MIXED there/),
    })
    await store.close()
  })
})
