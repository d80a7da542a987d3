import { hostname, userInfo } from 'node:os'
import { type DashboardSettings, dashboardSettings } from '../core/dashboard-settings.ts'
import { type ErrorCode, OffstageError } from '../core/errors.ts'
import { suggestion } from '../core/nearest.ts'
import { Auth } from '../dashboard/server/auth/auth.ts'
import { normalEmail } from '../dashboard/server/auth/email.ts'
import { type Identity, makeIdentity } from '../dashboard/server/auth/identity.ts'
import { ALL_PERMISSIONS } from '../dashboard/server/auth/permissions.ts'
import { type RefusalCode, Refused } from '../dashboard/server/auth/refused.ts'
import type { User } from '../store/access.ts'
import { withStore } from './session.ts'

/** What a command that manages users works with. */
export interface UserSession {
  readonly auth: Auth
  /** Whoever has this terminal can read and write the database: they may do everything, in the name that they have. */
  readonly by: Identity
  /** Where they are, for the audit log. */
  readonly address: string
  readonly dashboard: DashboardSettings
}

export async function withUsers<Result>(use: (session: UserSession) => Promise<Result>): Promise<Result> {
  return await withStore(async (store, engine) => {
    const name = systemUser()
    const who = { kind: 'cli', id: 'cli', name, email: null, role: 'admin', granted: ALL_PERMISSIONS } as const
    const dashboard = engine?.settings.dashboard ?? dashboardSettings({}, process.env)
    const auth = new Auth({ access: store.access })
    return await use({ auth, by: makeIdentity(who, false), address: hostname(), dashboard })
  })
}

function systemUser(): string {
  try {
    return userInfo().username
  } catch {
    // A container may run under a number that has no name.
    return `uid ${process.getuid?.() ?? '?'}`
  }
}

/** @throws OffstageError USER_NOT_FOUND, with the nearest email; OPTION_INVALID for what is none. */
export async function findUser({ auth }: UserSession, text: string): Promise<User> {
  const email = normalEmail(text)
  if (email === undefined) {
    throw new OffstageError(
      'OPTION_INVALID',
      `${JSON.stringify(text)} is no email address: write it as in ada@example.org`,
    )
  }
  const user = await auth.access.userByEmail(email)
  if (user !== undefined) return user
  const emails = (await auth.access.users()).map((each) => each.email)
  const near = suggestion(email, emails) || ': see `offstage users list`'
  throw new OffstageError('USER_NOT_FOUND', `there is no user ${email}${near}`)
}

const CODES: Partial<Record<RefusalCode, ErrorCode>> = {
  NOT_FOUND: 'USER_NOT_FOUND',
  USER_EXISTS: 'USER_EXISTS',
  LAST_ADMIN: 'LAST_ADMIN',
}

/** What was answered, unless it was refused. @throws OffstageError USER_EXISTS, LAST_ADMIN, PASSWORD_INVALID… */
export function accepted<Value>(answer: Value | Refused): Value {
  if (!(answer instanceof Refused)) return answer
  const { code, message, detail } = answer
  throw new OffstageError(detail.field === 'password' ? 'PASSWORD_INVALID' : (CODES[code] ?? 'OPTION_INVALID'), message)
}
