import type { Session } from '../../../store/access.ts'
import { type Connection, type Database, sql, table } from '../database.ts'

interface SessionRow {
  id: string
  user_id: string
  created_at: number
  seen_at: number
  expires_at: number
  address: string
  agent: string
}

const COLUMNS = { text: 'id, user_id, created_at, seen_at, expires_at, address, agent', values: [] }

export async function addSession(database: Database, session: Session): Promise<void> {
  const { id, userId, createdAt, seenAt, expiresAt, address, agent } = session
  await database.run(sql`insert into ${table.session} (${COLUMNS}) values (${id}, ${userId}, ${createdAt.getTime()},
    ${seenAt.getTime()}, ${expiresAt.getTime()}, ${address}, ${agent})`)
}

export async function session(database: Database, id: string): Promise<Session | undefined> {
  const [row] = await database.all<SessionRow>(sql`select ${COLUMNS} from ${table.session} where id = ${id}`)
  return row === undefined ? undefined : toSession(row)
}

export async function sessions(database: Database, userId?: string): Promise<Session[]> {
  const where = userId === undefined ? sql`` : sql`where user_id = ${userId}`
  const rows = await database.all<SessionRow>(
    sql`select ${COLUMNS} from ${table.session} ${where} order by seen_at desc, id`,
  )
  return rows.map(toSession)
}

export async function touchSession(database: Database, id: string, seenAt: Date, expiresAt: Date): Promise<void> {
  await database.run(sql`update ${table.session} set seen_at = ${seenAt.getTime()}, expires_at = ${expiresAt.getTime()}
    where id = ${id}`)
}

export async function endSession(database: Database, id: string): Promise<boolean> {
  return (await database.run(sql`delete from ${table.session} where id = ${id}`)) > 0
}

export async function endSessionsOf(connection: Connection, userId: string, except = ''): Promise<number> {
  return await connection.run(sql`delete from ${table.session} where user_id = ${userId} and id <> ${except}`)
}

function toSession(row: SessionRow): Session {
  return {
    id: row.id,
    userId: row.user_id,
    createdAt: new Date(row.created_at),
    seenAt: new Date(row.seen_at),
    expiresAt: new Date(row.expires_at),
    address: row.address,
    agent: row.agent,
  }
}
