import { type ErrorCode, OffstageError } from '../../core/errors.ts'
import type { DatabaseCall, MOVE_CALLS } from '../../store/calls.ts'

/** What looks for jobs, be it to tell of them or to do something to them: it finds what anybody has had an answer for. */
export const LOOKING = [
  'get',
  'details',
  'idsByPrefix',
  'list',
  'find',
  'count',
  'cancel',
  'retry',
  'runNow',
  'delete',
  'clear',
] as const satisfies readonly DatabaseCall[]

/**
 * What pages and metrics ask for all the time: it finds what this process has had an answer for, without a question of its
 * own, and of others what was merged. Claims do so too: they are told.
 */
export const WATCHING = ['countByStatus', 'queues', 'stats'] as const satisfies readonly DatabaseCall[]

/** What takes jobs to another database, or tells how many are left. */
export const LEAVING = ['departure', 'count', 'takePending', 'departed'] as const satisfies readonly MoveCall[]

type MoveCall = (typeof MOVE_CALLS)[number]
type Call = (...args: never[]) => Promise<unknown>

/** The same calls, each behind a merge. */
export function behind<Part, Name extends keyof Part>(
  merged: () => Promise<void>,
  part: Part,
  names: readonly Name[],
): Pick<Part, Name> {
  const calls = {} as Record<Name, Call>
  for (const name of names) {
    calls[name] = async (...args) => {
      await ifAllowed(merged)
      return await (part[name] as Call)(...args)
    }
  }
  return calls as unknown as Pick<Part, Name>
}

/**
 * Who may not merge, on a standby say, sees what there is: a hundredth of a second later it is there. Whoever may and did
 * not get to it hears so, and makes its call again, rather than that there is no such job.
 */
export async function ifAllowed(merged: () => Promise<void>): Promise<void> {
  try {
    await merged()
  } catch (error) {
    if (!(error instanceof OffstageError && MAY_NOT.has(error.code))) throw error
  }
}

const MAY_NOT: ReadonlySet<ErrorCode> = new Set(['DATABASE_UNWRITABLE', 'DATABASE_DENIED', 'SCHEMA_MISSING'])
