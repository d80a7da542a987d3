import type { Invitation, Role } from '../../../store/access.ts'
import { type Connection, type Database, sql, table } from '../database.ts'

interface InvitationRow {
  hash: string
  kind: Invitation['kind']
  email: string
  role: Role
  created_by: string | null
  created_at: number
  expires_at: number
  used_at: number | null
}

const COLUMNS = { text: 'hash, kind, email, role, created_by, created_at, expires_at, used_at', values: [] }

export async function addInvitation(database: Database, invitation: Invitation): Promise<void> {
  const { hash, kind, email, role, createdBy, createdAt, expiresAt, usedAt } = invitation
  await database.run(sql`insert into ${table.invitation} (${COLUMNS}) values (${hash}, ${kind}, ${email}, ${role},
    ${createdBy}, ${createdAt.getTime()}, ${expiresAt.getTime()}, ${usedAt?.getTime() ?? null})`)
}

export async function invitation(connection: Connection, hash: string): Promise<Invitation | undefined> {
  const [row] = await connection.all<InvitationRow>(
    sql`select ${COLUMNS} from ${table.invitation} where hash = ${hash}`,
  )
  return row === undefined ? undefined : toInvitation(row)
}

export async function invitations(database: Database): Promise<Invitation[]> {
  const rows = await database.all<InvitationRow>(
    sql`select ${COLUMNS} from ${table.invitation} order by created_at desc, hash`,
  )
  return rows.map(toInvitation)
}

export async function removeInvitation(database: Database, hash: string): Promise<boolean> {
  return (await database.run(sql`delete from ${table.invitation} where hash = ${hash}`)) > 0
}

export async function takeInvitation(database: Database, hash: string, now: Date): Promise<Invitation | undefined> {
  const at = now.getTime()
  return await database.transaction(async (tx) => {
    // The update decides who was first: of two at once, the second waits for the first and finds it used.
    const used = await tx.run(sql`update ${table.invitation} set used_at = ${at}
      where hash = ${hash} and used_at is null and expires_at > ${at}`)
    return used === 0 ? undefined : await invitation(tx, hash)
  })
}

function toInvitation(row: InvitationRow): Invitation {
  return {
    hash: row.hash,
    kind: row.kind,
    email: row.email,
    role: row.role,
    createdBy: row.created_by,
    createdAt: new Date(row.created_at),
    expiresAt: new Date(row.expires_at),
    usedAt: row.used_at === null ? null : new Date(row.used_at),
  }
}
