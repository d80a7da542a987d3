import createKnex from 'knex'
import { database, Mail, runBackgroundJob } from './offstage.config.ts'

const knex = createKnex({ client: 'pg', connection: database })

/** An order and the mail that confirms it: both, or neither. */
export async function placeOrder(item: string): Promise<string> {
  return await knex.transaction(async (tx) => {
    await tx('orders').insert({ item })
    const { id } = await runBackgroundJob(Mail, 'confirm', [item], { tx })
    return id
  })
}

export const close = (): Promise<void> => knex.destroy()
