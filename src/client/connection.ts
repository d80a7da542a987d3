import { OffstageError } from '../core/errors.ts'
import type { Store } from '../store/store.ts'

/** The client's way to the database, which is opened by the first call that needs it. */
export interface Connection {
  /** @throws OffstageError CLOSED */
  store(): Promise<Store>
  /** Aborted when the offstage is closed: whoever waits has to stop. */
  readonly closing: AbortSignal
}

export function closedError(): OffstageError {
  return new OffstageError('CLOSED', 'this offstage is closed: make the call before close(), or define another one')
}
