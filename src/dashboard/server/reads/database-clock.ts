import type { Store } from '../../../store/store.ts'

/** Of no worker: leases are numbered from 1. */
const NO_LEASE = 0

/**
 * The database's clock, in ms since 1970: the one that due times and minutes are of, whatever this machine's says. It
 * comes with every heartbeat, also with one of nobody, which changes nothing.
 */
export async function databaseClock(store: Store): Promise<number> {
  return (await store.heartbeat(NO_LEASE)).now
}
