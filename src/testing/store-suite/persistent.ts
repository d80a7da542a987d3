import { setImmediate } from 'node:timers/promises'
import { OffstageError } from '../../core/errors.ts'
import type { Store } from '../../store/store.ts'

/** Real time: after this long, a database that says "try again" is broken. */
const PATIENCE_MS = 10_000

/** Tries again what failed for the moment only (the database was busy): a store leaves that to its callers. */
export function persistent(store: Store): Store {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return (...args: unknown[]) => {
        const call = () => member.apply(target, args) as unknown
        const first = call()
        return first instanceof Promise ? untilDone(first, call) : first
      }
    },
  })
}

async function untilDone(first: Promise<unknown>, call: () => unknown): Promise<unknown> {
  const deadline = Date.now() + PATIENCE_MS
  let attempt: unknown = first
  for (;;) {
    try {
      return await attempt
    } catch (error) {
      if (!(error instanceof OffstageError && error.transient) || Date.now() > deadline) throw error
      await setImmediate()
      attempt = call()
    }
  }
}
