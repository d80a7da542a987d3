import { Pool } from 'pg'
import { database, Mail, runBackgroundJob } from './offstage.config.ts'

const pool = new Pool({ connectionString: database })

/** An order and the mail that confirms it: both, or neither. */
export async function placeOrder(item: string): Promise<string> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query('insert into orders (item) values ($1)', [item])
    const { id } = await runBackgroundJob(Mail, 'confirm', [item], { tx: client })
    await client.query('commit')
    return id
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}

export const close = (): Promise<void> => pool.end()
