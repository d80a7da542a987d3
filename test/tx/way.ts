import { expect, test } from 'vitest'
import { allow, defineOffstage, newId } from '../../src/index.ts'
import type { Transaction } from '../../src/store/transaction.ts'

export class Orders {
  static readonly jobName = 'Orders'
  confirm(item: string) {
    return item
  }
  other() {}
}

const jobs = [allow(Orders, { confirm: { isolation: 'inline' }, other: { isolation: 'inline' } })] as const

export function openOffstage(database: string) {
  return defineOffstage({ database, logs: false, jobs, defaults: { retries: 0 }, worker: { poll: '100ms' } })
}

export type Shop = ReturnType<typeof openOffstage>

/** A library that is connected to a database which has a table of orders. */
export interface Opened extends AsyncDisposable {
  /** Runs `work` in a transaction that commits when it resolves, and is rolled back when it rejects. */
  transaction<Result>(
    work: (tx: Transaction, order: (item: string) => Promise<unknown>) => Promise<Result>,
  ): Promise<Result>
  /** What is no open transaction of this library, and what is said of it. */
  wrong(): Promise<[unknown, RegExp][]>
  /** True when a transaction that has ended cannot be told from an open one: its connection may be in the next one. */
  reuses?: boolean
}

export interface Place extends AsyncDisposable {
  /** As the offstage names it. */
  url: string
  orders(): Promise<string[]>
  /** What is left on the library's connections; empty when nothing is. */
  leftovers?(): Promise<unknown[]>
}

export interface Way {
  name: string
  open(place: Place): Promise<Opened>
}

class Undone extends Error {}

/** Defines what holds for every library, on a place of one kind of database. */
export function testWay({ name, open }: Way, placeOf: () => Promise<Place>): void {
  const withAll = async (work: (shop: Shop, opened: Opened, place: Place) => Promise<void>) => {
    await using place = await placeOf()
    const shop = openOffstage(place.url)
    try {
      // Makes the tables, for which no transaction of the app may hold up a file.
      await shop.queues.list()
      await using opened = await open(place)
      await work(shop, opened, place)
    } finally {
      await shop.close()
    }
  }
  const options = { timeout: 60_000 }

  test(`${name}: a job exists when its transaction commits, and not before`, options, () =>
    withAll(async (shop, { transaction }, place) => {
      const args = ['tea', 'it\'s \\ " ? $1 :name 🧨']
      const { id, status } = await transaction(async (tx, order) => {
        await order('tea')
        const enqueued = await shop.runBackgroundJob(Orders, 'confirm', [args[1] as string], {
          tx,
          queue: 'mail',
          priority: 'high',
          tags: ['a'],
          timeout: '5s',
        })
        await order('cup')
        expect(await shop.jobs.count({})).toBe(0)
        return enqueued
      })
      expect(status).toBe('created')
      const job = await shop.jobs.get(id)
      expect(job).toMatchObject({ status: 'pending', reason: null, queue: 'mail', priority: 10, attempt: 0 })
      expect([job?.args, job?.tags]).toEqual([[args[1]], ['a']])
      expect(Math.abs((job?.runAt.getTime() ?? 0) - Date.now())).toBeLessThan(60_000)
      expect(await place.orders()).toEqual(['tea', 'cup'])
      expect((await place.leftovers?.()) ?? []).toEqual([])
    }),
  )

  test(`${name}: it never existed when the transaction is rolled back, nor did its names`, options, () =>
    withAll(async (shop, { transaction }, place) => {
      const enqueue = (tx?: Transaction) =>
        shop.runBackgroundJob(Orders, 'other', [], { tx, queue: 'new', expiresIn: '1h' })
      const undone = transaction(async (tx, order) => {
        await order('tea')
        const { id } = await enqueue(tx)
        throw new Undone(id)
      })
      const { message: id } = await undone.then(
        () => Promise.reject(new Error('committed')),
        (error: Error) => error,
      )
      expect(await shop.jobs.get(id)).toBeUndefined()
      expect(await shop.queues.list()).toEqual([])
      expect(await place.orders()).toEqual([])
      const again = await transaction((tx) => enqueue(tx))
      const third = await enqueue()
      for (const each of [again, third]) {
        expect(await shop.jobs.get(each.id)).toMatchObject({ class: 'Orders', method: 'other', queue: 'new' })
      }
    }),
  )

  test(`${name}: many at a time, some later, some twice; what runs then are those`, options, () =>
    withAll(async (shop, { transaction }) => {
      const id = newId()
      const list = Array.from(
        { length: 230 },
        (_, n) => [Orders, 'confirm', [`item ${n}`], { delay: (n % 2) * 3_600 }] as const,
      )
      const twice = [Orders, 'other', [], { id }] as const
      const enqueued = await transaction((tx) => shop.runBackgroundJobs([twice, ...list, twice], { tx }))
      expect(enqueued.map(({ status }) => status)).toEqual(['created', ...list.map(() => 'created'), 'duplicate'])
      const again = await transaction((tx) =>
        shop.runBackgroundJobs(
          [
            [Orders, 'other', [], { id }],
            [Orders, 'confirm', ['new']],
          ],
          { tx },
        ),
      )
      expect(again.map(({ status }) => status)).toEqual(['duplicate', 'created'])
      expect(await shop.queues.list()).toMatchObject([{ ready: 117, delayed: 115 }])
      const worker = await shop.start()
      await expect.poll(() => shop.jobs.count({ status: 'completed' }), { timeout: 20_000 }).toBe(117)
      await worker.stop()
      const job = await shop.jobs.get(enqueued[1]?.id as string)
      expect(job).toMatchObject({ status: 'completed', result: 'item 0', attempt: 1 })
    }),
  )

  test(`${name}: a unique job gives way to one that is there, and holds its key only if it commits`, options, () =>
    withAll(async (shop, { transaction }) => {
      const enqueue = (tx?: Transaction) => shop.runBackgroundJob(Orders, 'confirm', ['tea'], { tx, unique: true })
      const undone = transaction(async (tx) => {
        const { id, status } = await enqueue(tx)
        expect([status, await enqueue(tx)]).toEqual(['created', { id, status: 'duplicate' }])
        throw new Undone()
      })
      await expect(undone).rejects.toBeInstanceOf(Undone)
      const { id, status } = await transaction((tx) => enqueue(tx))
      expect(status).toBe('created')
      expect(await transaction((tx) => enqueue(tx))).toEqual({ id, status: 'duplicate' })
      expect(await enqueue()).toEqual({ id, status: 'duplicate' })
      await shop.jobs.cancel(id)
      const next = await transaction((tx) => enqueue(tx))
      expect([next.status, await shop.jobs.count({})]).toEqual(['created', 2])
    }),
  )

  test(`${name}: calls in one transaction that are made at the same time follow each other`, options, () =>
    withAll(async (shop, { transaction }) => {
      const enqueued = await transaction((tx) =>
        Promise.all(
          Array.from({ length: 8 }, (_, n) =>
            shop.runBackgroundJob(Orders, 'confirm', [`${n}`], { tx, queue: `q${n % 2}` }),
          ),
        ),
      )
      expect(enqueued.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 'created'))
      expect((await shop.queues.list()).map(({ ready }) => ready)).toEqual([4, 4])
    }),
  )

  test(`${name}: what is no open transaction on this database is refused`, options, () =>
    withAll(async (shop, { transaction, wrong, reuses }) => {
      const refuse = async (tx: unknown, why: RegExp) => {
        const refused = shop.runBackgroundJob(Orders, 'other', [], { tx: tx as Transaction })
        await expect(refused).rejects.toMatchObject({ code: 'TX_INVALID', message: expect.stringMatching(why) })
      }
      for (const [tx, why] of await wrong()) await refuse(tx, why)
      const leaked = await transaction(async (tx) => ({ tx }))
      await refuse(leaked.tx, reuses ? /not inside a transaction|has ended/ : /has ended/)
      expect(await shop.jobs.count({})).toBe(0)
      // And the library goes on as before.
      await transaction((tx) => shop.runBackgroundJob(Orders, 'other', [], { tx }))
      expect(await shop.jobs.count({})).toBe(1)
    }),
  )
}
