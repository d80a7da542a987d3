import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { allow, defineOffstage, newId } from '../../src/index.ts'
import type { Transaction } from '../../src/store/transaction.ts'
import { place, ways } from './sqlite-ways.ts'
import { Orders, testWay } from './way.ts'

for (const way of ways) testWay(way, place)

const jobs = [allow(Orders, { confirm: { isolation: 'inline' }, other: { isolation: 'inline' } })] as const
let folder = ''
let offstage: ReturnType<typeof open>
let app: DatabaseSync

function open(file = 'app.db') {
  return defineOffstage({ database: `sqlite:${join(folder, file)}`, logs: false, jobs })
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'offstage-tx-'))
  offstage = open()
  await offstage.jobs.count({})
  app = new DatabaseSync(join(folder, 'app.db'))
  app.exec('create table orders (id integer primary key, item text)')
})

afterEach(async () => {
  app.close()
  await offstage.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Runs `work` inside a transaction of the app, and commits or rolls back. */
async function inside<Result>(end: 'commit' | 'rollback', work: () => Promise<Result>): Promise<Result> {
  app.exec('begin')
  try {
    app.prepare('insert into orders (item) values (?)').run('tea')
    return await work()
  } finally {
    app.exec(end)
  }
}

const orders = () => Number(app.prepare('select count(*) as count from orders').get()?.count)

describe('node:sqlite', () => {
  test('what was enqueued exists when the transaction commits, and not before', async () => {
    const { id, status } = await inside('commit', async () => {
      const enqueued = await offstage.runBackgroundJob(Orders, 'confirm', ['tea'], { tx: app })
      expect(await offstage.jobs.count({})).toBe(0)
      return enqueued
    })
    expect(status).toBe('created')
    expect(await offstage.jobs.get(id)).toMatchObject({ status: 'pending', args: ['tea'], queue: 'default' })
    expect(orders()).toBe(1)
  })

  test('it never existed when the transaction is rolled back, nor did names that came with it', async () => {
    const options = { tx: app, queue: 'new', expiresIn: '1h', tags: ['a'] }
    const { id } = await inside('rollback', () => offstage.runBackgroundJob(Orders, 'other', [], options))
    expect(await offstage.jobs.get(id)).toBeUndefined()
    expect((await offstage.queues.list()).map(({ name }) => name)).toEqual([])
    for (const name of ['job', 'ready', 'expiry', 'handler']) {
      expect(app.prepare(`select count(*) as count from offstage_${name}`).get()).toEqual({ count: 0 })
    }
    // The next one is not told of numbers that are gone.
    const again = await offstage.runBackgroundJob(Orders, 'other', [], { queue: 'new' })
    expect(await offstage.jobs.get(again.id)).toMatchObject({ class: 'Orders', method: 'other', queue: 'new' })
    expect(orders()).toBe(0)
  })

  test('many at a time, in the order of the list, with duplicates told', async () => {
    const id = newId()
    const list = Array.from({ length: 450 }, (_, n) => [Orders, 'confirm', [`item ${n}`], { delay: n % 2 }] as const)
    const enqueued = await inside('commit', () =>
      offstage.runBackgroundJobs([...list, [Orders, 'other', [], { id }], [Orders, 'other', [], { id }]], { tx: app }),
    )
    expect(enqueued.slice(-2)).toEqual([
      { id, status: 'created' },
      { id, status: 'duplicate' },
    ])
    expect(await offstage.jobs.count({})).toBe(451)
    const [queue] = await offstage.queues.list()
    expect(queue).toMatchObject({ ready: 226, delayed: 225 })
    const second = await inside('commit', () => offstage.runBackgroundJob(Orders, 'other', [], { id, tx: app }))
    expect(second).toEqual({ id, status: 'duplicate' })
    const all = await Promise.all(enqueued.slice(0, 450).map((each) => offstage.jobs.get(each.id)))
    expect(all.map((job) => job?.args)).toEqual(list.map(([, , args]) => args))
  })

  test('calls that are made at the same time follow each other', async () => {
    const enqueued = await inside('commit', () =>
      Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          offstage.runBackgroundJob(Orders, 'confirm', [`${n}`], { tx: app, queue: `q${n % 3}` }),
        ),
      ),
    )
    expect(new Set(enqueued.map(({ status }) => status))).toEqual(new Set(['created']))
    expect(await offstage.jobs.count({ status: 'pending' })).toBe(20)
    expect((await offstage.queues.list()).map(({ ready }) => ready)).toEqual([7, 7, 6])
  })

  test('a call that fails leaves nothing for the caller to commit', async () => {
    app.exec(`create trigger broken before insert on offstage_delayed begin select raise(abort, 'no room'); end`)
    await inside('commit', async () => {
      const many = offstage.runBackgroundJobs(
        [
          [Orders, 'other', [], { expiresIn: '1h' }],
          [Orders, 'other', [], { delay: '1h', expiresIn: '1h' }],
        ],
        { tx: app },
      )
      await expect(many).rejects.toThrow('no room')
      await offstage.runBackgroundJob(Orders, 'confirm', ['tea'], { tx: app })
    })
    for (const [name, count] of Object.entries({ job: 1, ready: 1, delayed: 0, expiry: 0 })) {
      expect(app.prepare(`select count(*) as count from offstage_${name}`).get(), name).toEqual({ count })
    }
  })

  test('dispatched says that it is in a transaction', async () => {
    const told: unknown[] = []
    offstage.on('dispatched', ({ id, inTransaction }) => told.push([id, inTransaction]))
    const { id } = await inside('rollback', () => offstage.runBackgroundJob(Orders, 'other', [], { tx: app }))
    const without = await offstage.runBackgroundJob(Orders, 'other', [])
    expect(told).toEqual([
      [id, true],
      [without.id, false],
    ])
  })

  test('the first call of all may be made in a transaction when the tables are there, and says why when they are not', async () => {
    const fresh = open()
    try {
      const { id } = await inside('commit', () => fresh.runBackgroundJob(Orders, 'other', [], { tx: app }))
      expect(await offstage.jobs.get(id)).toBeDefined()
    } finally {
      await fresh.close()
    }
    const path = join(folder, 'empty.db')
    const empty = open('empty.db')
    const own = new DatabaseSync(path)
    try {
      own.exec('pragma journal_mode = wal; create table orders (id integer primary key); begin immediate')
      const refused = empty.runBackgroundJob(Orders, 'other', [], { tx: own })
      await expect(refused).rejects.toMatchObject({
        code: 'DATABASE_BUSY',
        message: expect.stringContaining('migrate'),
      })
      own.exec('commit; begin immediate; rollback')
      await empty.jobs.count({})
      own.exec('begin immediate')
      await empty.runBackgroundJob(Orders, 'other', [], { tx: own })
      own.exec('commit')
      expect(await empty.jobs.count({})).toBe(1)
    } finally {
      own.close()
      await empty.close()
    }
  })

  test('what is no transaction on this file is refused, and says what to give', async () => {
    const elsewhere = new DatabaseSync(join(folder, 'other.db'))
    const closed = new DatabaseSync(join(folder, 'app.db'))
    closed.close()
    const memory = new DatabaseSync(':memory:')
    for (const raw of [elsewhere, memory]) raw.exec('begin')
    const refusals: [unknown, RegExp][] = [
      [app, /a database of node:sqlite that is not inside a transaction/],
      [elsewhere, /tx is on the file .*other\.db, and the jobs of this offstage are in .*app\.db/],
      [memory, /in memory/],
      [closed, /has ended/],
      [{}, /tx is an object of no library/],
      [new Map(), /tx is an object of the class Map/],
      [null, /tx is null/],
      ['begin', /tx is a string/],
      [{ prepare() {}, exec() {}, inTransaction: true }, /brings a SQLite of its own/],
    ]
    try {
      for (const [tx, why] of refusals) {
        const refused = offstage.runBackgroundJob(Orders, 'other', [], { tx: tx as Transaction })
        await expect(refused).rejects.toMatchObject({ code: 'TX_INVALID', message: expect.stringMatching(why) })
      }
      const inList = offstage.runBackgroundJobs([[Orders, 'other', [], { tx: app } as never]])
      await expect(inList).rejects.toThrow('jobs[0]: tx is for all jobs of a list')
      expect(await offstage.jobs.count({})).toBe(0)
    } finally {
      elsewhere.close()
      memory.close()
    }
  })

  test('a worker wakes after the commit', async () => {
    await offstage.start()
    const ran: string[] = []
    offstage.on('completed', ({ id }) => void ran.push(id))
    const done = new Promise<void>((resolve) => offstage.on('completed', () => resolve()))
    const { id } = await inside('commit', async () => {
      const enqueued = await offstage.runBackgroundJob(Orders, 'confirm', ['tea'], { tx: app })
      await new Promise((resolve) => setTimeout(resolve, 100))
      expect(ran).toEqual([])
      return enqueued
    })
    await done
    expect(ran).toEqual([id])
  })
})
