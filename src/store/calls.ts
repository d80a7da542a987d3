import type { AccessStore } from './access.ts'
import type { MoveStore } from './move.ts'
import type { ScheduleStore } from './schedules.ts'
import type { Store } from './store.ts'

/** What of a store reaches the database, for what wraps it; and so does all of `access`, `schedules` and `moving`. */
export const DATABASE_CALLS = [
  'enqueue',
  'claim',
  'settle',
  'heartbeat',
  'record',
  'register',
  'endLease',
  'held',
  'orphans',
  'workers',
  'releases',
  'ask',
  'get',
  'details',
  'idsByPrefix',
  'list',
  'find',
  'count',
  'countByStatus',
  'logs',
  'arrivals',
  'queues',
  'stats',
  'causes',
  'metrics',
  'addMetrics',
  'cancel',
  'retry',
  'runNow',
  'delete',
  'clear',
  'setPaused',
  'expire',
  'prune',
  'migrate',
] as const satisfies readonly (keyof Store)[]

export const ACCESS_CALLS = [
  'users',
  'userByEmail',
  'userById',
  'addUser',
  'changeUser',
  'removeUser',
  'addSession',
  'session',
  'sessions',
  'touchSession',
  'endSession',
  'endSessionsOf',
  'addToken',
  'tokenByHash',
  'tokens',
  'touchToken',
  'removeToken',
  'addInvitation',
  'invitation',
  'invitations',
  'removeInvitation',
  'takeInvitation',
  'audit',
  'auditLog',
  'addOperation',
  'operation',
  'operations',
  'advanceOperation',
  'endOperation',
  'setting',
  'setSetting',
  'pruneAccess',
] as const satisfies readonly (keyof AccessStore)[]

export const SCHEDULE_CALLS = [
  'list',
  'get',
  'terms',
  'now',
  'set',
  'remove',
  'setPaused',
  'due',
  'fire',
  'take',
  'receive',
  'letGo',
] as const satisfies readonly (keyof ScheduleStore)[]

export const MOVE_CALLS = [
  'databaseId',
  'now',
  'departure',
  'count',
  'countFinished',
  'depart',
  'takePending',
  'takeFinished',
  'underWay',
  'portions',
  'read',
  'letGo',
  'departed',
  'welcome',
  'received',
  'receive',
  'queueStates',
  'receiveQueues',
  'readKept',
  'receiveKept',
  'receivedKept',
] as const satisfies readonly (keyof MoveStore)[]

export type DatabaseCall = (typeof DATABASE_CALLS)[number]

type Call = (...args: never[]) => unknown

/** The store's functions as a plain object: a store may be a class, whose methods cannot be spread. */
export function callsOf(store: Store): Store {
  const calls = {} as Record<DatabaseCall, unknown>
  for (const name of DATABASE_CALLS) calls[name] = (...args: never[]) => (store[name] as Call)(...args)
  return {
    ...(calls as Pick<Store, DatabaseCall>),
    parallel: store.parallel,
    access: store.access,
    schedules: store.schedules,
    moving: store.moving,
    ...(store.enqueueAndClaim && { enqueueAndClaim: store.enqueueAndClaim.bind(store) }),
    onWake: (...args) => store.onWake(...args),
    close: () => store.close(),
  }
}
