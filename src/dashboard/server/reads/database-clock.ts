import type { Store } from '../../../store/store.ts'

/** Of no worker: leases are numbered from 1. */
const NO_LEASE = 0
/** How long it is taken to be as far from this machine's as it was: a question less, before all others. */
const KNOWN_MS = 10_000

const known = new WeakMap<Store, { ahead: number; askedAt: number }>()

/**
 * The database's clock, in ms since 1970: the one that due times and minutes are of, whatever this machine's says. It
 * comes with every heartbeat, also with one of nobody, which changes nothing.
 */
export async function databaseClock(store: Store): Promise<number> {
  const found = known.get(store)
  const here = Date.now()
  // Not where this machine's was set back.
  if (found !== undefined && here >= found.askedAt && here < found.askedAt + KNOWN_MS) return here + found.ahead
  const { now } = await store.heartbeat(NO_LEASE)
  known.set(store, { ahead: now - Date.now(), askedAt: here })
  return now
}
