import { createPool } from 'mysql2/promise'
import { database, Mail, runBackgroundJob } from './offstage.config.ts'

const pool = createPool({ uri: database })

/** An order and the mail that confirms it: both, or neither. */
export async function placeOrder(item: string): Promise<string> {
  const connection = await pool.getConnection()
  try {
    await connection.beginTransaction()
    await connection.query('insert into orders (item) values (?)', [item])
    const { id } = await runBackgroundJob(Mail, 'confirm', [item], { tx: connection })
    await connection.commit()
    return id
  } catch (error) {
    await connection.rollback()
    throw error
  } finally {
    connection.release()
  }
}

export const close = (): Promise<void> => pool.end()
