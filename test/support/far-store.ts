import { callsOf, DATABASE_CALLS, type DatabaseCall } from '../../src/store/calls.ts'
import type { Store } from '../../src/store/store.ts'

/** What stands between a caller and the database: `call` asks it. May wait, throw, or lose the answer. */
export type Line = (
  name: DatabaseCall | 'enqueueAndClaim',
  call: () => Promise<unknown>,
  args: readonly unknown[],
) => Promise<unknown>

/** A real store as if it were far away: every call goes by `line`, which a test may change at any time. */
export function farStore(store: Store, far: { line: Line; parallel?: number }): Store {
  const calls = {} as Record<DatabaseCall, unknown>
  for (const name of DATABASE_CALLS) {
    const call = store[name] as (...args: never[]) => Promise<unknown>
    calls[name] = (...args: never[]) => far.line(name, () => call(...args), args)
  }
  const { enqueueAndClaim } = store
  const along: Store['enqueueAndClaim'] = (...args) =>
    far.line('enqueueAndClaim', () => (enqueueAndClaim as NonNullable<typeof enqueueAndClaim>)(...args), args) as never
  return {
    ...callsOf(store),
    ...(calls as Pick<Store, DatabaseCall>),
    ...(enqueueAndClaim && { enqueueAndClaim: along }),
    parallel: far.parallel ?? store.parallel,
  }
}
