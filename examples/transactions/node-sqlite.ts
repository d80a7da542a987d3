import { DatabaseSync } from 'node:sqlite'
import { database, Mail, runBackgroundJob } from './offstage.config.ts'

// The same file as the jobs', opened by the same SQLite: that of Node itself.
const db = new DatabaseSync(database.replace('sqlite:', ''), { timeout: 5_000 })

/** An order and the mail that confirms it: both, or neither. */
export async function placeOrder(item: string): Promise<string> {
  db.exec('begin immediate')
  try {
    db.prepare('insert into orders (item) values (?)').run(item)
    const { id } = await runBackgroundJob(Mail, 'confirm', [item], { tx: db })
    db.exec('commit')
    return id
  } catch (error) {
    db.exec('rollback')
    throw error
  }
}

export const close = (): void => db.close()
