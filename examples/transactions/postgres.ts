import postgres from 'postgres'
import { database, Mail, runBackgroundJob } from './offstage.config.ts'

const sql = postgres(database)

/** An order and the mail that confirms it: both, or neither. */
export async function placeOrder(item: string): Promise<string> {
  return await sql.begin(async (tx) => {
    await tx`insert into orders (item) values (${item})`
    const { id } = await runBackgroundJob(Mail, 'confirm', [item], { tx })
    return id
  })
}

export const close = (): Promise<void> => sql.end()
