import mysql from 'mysql2/promise'
import { describe, expect, test } from 'vitest'
import { connect, withMysql } from '../support/mysql.ts'
import { place, ways } from './mysql-ways.ts'
import { Orders, openOffstage, testWay } from './way.ts'

await withMysql(() => {
  for (const way of ways) testWay(way, place)

  describe('on MySQL and MariaDB', () => {
    test('a name that somebody else has made meanwhile is found, whatever the transaction sees of the database', async () => {
      await using made = await place()
      const shop = openOffstage(made.url)
      const client = await mysql.createConnection(made.url)
      try {
        await shop.jobs.count({})
        await client.query('set session transaction isolation level repeatable read')
        await client.query('start transaction with consistent snapshot')
        await shop.runBackgroundJob(Orders, 'other', [], { queue: 'mail' })
        const { id } = await shop.runBackgroundJob(Orders, 'other', [], { queue: 'mail', tx: client })
        await client.query('commit')
        expect(await shop.jobs.get(id)).toMatchObject({ queue: 'mail', class: 'Orders' })
        expect(await shop.queues.list()).toMatchObject([{ name: 'mail', ready: 2 }])
      } finally {
        await client.end()
        await shop.close()
      }
    })

    test('a call that fails leaves nothing for the caller to commit', async () => {
      await using made = await place()
      const shop = openOffstage(made.url)
      const client = await mysql.createConnection(made.url)
      const admin = await connect(made.name)
      try {
        await shop.jobs.count({})
        const broken = `signal sqlstate '45000' set message_text = 'no room'`
        await admin.query(`create trigger broken before insert on offstage_delayed for each row ${broken}`)
        await client.beginTransaction()
        const many = shop.runBackgroundJobs(
          [
            [Orders, 'other', [], { expiresIn: '1h' }],
            [Orders, 'other', [], { expiresIn: '1h', delay: '1h' }],
          ],
          { tx: client },
        )
        await expect(many).rejects.toThrow('no room')
        await shop.runBackgroundJob(Orders, 'other', [], { tx: client })
        await client.commit()
        for (const [name, count] of Object.entries({ job: 1, ready: 1, delayed: 0, expiry: 0 })) {
          const [rows] = await admin.query(`select count(*) as count from offstage_${name}`)
          expect(rows, name).toEqual([{ count }])
        }
      } finally {
        await Promise.all([client.end(), admin.end()])
        await shop.close()
      }
    })

    test('a connection to another database of the same server may enqueue', async () => {
      await using made = await place()
      await using other = await place()
      const shop = openOffstage(made.url)
      const client = await mysql.createConnection(other.url)
      try {
        await client.beginTransaction()
        await client.query('insert into orders (item) values (?)', ['tea'])
        const { id } = await shop.runBackgroundJob(Orders, 'confirm', ['tea'], { tx: client })
        await client.commit()
        expect(await shop.jobs.get(id)).toMatchObject({ args: ['tea'] })
        expect(await other.orders()).toEqual(['tea'])
      } finally {
        await client.end()
        await shop.close()
      }
    })
  })
})
