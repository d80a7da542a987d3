import { OffstageError } from '../core/errors.ts'

/** How long the database may keep a caller waiting who is inside a transaction, which may be what it waits for. */
export const OPEN_IN_TRANSACTION = { patienceMs: 1_000 } as const

/** Says what a busy database most likely waits for, when it is opened by a caller who is inside a transaction. */
export function explainBusy(error: unknown): never {
  if (!(error instanceof OffstageError) || error.code !== 'DATABASE_BUSY') throw error
  const what =
    'the tables of Offstage cannot be made while another transaction writes to the database, such as that of `tx`: ' +
    'run `offstage migrate` once, or make any other call, such as jobs.count(), before it begins'
  throw new OffstageError('DATABASE_BUSY', what, { cause: error, transient: true })
}
