import { ROLES, type Role } from '../../../store/access.ts'

/**
 * What can be allowed. `changes`: it changes something, so a read-only dashboard does without. `jobs.read` is what
 * shows queues, schedules, workers, handlers and causes too.
 */
export const PERMISSIONS = {
  'jobs.read': { changes: false, text: 'see jobs, causes, queues, schedules, workers and handlers' },
  'logs.read': { changes: false, text: 'see what jobs logged, and the log files' },
  'metrics.read': { changes: false, text: 'read /metrics' },
  'audit.read': { changes: false, text: 'see who did what' },
  'users.read': { changes: false, text: 'see users, their sessions and tokens, and invitations' },
  'jobs.enqueue': { changes: true, text: 'enqueue jobs, and edited copies of them' },
  'jobs.retry': { changes: true, text: 'run failed and cancelled jobs again' },
  'jobs.run-now': { changes: true, text: 'make waiting jobs due at once' },
  'jobs.cancel': { changes: true, text: 'cancel jobs' },
  'jobs.delete': { changes: true, text: 'delete jobs' },
  'jobs.clear': { changes: true, text: 'remove all jobs that do not run' },
  'causes.mute': { changes: true, text: 'mute causes of failures' },
  'queues.pause': { changes: true, text: 'pause and resume queues' },
  'workers.manage': { changes: true, text: 'quiet, resume and stop workers' },
  'schedules.manage': { changes: true, text: 'run, pause, resume and remove schedules' },
  'tokens.manage': { changes: true, text: 'make API tokens of their own' },
  'users.manage': { changes: true, text: 'invite, change and remove users, end sessions, revoke tokens' },
  'settings.manage': { changes: true, text: 'change the settings of the dashboard' },
} as const satisfies Record<string, { changes: boolean; text: string }>

export type Permission = keyof typeof PERMISSIONS

export const ALL_PERMISSIONS: readonly Permission[] = Object.keys(PERMISSIONS) as Permission[]

const VIEWER: readonly Permission[] = ['jobs.read', 'logs.read', 'metrics.read']
const OPERATOR: readonly Permission[] = [
  ...VIEWER,
  'audit.read',
  'jobs.enqueue',
  'jobs.retry',
  'jobs.run-now',
  'jobs.cancel',
  'jobs.delete',
  'causes.mute',
  'queues.pause',
  'workers.manage',
  'schedules.manage',
  'tokens.manage',
]

export const ROLE_PERMISSIONS: Readonly<Record<Role, readonly Permission[]>> = {
  viewer: VIEWER,
  operator: OPERATOR,
  admin: ALL_PERMISSIONS,
}

/**
 * Who switched changes off. By the `config`, nobody here can switch them on again; by a `setting`, whoever may change
 * settings still can.
 */
export type ReadOnly = 'config' | 'setting' | false

export function isRole(value: unknown): value is Role {
  return ROLES.includes(value as Role)
}

export function isPermission(value: unknown): value is Permission {
  return typeof value === 'string' && Object.hasOwn(PERMISSIONS, value)
}

/** What a user may do: as the role says, unless permissions are set. Names that are not known any more say nothing. */
export function permissionsOf(user: { role: Role; permissions: readonly string[] | null }): readonly Permission[] {
  return user.permissions === null ? ROLE_PERMISSIONS[user.role] : known(user.permissions)
}

/** What a token may do: what it was made for, as far as its user may do that now. */
export function tokenPermissions(scopes: readonly string[], ofUser: readonly Permission[]): readonly Permission[] {
  return known(scopes).filter((permission) => ofUser.includes(permission))
}

export function underReadOnly(permissions: readonly Permission[], readOnly: ReadOnly): readonly Permission[] {
  if (readOnly === false) return permissions
  const kept = readOnly === 'setting' ? 'settings.manage' : undefined
  return permissions.filter((permission) => !PERMISSIONS[permission].changes || permission === kept)
}

/** True when whoever has `holder` may do all of `wanted`: nobody gives, or takes away, more than they have. */
export function covers(holder: readonly Permission[], wanted: readonly Permission[]): boolean {
  return wanted.every((permission) => holder.includes(permission))
}

function known(names: readonly string[]): Permission[] {
  return ALL_PERMISSIONS.filter((permission) => names.includes(permission))
}
