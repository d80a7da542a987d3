import type { Events } from '../core/events.ts'
import { callsOf } from './calls.ts'
import type { Departure } from './move.ts'
import type { Store } from './store.ts'

/** How often a store that is in use looks whether its database was moved away, in ms. */
const EVERY_MS = 30_000

/**
 * The same store, which looks now and then, while jobs are enqueued or claimed through it, whether its database is being
 * moved to another or was. It says so once: what is stored here is stored, but those who run jobs may be elsewhere.
 * @param workerId The worker of this process, which tells it by an event; without one, the process is warned.
 */
export function noticingMoves(store: Store, events: Events, workerId: () => string): Store & { look(): Promise<void> } {
  let nextAt = 0
  /** What each worker of this process has told; without a name, the process itself. */
  const told = new Map<string, string | undefined>()
  const tell = (message: string) => {
    const id = workerId()
    if (told.get(id) === message) return
    told.set(id, message)
    if (id === '') process.emitWarning(message, { type: 'OffstageWarning', code: 'OFFSTAGE_DATABASE_MOVED' })
    else events.emit('worker', { workerId: id, state: 'warning', message })
  }
  const look = async () => {
    nextAt = performance.now() + EVERY_MS
    // Whoever uses the database hears from its own call what is wrong with it.
    const departure = await store.moving.departure().catch(() => undefined)
    if (departure !== undefined) tell(movedText(departure))
  }
  const lookAgain = () => {
    const id = workerId()
    if (told.has(id) && performance.now() < nextAt) return
    told.set(id, told.get(id))
    void look()
  }
  const together = store.enqueueAndClaim?.bind(store)
  return {
    ...callsOf(store),
    ...(together && {
      async enqueueAndClaim(jobs, request) {
        const done = await together(jobs, request)
        lookAgain()
        return done
      },
    }),
    look,
    async enqueue(jobs, tx) {
      const stored = await store.enqueue(jobs, tx)
      lookAgain()
      return stored
    },
    async claim(request) {
      const claim = await store.claim(request)
      lookAgain()
      return claim
    },
  }
}

/** What is said of a database that is being moved, or was. */
export function movedText({ to, since, doneAt }: Departure): string {
  return doneAt === null
    ? `this database is being moved to ${to} since ${since.toISOString()}: let the app and its workers use that one; ` +
        'what is enqueued here meanwhile is moved too'
    : `this database was moved to ${to} at ${doneAt.toISOString()}: let the app and its workers use that one; what is ` +
        'enqueued here still waits here, until `offstage move` is run once more'
}
