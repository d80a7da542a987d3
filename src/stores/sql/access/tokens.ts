import type { Token } from '../../../store/access.ts'
import { type Database, sql, table } from '../database.ts'

interface TokenRow {
  id: string
  hash: string
  user_id: string
  name: string
  scopes: string
  created_at: number
  expires_at: number | null
  seen_at: number | null
}

const COLUMNS = { text: 'id, hash, user_id, name, scopes, created_at, expires_at, seen_at', values: [] }

export async function addToken(database: Database, token: Token): Promise<void> {
  const { id, hash, userId, name, scopes, createdAt, expiresAt, seenAt } = token
  await database.run(sql`insert into ${table.token} (${COLUMNS}) values (${id}, ${hash}, ${userId}, ${name},
    ${JSON.stringify(scopes)}, ${createdAt.getTime()}, ${expiresAt?.getTime() ?? null}, ${seenAt?.getTime() ?? null})`)
}

export async function tokenByHash(database: Database, hash: string): Promise<Token | undefined> {
  const [row] = await database.all<TokenRow>(sql`select ${COLUMNS} from ${table.token} where hash = ${hash}`)
  return row === undefined ? undefined : toToken(row)
}

export async function tokens(database: Database, userId?: string): Promise<Token[]> {
  const where = userId === undefined ? sql`` : sql`where user_id = ${userId}`
  const rows = await database.all<TokenRow>(
    sql`select ${COLUMNS} from ${table.token} ${where} order by created_at desc, id desc`,
  )
  return rows.map(toToken)
}

export async function touchToken(database: Database, id: string, seenAt: Date): Promise<void> {
  await database.run(sql`update ${table.token} set seen_at = ${seenAt.getTime()} where id = ${id}`)
}

export async function removeToken(database: Database, id: string): Promise<boolean> {
  return (await database.run(sql`delete from ${table.token} where id = ${id}`)) > 0
}

function toToken(row: TokenRow): Token {
  return {
    id: row.id,
    hash: row.hash,
    userId: row.user_id,
    name: row.name,
    scopes: JSON.parse(row.scopes) as string[],
    createdAt: new Date(row.created_at),
    expiresAt: row.expires_at === null ? null : new Date(row.expires_at),
    seenAt: row.seen_at === null ? null : new Date(row.seen_at),
  }
}
