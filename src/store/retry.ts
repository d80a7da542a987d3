import { OffstageError } from '../core/errors.ts'
import type { AccessStore } from './access.ts'
import { ACCESS_CALLS, DATABASE_CALLS, MOVE_CALLS, SCHEDULE_CALLS } from './calls.ts'
import type { MoveStore } from './move.ts'
import type { ScheduleStore } from './schedules.ts'
import type { Store } from './store.ts'

export interface RetryOptions {
  /** How long a busy database is tried again before its error is thrown; default 30 s. */
  patienceMs?: number
  /** Waits so many milliseconds. A parameter so that tests need not. */
  sleep?: (ms: number) => Promise<void>
  now?: () => number
  random?: () => number
}

const PATIENCE_MS = 30_000
const LONGEST_WAIT_MS = 25

type Call = (...args: never[]) => Promise<unknown>

/**
 * Makes a call again that a busy database refuses: after 1 to 25 ms, at random so that the waiting do not meet again,
 * for up to 30 s.
 * @throws OffstageError DATABASE_BUSY when it stays busy.
 */
export async function whileBusy<Result>(call: () => Promise<Result>, options: RetryOptions = {}): Promise<Result> {
  const { patienceMs = PATIENCE_MS, sleep = pause, now = () => performance.now(), random = Math.random } = options
  let deadline: number | undefined
  for (;;) {
    try {
      return await call()
    } catch (error) {
      if (!isBusy(error)) throw error
      deadline ??= now() + patienceMs
      if (now() >= deadline) throw stillBusy(patienceMs, error)
    }
    await sleep(1 + random() * (LONGEST_WAIT_MS - 1))
  }
}

/**
 * The same store, but a busy database is waited for, as {@link whileBusy} does. Nothing else is tried again: a full or
 * an absent database is not helped by haste, and only the caller knows what to do meanwhile.
 */
export function retrying(store: Store, options: RetryOptions = {}): Store {
  const together = store.enqueueAndClaim?.bind(store)
  return {
    ...patient(store, DATABASE_CALLS, options),
    parallel: store.parallel,
    access: patient<AccessStore, keyof AccessStore>(store.access, ACCESS_CALLS, options),
    schedules: patient<ScheduleStore, keyof ScheduleStore>(store.schedules, SCHEDULE_CALLS, options),
    moving: patient<MoveStore, keyof MoveStore>(store.moving, MOVE_CALLS, options),
    ...(together && { enqueueAndClaim: (jobs, request) => whileBusy(() => together(jobs, request), options) }),
    onWake: (...args) => store.onWake(...args),
    close: () => store.close(),
  }
}

function patient<Part, Name extends keyof Part>(
  part: Part,
  names: readonly Name[],
  options: RetryOptions,
): Pick<Part, Name> {
  const calls = {} as Record<Name, Call>
  for (const name of names) {
    calls[name] = (...args) => whileBusy(() => (part[name] as Call)(...args), options)
  }
  return calls as unknown as Pick<Part, Name>
}

/** True for what has to do with the database, and not with what it was asked to write. */
export function isOfDatabase(error: unknown): boolean {
  return error instanceof OffstageError && (error.transient || error.code === 'CLOSED' || /^DATABASE_/.test(error.code))
}

function isBusy(error: unknown): boolean {
  return error instanceof OffstageError && error.code === 'DATABASE_BUSY'
}

function stillBusy(patienceMs: number, cause: unknown): OffstageError {
  const message =
    `the database has been busy for ${patienceMs / 1_000} s: another program holds its write lock; ` +
    'find the one that keeps a transaction open (an open database browser, a backup, a stopped process)'
  return new OffstageError('DATABASE_BUSY', message, { cause, transient: true })
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
