import { describe, expect, test, vi } from 'vitest'
import { type App, makeApp } from '../support/app.ts'
import { temporaryDatabase, withMysql } from '../support/mysql.ts'
import { type Orders, openOrders } from '../support/orders.ts'
import { temporarySchema, withPostgres } from '../support/postgres.ts'
import { until } from '../support/until.ts'

vi.setConfig({ testTimeout: 120_000 })

type Place = AsyncDisposable & { url: string | undefined }

function said(lines: readonly string[], word: string): string[] {
  return lines.filter((line) => line.startsWith(word)).map((line) => line.slice(word.length + 1))
}

async function storedIds({ offstage }: App): Promise<string[]> {
  const ids: string[] = []
  let cursor: string | undefined
  do {
    const page = await offstage.jobs.list({ limit: 1_000, cursor })
    ids.push(...page.jobs.map(({ id }) => id))
    cursor = page.cursor
  } while (cursor !== undefined)
  return ids
}

function promise(open: () => Promise<Place>): void {
  async function inApp(work: (app: App, orders: Orders) => Promise<void>): Promise<void> {
    await using place = await open()
    await using app = makeApp(place.url === undefined ? {} : { database: place.url })
    await app.offstage.jobs.count({})
    await using orders = await openOrders(app.database)
    await orders.create()
    await work(app, orders)
  }

  test('killed with -9 between the enqueue and the commit, neither the job nor the order has ever been there', () =>
    inApp(async (app, orders) => {
      const worker = await app.worker()
      const producers = [1, 2, 3].map(() => app.program('tx-producer.ts', [app.database, 'hold']))
      // On a file, the first holds the others up.
      const first = await Promise.race(producers.map((producer) => producer.said(1).then(() => producer)))
      const [id = ''] = said(first.lines, 'enqueued')
      expect(await app.offstage.jobs.get(id)).toBeUndefined()
      for (const producer of producers) await producer.stop('SIGKILL')
      await until('the server has heard of their end', async () => (await orders.ids()).length === 0)
      expect(await storedIds(app)).toEqual([])
      // Nothing is left of them that would hold up the next one.
      await orders.begin()
      await orders.insert(id)
      const { runBackgroundJob } = app.offstage
      await runBackgroundJob('InlineJobs', 'note', ['notes'], { tx: orders.tx, id })
      await orders.commit()
      await app.noted('notes', { id })
      expect((await worker.stop()).code).toBe(0)
    }))

  test('whenever producers are killed with -9: every order has its job, every job its order, and only those run', () =>
    inApp(async (app, orders) => {
      const worker = await app.worker()
      const lines: string[] = []
      for (const answers of [1, 15, 40]) {
        const producers = [1, 2, 3].map(() => app.program('tx-producer.ts', [app.database]))
        await producers[0]?.said(answers)
        for (const producer of producers) lines.push(...(await producer.stop('SIGKILL')).lines)
      }
      const open = () => app.offstage.jobs.count({ status: ['pending', 'running'] })
      await until('every job has ended', async () => (await open()) === 0, 60_000)
      expect((await worker.stop()).code).toBe(0)
      const [placed, stored] = [await orders.ids(), await storedIds(app)]
      expect(stored.toSorted()).toEqual(placed)
      expect(
        app
          .notes('notes')
          .map(({ id }) => id)
          .toSorted(),
      ).toEqual(placed)
      const [committed, undone] = [said(lines, 'committed'), said(lines, 'undone')]
      expect(committed.length).toBeGreaterThan(10)
      expect(undone.length).toBeGreaterThan(3)
      expect(committed.filter((id) => !placed.includes(id))).toEqual([])
      expect(undone.filter((id) => placed.includes(id))).toEqual([])
    }))
}

describe('on a file', () => promise(async () => ({ url: undefined, async [Symbol.asyncDispose]() {} })))
await withPostgres(() =>
  describe('on PostgreSQL', () =>
    promise(async () => {
      const schema = temporarySchema()
      return { url: schema.url(), [Symbol.asyncDispose]: () => schema[Symbol.asyncDispose]() }
    })),
)
await withMysql(() => describe('on MySQL or MariaDB', () => promise(temporaryDatabase)))
