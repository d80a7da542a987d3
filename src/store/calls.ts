import type { Store } from './store.ts'

/** Everything of a store that reaches the database, for what wraps it. `close` and `onWake` are the two that do not. */
export const DATABASE_CALLS = [
  'enqueue',
  'claim',
  'settle',
  'heartbeat',
  'record',
  'register',
  'endLease',
  'orphans',
  'workers',
  'ask',
  'get',
  'idsByPrefix',
  'list',
  'find',
  'count',
  'logs',
  'queues',
  'stats',
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

export type DatabaseCall = (typeof DATABASE_CALLS)[number]

/** The store's functions as a plain object: a store may be a class, whose methods cannot be spread. */
export function callsOf(store: Store): Store {
  const calls = {} as Record<DatabaseCall, unknown>
  for (const name of DATABASE_CALLS) calls[name] = store[name].bind(store)
  return {
    ...(calls as Pick<Store, DatabaseCall>),
    onWake: (wake) => store.onWake(wake),
    close: () => store.close(),
  }
}
