import type { Role } from '../../../store/access.ts'
import { PERMISSIONS, type Permission, type ReadOnly, underReadOnly } from './permissions.ts'
import { Refused } from './refused.ts'

/** Who makes a request, and what they may do in it. */
export interface Identity {
  /** A user with a session, a user's API token, whomever the embedding app says, or the command line. */
  readonly kind: 'user' | 'token' | 'app' | 'cli'
  /** As in the audit log: a user's id, also behind a token; `app:…` for the embedding app's; `cli`. */
  readonly id: string
  /** For people; of a token, with its name. */
  readonly name: string
  readonly email: string | null
  readonly role: Role | null
  /** With read-only taken into account: what counts. */
  readonly permissions: readonly Permission[]
  /** What they could do if it were not read-only: to tell the one refusal from the other. */
  readonly granted: readonly Permission[]
  readonly readOnly: ReadOnly
  /** Of a user: the session, to tell it from their others. */
  readonly sessionId: string | null
  /** Of a token. */
  readonly tokenId: string | null
}

export function makeIdentity(
  who: Pick<Identity, 'kind' | 'id' | 'name' | 'email' | 'role' | 'granted'> &
    Partial<Pick<Identity, 'sessionId' | 'tokenId'>>,
  readOnly: ReadOnly,
): Identity {
  const permissions = underReadOnly(who.granted, readOnly)
  return { sessionId: null, tokenId: null, ...who, permissions, readOnly }
}

/** True for what belongs to whoever is signed in. A token acts in the name of its user, for what it was made for only. */
export function isOwnBy({ kind, id }: Identity, userId: string | undefined): boolean {
  return kind === 'user' && id === userId
}

/** Refuses what somebody may not do. Every route that is for somebody asks this first. */
export function lacks(identity: Identity, permission: Permission): Refused | undefined {
  if (identity.permissions.includes(permission)) return undefined
  const what = PERMISSIONS[permission].text
  return identity.granted.includes(permission)
    ? new Refused('READ_ONLY', `nobody can ${what} now: this dashboard is read-only`, { permission })
    : new Refused('FORBIDDEN', `you may not ${what}: ask an admin for the permission ${permission}`, { permission })
}
