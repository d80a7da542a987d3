import { OffstageError } from '../../../core/errors.ts'
import type { Role, User, UserChange } from '../../../store/access.ts'
import { type Connection, type Database, list, type Statement, sql, table } from '../database.ts'
import { endSessionsOf } from './sessions.ts'

interface UserRow {
  id: string
  email: string
  name: string
  password: string | null
  role: Role
  permissions: string | null
  created_at: number
  disabled_at: number | null
}

const COLUMNS = { text: 'id, email, name, password, role, permissions, created_at, disabled_at', values: [] }

export async function users(database: Database): Promise<User[]> {
  return (await database.all<UserRow>(sql`select ${COLUMNS} from ${table.user} order by email`)).map(toUser)
}

export async function userByEmail(database: Database, email: string): Promise<User | undefined> {
  return await one(database, sql`email = ${email}`)
}

export async function userById(database: Database, id: string): Promise<User | undefined> {
  return await one(database, sql`id = ${id}`)
}

async function one(connection: Connection, where: Statement): Promise<User | undefined> {
  const [row] = await connection.all<UserRow>(sql`select ${COLUMNS} from ${table.user} where ${where}`)
  return row === undefined ? undefined : toUser(row)
}

export async function addUser(database: Database, user: User): Promise<void> {
  const { id, email, name, password, role, permissions, createdAt, disabledAt } = user
  const insert = sql`insert into ${table.user} (${COLUMNS}) values (${id}, ${email}, ${name}, ${password}, ${role},
    ${json(permissions)}, ${createdAt.getTime()}, ${disabledAt?.getTime() ?? null})`
  try {
    await database.transaction(async (tx) => {
      const there = await one(tx, sql`email = ${email}`)
      if (there === undefined) await tx.run(insert)
      else if (there.id !== id) throw exists(email)
    })
  } catch (error) {
    // Of two at once, the unique index lets one in. What it says to the other differs between databases; that there is
    // such a user now does not. And one that is there under this id was stored, though the answer was lost.
    const there = await userByEmail(database, email)
    if (there === undefined) throw error
    if (there.id !== id) throw exists(email)
  }
}

export async function changeUser(
  database: Database,
  id: string,
  change: UserChange,
  endSessions?: 'all' | { except: string },
): Promise<boolean> {
  const { name, password, role, permissions, disabledAt } = change
  const set = [
    ...(name === undefined ? [] : [sql`name = ${name}`]),
    ...(password === undefined ? [] : [sql`password = ${password}`]),
    ...(role === undefined ? [] : [sql`role = ${role}`]),
    ...(permissions === undefined ? [] : [sql`permissions = ${json(permissions)}`]),
    ...(disabledAt === undefined ? [] : [sql`disabled_at = ${disabledAt?.getTime() ?? null}`]),
  ]
  return await database.transaction(async (tx) => {
    await lockAdmins(tx)
    const user = await one(tx, sql`id = ${id}`)
    if (user === undefined) return false
    const wasAdmin = isAdmin(user)
    if (set.length > 0) await tx.run(sql`update ${table.user} set ${list(set)} where id = ${id}`)
    if (wasAdmin) await checkAdminLeft(tx)
    if (disabledAt) await endSessionsOf(tx, id)
    else if (endSessions !== undefined)
      await endSessionsOf(tx, id, endSessions === 'all' ? undefined : endSessions.except)
    return true
  })
}

export async function removeUser(database: Database, id: string): Promise<boolean> {
  return await database.transaction(async (tx) => {
    await lockAdmins(tx)
    const user = await one(tx, sql`id = ${id}`)
    if (user === undefined) return false
    await tx.run(sql`delete from ${table.user} where id = ${id}`)
    if (isAdmin(user)) await checkAdminLeft(tx)
    await endSessionsOf(tx, id)
    await tx.run(sql`delete from ${table.token} where user_id = ${id}`)
    await tx.run(sql`delete from ${table.invitation} where email = ${user.email} and kind = 'sign-in'`)
    return true
  })
}

/** With all that the role may do: whoever has permissions of their own may have lost the one that counts here. */
const ADMIN = { text: `role = 'admin' and permissions is null and disabled_at is null`, values: [] }

function isAdmin({ role, permissions, disabledAt }: User): boolean {
  return role === 'admin' && permissions === null && disabledAt === null
}

/**
 * Two admins who remove each other at once would both find one left. So each holds the rows of all admins first; what
 * is read next is read after whoever held them before.
 */
async function lockAdmins(tx: Connection): Promise<void> {
  await tx.all(sql`select id from ${table.user} where ${ADMIN} order by id ${tx.forUpdate}`)
}

async function checkAdminLeft(tx: Connection): Promise<void> {
  const left = await tx.all(sql`select id from ${table.user} where ${ADMIN} limit 1`)
  if (left.length === 0) {
    throw new OffstageError(
      'LAST_ADMIN',
      'nobody would be left who can manage users: make somebody else an admin first, with `offstage users role <email> admin`',
    )
  }
}

function exists(email: string): OffstageError {
  return new OffstageError(
    'USER_EXISTS',
    `there is already a user ${email}: change it instead, or use another email address`,
  )
}

function json(permissions: readonly string[] | null): string | null {
  return permissions === null ? null : JSON.stringify(permissions)
}

function toUser(row: UserRow): User {
  const { id, email, name, password, role } = row
  return {
    id,
    email,
    name,
    password,
    role,
    permissions: row.permissions === null ? null : (JSON.parse(row.permissions) as string[]),
    createdAt: new Date(row.created_at),
    disabledAt: row.disabled_at === null ? null : new Date(row.disabled_at),
  }
}
