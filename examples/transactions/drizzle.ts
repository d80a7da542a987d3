import { drizzle } from 'drizzle-orm/node-postgres'
import { pgTable, serial, text } from 'drizzle-orm/pg-core'
import { database, Mail, runBackgroundJob } from './offstage.config.ts'

const orders = pgTable('orders', { id: serial().primaryKey(), item: text().notNull() })
const db = drizzle(database)

/** An order and the mail that confirms it: both, or neither. */
export async function placeOrder(item: string): Promise<string> {
  return await db.transaction(async (tx) => {
    await tx.insert(orders).values({ item })
    const { id } = await runBackgroundJob(Mail, 'confirm', [item], { tx })
    return id
  })
}

export const close = (): Promise<void> => db.$client.end()
