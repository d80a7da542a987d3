import { type Generated, Kysely, PostgresDialect } from 'kysely'
import { Pool } from 'pg'
import { database, Mail, runBackgroundJob } from './offstage.config.ts'

interface Tables {
  orders: { id: Generated<number>; item: string }
}

const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: new Pool({ connectionString: database }) }) })

/** An order and the mail that confirms it: both, or neither. */
export async function placeOrder(item: string): Promise<string> {
  return await db.transaction().execute(async (tx) => {
    await tx.insertInto('orders').values({ item }).execute()
    const { id } = await runBackgroundJob(Mail, 'confirm', [item], { tx })
    return id
  })
}

export const close = (): Promise<void> => db.destroy()
