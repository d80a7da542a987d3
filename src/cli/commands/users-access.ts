import { OffstageError } from '../../core/errors.ts'
import { suggestion } from '../../core/nearest.ts'
import { ALL_PERMISSIONS, isPermission } from '../../dashboard/server/auth/permissions.ts'
import type { Session, Token, User } from '../../store/access.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { positiveNumber } from '../option-values.ts'
import { note, print, printJson } from '../output.ts'
import type { GlobalOptions } from '../session.ts'
import { type Column, tableLines } from '../table.ts'
import { ago } from '../time-text.ts'
import { checkLinkOptions, type LinkOptions, linkJson, makeLink, printLink } from '../user-link.ts'
import { accepted, findUser, withUsers } from '../user-session.ts'

/** Prints a link that signs in as a user, once. */
export async function link([email]: [string], options: GlobalOptions & LinkOptions): Promise<ExitCode> {
  checkLinkOptions(options)
  const made = await withUsers(async (session) => makeLink(session, await findUser(session, email), options))
  if (options.json) printJson({ email: made.email, ...linkJson(made) })
  else printLink(made)
  return EXIT.ok
}

const SESSION_COLUMNS: Column<Session>[] = [
  { title: 'ADDRESS', cell: ({ address }) => address || '-' },
  { title: 'BROWSER', cell: ({ agent }) => agent || '-', flexible: true },
  {
    title: 'SEEN',
    cell: ({ seenAt }) => seenAt.toISOString(),
    short: ({ seenAt }) => ago(seenAt),
    align: 'right',
  },
  {
    title: 'ENDS',
    cell: ({ expiresAt }) => expiresAt.toISOString(),
    short: ({ expiresAt }) => ago(expiresAt),
    align: 'right',
    optional: true,
  },
]

/** Where a user is signed in; with `--end`, no more. */
export async function sessions([email]: [string], options: GlobalOptions & { end?: boolean }): Promise<ExitCode> {
  const { user, found } = await withUsers(async (session) => {
    const { auth, by, address } = session
    const known = await findUser(session, email)
    const now = Date.now()
    const live = (await auth.access.sessions(known.id)).filter(({ expiresAt }) => expiresAt.getTime() > now)
    if (options.end) accepted(await auth.users.endSessions(by, known.id, address))
    return { user: known, found: live }
  })
  if (options.json) {
    const shown = found.map(({ createdAt, seenAt, expiresAt, address, agent }) => ({
      ...{ createdAt, seenAt, expiresAt, address, agent },
      ended: options.end === true,
    }))
    printJson(shown)
  } else if (found.length === 0) note(`${user.email} is signed in nowhere`)
  else if (options.end)
    print(`${user.email} was signed out of ${found.length === 1 ? '1 browser' : `${found.length} browsers`}`)
  else for (const line of tableLines(SESSION_COLUMNS, found)) print(line)
  return EXIT.ok
}

interface TokenOptions extends GlobalOptions {
  name?: string
  scope?: string[]
  days?: string
  revoke?: string
}

const TOKEN_COLUMNS: Column<Token>[] = [
  { title: 'ID', cell: ({ id }) => id },
  { title: 'NAME', cell: ({ name }) => name, flexible: true },
  { title: 'SCOPES', cell: ({ scopes }) => scopes.join(','), optional: true },
  {
    title: 'USED',
    cell: ({ seenAt }) => seenAt?.toISOString() ?? '-',
    short: ({ seenAt }) => (seenAt ? ago(seenAt) : '-'),
  },
  {
    title: 'EXPIRES',
    cell: ({ expiresAt }) => expiresAt?.toISOString() ?? 'never',
    short: ({ expiresAt }) => (expiresAt ? ago(expiresAt) : 'never'),
    align: 'right',
  },
]

/** The API tokens of a user: shows, makes or revokes them. */
export async function tokens([email]: [string], options: TokenOptions): Promise<ExitCode> {
  if (options.revoke !== undefined) return await revoke(email, options.revoke, options)
  if ((options.name ?? options.scope ?? options.days) !== undefined) return await makeToken(email, options)
  const found = await withUsers(async (session) => session.auth.access.tokens((await findUser(session, email)).id))
  if (options.json) printJson(found.map(tokenJson))
  else if (found.length === 0) note(`${email} has no tokens: --name and --scope make one`)
  else for (const line of tableLines(TOKEN_COLUMNS, found)) print(line)
  return EXIT.ok
}

async function makeToken(email: string, options: TokenOptions): Promise<ExitCode> {
  const { name = '', scope = [], days = '90' } = options
  checkScopes(scope)
  const expiresInDays = days === 'never' ? null : positiveNumber(days, '--days', 3_650)
  const { user, text, token } = await withUsers(async (session) => {
    const known: User = await findUser(session, email)
    const request = { name, scopes: scope, expiresInDays }
    const made = accepted(await session.auth.tokens.create(session.by, request, session.address, known.id))
    return { user: known, ...made }
  })
  if (options.json) printJson({ ...tokenJson(token), token: text })
  else {
    const end = token.expiresAt === null ? 'does not expire' : `expires ${ago(token.expiresAt)}`
    note(`a token of ${user.email}, which is shown only now and ${end}:`)
    print(text)
  }
  return EXIT.ok
}

/** Before the dashboard's own checks, which know of no flags. */
function checkScopes(scopes: readonly string[]): void {
  const all = `use one or more of ${ALL_PERMISSIONS.join(', ')}`
  if (scopes.length === 0) throw new OffstageError('OPTION_INVALID', `--scope is missing: ${all}`)
  const unknown = scopes.find((scope) => !isPermission(scope))
  if (unknown === undefined) return
  const near = suggestion(unknown, ALL_PERMISSIONS) || `: ${all}`
  throw new OffstageError('OPTION_INVALID', `--scope has ${JSON.stringify(unknown)}, which is no permission${near}`)
}

async function revoke(email: string, wanted: string, options: GlobalOptions): Promise<ExitCode> {
  const revoked = await withUsers(async (session) => {
    const { auth, by, address } = session
    const user = await findUser(session, email)
    const named = (await auth.access.tokens(user.id)).filter(({ id, name }) => id === wanted || name === wanted)
    if (named.length === 0) {
      throw new OffstageError(
        'USER_NOT_FOUND',
        `${user.email} has no token ${JSON.stringify(wanted)}: see \`offstage users tokens ${user.email}\``,
      )
    }
    for (const { id } of named) accepted(await auth.tokens.revoke(by, id, address))
    return named
  })
  if (options.json) printJson(revoked.map(tokenJson))
  else for (const { name } of revoked) print(`${name} revoked`)
  return EXIT.ok
}

function tokenJson({ id, name, scopes, createdAt, expiresAt, seenAt }: Token): object {
  return { id, name, scopes, createdAt, expiresAt, seenAt }
}
