import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { withPostgres } from '../support/postgres.ts'
import { connection, place, ways } from './postgres-ways.ts'
import { Orders, openOffstage, testWay } from './way.ts'

type Shop = ReturnType<typeof openOffstage>

/** An app in a place of its own, and a connection to the same database that is not the app's. */
async function inShop(run: (shop: Shop, client: pg.Client) => Promise<void>): Promise<void> {
  await using made = await place()
  const shop = openOffstage(made.url)
  const client = new pg.Client(connection())
  await client.connect()
  try {
    await shop.jobs.count({})
    await run(shop, client)
  } finally {
    await client.end()
    await shop.close()
  }
}

await withPostgres(() => {
  for (const way of ways) testWay(way, place)

  describe('on PostgreSQL', () => {
    test('the error of a transaction that has failed before comes out as it is', () =>
      inShop(async (shop, client) => {
        await client.query('begin')
        await expect(client.query('select 1 / 0')).rejects.toThrow('division by zero')
        const refused = shop.runBackgroundJob(Orders, 'other', [], { tx: client })
        await expect(refused).rejects.toMatchObject({ code: '25P02' })
        await client.query('rollback')
      }))

    test('a name that somebody else has made meanwhile is found, whatever the transaction sees of the database', () =>
      inShop(async (shop, client) => {
        for (const level of ['repeatable read', 'serializable']) {
          await client.query(`begin isolation level ${level}; select 1`)
          const queue = level.replace(' ', '-')
          await shop.runBackgroundJob(Orders, 'other', [], { queue })
          const { id } = await shop.runBackgroundJob(Orders, 'other', [], { queue, tx: client })
          await client.query('commit')
          expect(await shop.jobs.get(id)).toMatchObject({ queue, class: 'Orders' })
        }
      }))

    test('a transaction on another database is refused, with tables of Offstage and without', async () => {
      await using made = await place()
      await using other = await place()
      const [shop, elsewhere] = [openOffstage(made.url), openOffstage(other.url)]
      const client = new pg.Client(connection())
      await client.connect()
      try {
        await elsewhere.jobs.count({})
        await client.query('begin')
        await shop.runBackgroundJob(Orders, 'other', [], { tx: client })
        await client.query('rollback')
        // The same schema name on another server has another number: here it is given one.
        await client.query(`begin; update ${made.schema}.setting set value = '"another"' where name = 'database-id'`)
        await shop.runBackgroundJob(Orders, 'other', [], { tx: client }).then(
          () => expect.unreachable(),
          (error) =>
            expect(error).toMatchObject({ code: 'TX_INVALID', message: expect.stringContaining('another one') }),
        )
        await client.query('rollback')
        await client.query(`begin; alter schema ${made.schema} rename to ${made.schema}_gone`)
        const refused = shop.runBackgroundJob(Orders, 'other', [], { tx: client })
        await expect(refused).rejects.toMatchObject({
          code: 'TX_INVALID',
          message: expect.stringContaining('without the tables'),
        })
        await client.query('rollback')
      } finally {
        await client.end()
        await shop.close()
        await elsewhere.close()
      }
    })

    test('a worker of the same process and one of another wake after the commit', async () => {
      await using made = await place()
      const shop = openOffstage(made.url)
      const listener = new pg.Client(connection())
      const client = new pg.Client(connection())
      await Promise.all([listener.connect(), client.connect()])
      try {
        const worker = await shop.start({ poll: '1h' })
        await listener.query(`listen "offstage_${made.schema}"`)
        let told = 0
        listener.on('notification', () => {
          told += 1
        })
        await client.query('begin')
        const { id } = await shop.runBackgroundJob(Orders, 'confirm', ['tea'], { tx: client })
        await listener.query('select 1')
        expect(told).toBe(0)
        await client.query('commit')
        await expect(shop.jobs.wait(id, { timeout: '10s' })).resolves.toMatchObject({ status: 'completed' })
        await expect.poll(() => told).toBeGreaterThan(0)
        await worker.stop()
      } finally {
        await Promise.all([listener.end(), client.end()])
        await shop.close()
      }
    })
  })
})
