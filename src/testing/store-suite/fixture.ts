import { retrying } from '../../store/retry.ts'
import type { Store } from '../../store/store.ts'
import { ManualClock } from '../manual-clock.ts'

/** A database made for one test. */
export interface OpenDatabase {
  store: Store
  /** Opens one more connection to the same database, on the same clock. */
  another(): Promise<Store>
  /** Closes every connection and removes the database. */
  close(): Promise<void>
}

/** Makes an empty database and opens it: migrated, or as a fresh installation finds it. */
export type OpenStore = (options: { clock: () => number; migrated: boolean }) => Promise<OpenDatabase>

/** What a test of the suite gets: a database of its own, and the clock that this database goes by. */
export interface Fixture {
  clock: ManualClock
  store: Store
  another(): Promise<Store>
  /** An empty database without a schema. */
  unmigrated(): Promise<Omit<OpenDatabase, 'close'>>
}

/** The tests of one verb: their titles are the invariants. */
export type Cases = Readonly<Record<string, (fixture: Fixture) => Promise<void>>>

export async function withFixture(open: OpenStore, body: (fixture: Fixture) => Promise<void>): Promise<void> {
  const clock = new ManualClock()
  const opened: OpenDatabase[] = []
  // A store leaves waiting for a busy database to its callers.
  const openOne = async (migrated: boolean) => {
    const database = await open({ clock: clock.now, migrated })
    opened.push(database)
    return { store: retrying(database.store), another: async () => retrying(await database.another()) }
  }
  try {
    await body({ clock, ...(await openOne(true)), unmigrated: () => openOne(false) })
  } finally {
    for (const database of opened) await database.close()
  }
}
