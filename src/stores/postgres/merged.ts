import type { DatabaseCall, MOVE_CALLS } from '../../store/calls.ts'
import type { Staging } from './staging.ts'

/** What looks for jobs, be it to tell of them or to do something to them. Claims do not: they are told of what is merged. */
export const LOOKING = [
  'get',
  'details',
  'idsByPrefix',
  'list',
  'find',
  'count',
  'countByStatus',
  'queues',
  'stats',
  'cancel',
  'retry',
  'runNow',
  'delete',
  'clear',
] as const satisfies readonly DatabaseCall[]

/** What takes jobs to another database, or tells how many are left. */
export const LEAVING = ['departure', 'count', 'takePending', 'departed'] as const satisfies readonly MoveCall[]

type MoveCall = (typeof MOVE_CALLS)[number]
type Call = (...args: never[]) => Promise<unknown>

/** The same calls, which find merged what anybody had staged before. */
export function onMerged<Part, Name extends keyof Part>(
  staging: Staging,
  part: Part,
  names: readonly Name[],
): Pick<Part, Name> {
  const calls = {} as Record<Name, Call>
  for (const name of names) {
    calls[name] = async (...args) => {
      // Who may not merge, on a standby say, sees what there is: a hundredth of a second later it is there.
      await staging.all().catch(() => {})
      return await (part[name] as Call)(...args)
    }
  }
  return calls as unknown as Pick<Part, Name>
}
