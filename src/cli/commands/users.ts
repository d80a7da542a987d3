import { OffstageError } from '../../core/errors.ts'
import { isRole } from '../../dashboard/server/auth/permissions.ts'
import type { UserPatch } from '../../dashboard/server/auth/users.ts'
import type { Role, User } from '../../store/access.ts'
import { confirmed } from '../confirm.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { note, print, printJson } from '../output.ts'
import { readPassword } from '../read-password.ts'
import type { GlobalOptions } from '../session.ts'
import { type Column, tableLines } from '../table.ts'
import { ago } from '../time-text.ts'
import { checkLinkOptions, type LinkOptions, linkJson, makeLink, printLink } from '../user-link.ts'
import { accepted, findUser, type UserSession, withUsers } from '../user-session.ts'

const COLUMNS: Column<User>[] = [
  { title: 'EMAIL', cell: ({ email }) => email, flexible: true },
  { title: 'NAME', cell: ({ name }) => name, optional: true },
  { title: 'ROLE', cell: ({ role, permissions }) => (permissions === null ? role : `${role}, changed`) },
  {
    title: 'STATUS',
    cell: ({ disabledAt }) => (disabledAt === null ? 'active' : 'disabled'),
    style: ({ disabledAt }) => (disabledAt === null ? 'green' : 'yellow'),
  },
  { title: 'SIGNS IN BY', cell: ({ password }) => (password === null ? 'link' : 'password'), optional: true },
  {
    title: 'SINCE',
    cell: ({ createdAt }) => createdAt.toISOString(),
    short: ({ createdAt }) => ago(createdAt),
    align: 'right',
    optional: true,
  },
]

/** Without the hash of the password, which leaves the database for nobody. */
function userJson({ password, ...user }: User): unknown {
  return { ...user, hasPassword: password !== null }
}

export async function listUsers(_: [], options: GlobalOptions): Promise<ExitCode> {
  const users = await withUsers(({ auth }) => auth.access.users())
  if (options.json) printJson(users.map(userJson))
  else if (users.length === 0)
    note('no users yet: the first `offstage start` makes one, or `offstage users add <email>`')
  else for (const line of tableLines(COLUMNS, users)) print(line)
  return EXIT.ok
}

interface AddOptions extends GlobalOptions, LinkOptions {
  role?: string
  name?: string
  passwordStdin?: boolean
}

/** Adds a user, with a password or with a link to sign in by. */
export async function addUser([email]: [string], options: AddOptions): Promise<ExitCode> {
  const role = checkRole(options.role ?? 'viewer')
  if (!options.passwordStdin) checkLinkOptions(options)
  const password = options.passwordStdin ? await readPassword(email) : undefined
  if (options.passwordStdin && password === undefined) return EXIT.interrupted
  const { user, link } = await withUsers(async (session) => {
    const { auth, by, address } = session
    const added = accepted(await auth.users.add(by, { email, role, name: options.name, password }, address))
    return { user: added, link: password === undefined ? await makeLink(session, added, options) : undefined }
  })
  if (options.json) printJson({ ...(userJson(user) as object), ...linkJson(link) })
  else {
    print(`${user.email} added, ${withArticle(role)}`)
    if (link !== undefined) printLink(link)
  }
  return EXIT.ok
}

export async function setRole([email, role]: [string, string], options: GlobalOptions): Promise<ExitCode> {
  const wanted = checkRole(role)
  return await change(email, { role: wanted, permissions: null }, `is ${withArticle(wanted)} now`, options)
}

/** The command that lets a user sign in no more, or again. */
export function setDisabled(disabled: boolean) {
  return async ([email]: [string], options: GlobalOptions): Promise<ExitCode> =>
    await change(email, { disabled }, disabled ? 'can sign in no more' : 'can sign in again', options)
}

/** Sets a password; whoever is signed in as that user has to sign in again. */
export async function setPassword([email]: [string], options: GlobalOptions): Promise<ExitCode> {
  const changed = await withUsers(async (session) => {
    // Whether there is such a user is worth knowing before one is asked for a password.
    const user = await findUser(session, email)
    const password = await readPassword(user.email)
    return password === undefined ? undefined : await changeUser(session, user, { password })
  })
  return changed === undefined ? EXIT.interrupted : told(changed, 'has a new password', options)
}

async function change(email: string, patch: UserPatch, done: string, options: GlobalOptions): Promise<ExitCode> {
  const changed = await withUsers(async (session) => changeUser(session, await findUser(session, email), patch))
  return told(changed, done, options)
}

async function changeUser({ auth, by, address }: UserSession, { id }: User, patch: UserPatch): Promise<User> {
  return accepted(await auth.users.change(by, id, patch, address))
}

function told(user: User, done: string, options: GlobalOptions): ExitCode {
  if (options.json) printJson(userJson(user))
  else print(`${user.email} ${done}`)
  return EXIT.ok
}

export async function removeUser([email]: [string], options: GlobalOptions & { yes?: boolean }): Promise<ExitCode> {
  const removed = await withUsers(async (session) => {
    const user = await findUser(session, email)
    const what = `this would remove the ${user.role} ${user.email}, with their sessions and tokens`
    if (!options.yes && !(await confirmed(what))) return undefined
    accepted(await session.auth.users.remove(session.by, user.id, session.address))
    return user
  })
  if (removed === undefined) return EXIT.interrupted
  if (options.json) printJson({ email: removed.email, removed: true })
  else print(`${removed.email} removed`)
  return EXIT.ok
}

function withArticle(role: Role): string {
  return role === 'viewer' ? 'a viewer' : `an ${role}`
}

function checkRole(text: string): Role {
  if (isRole(text)) return text
  throw new OffstageError('OPTION_INVALID', `there is no role ${JSON.stringify(text)}: use viewer, operator or admin`)
}
