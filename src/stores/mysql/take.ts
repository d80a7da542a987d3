import type { ClaimRequest } from '../../store/store.ts'
import { firstReady, type Handlers, lockFirst, lockMerged, type ReadyRow, removeReady } from './ready.ts'
import type { Session } from './session.ts'

/** From which queues to take up to how many. */
interface Taking {
  queues: number[]
  limit: number
}

/** The steps of a claim that can give something. */
export function planTaking(
  { steps, limit }: ClaimRequest,
  open: readonly { id: number; name: string }[],
): readonly Taking[] {
  if (limit <= 0) return []
  return steps
    .map((step) => {
      const wanted = step.queues === 'all' ? open : open.filter(({ name }) => step.queues.includes(name))
      return { queues: wanted.map(({ id }) => id), limit: step.limit }
    })
    .filter((taking) => taking.limit > 0 && taking.queues.length > 0)
}

/**
 * Begins a transaction and locks the rows of one claim, of one step after the other.
 * @returns Also those of them that are still in `ready`: the last step's, which one statement may remove.
 */
export async function take(
  session: Session,
  request: ClaimRequest,
  plan: readonly Taking[],
  handlers: Handlers,
): Promise<{ rows: ReadyRow[]; unremoved: readonly ReadyRow[] }> {
  const rows: ReadyRow[] = []
  let unremoved: readonly ReadyRow[] = []
  const room = (taking: Taking) => Math.min(taking.limit, request.limit - rows.length)
  const [first] = plan as [Taking]
  // Mostly there is one queue: then its rows come with the answer to whether the lease is alive.
  const direct = isDirect(first, handlers)
  const begun = await begin(session, request, direct ? lockFirst(first.queues[0] as number, room(first)) : undefined)
  if (!begun.alive) return { rows, unremoved }
  rows.push(...begun.rows)
  unremoved = begun.rows
  for (const taking of direct ? plan.slice(1) : plan) {
    const wanted = room(taking)
    if (wanted <= 0) break
    // A step must not find again what the one before it holds.
    await session.script(removeReady(unremoved))
    unremoved = isDirect(taking, handlers)
      ? await firstReady(session, taking.queues[0] as number, wanted)
      : await lockMerged(session, taking.queues, handlers, wanted)
    rows.push(...unremoved)
  }
  return { rows, unremoved }
}

function isDirect({ queues }: Taking, handlers: Handlers): boolean {
  return queues.length === 1 && handlers === 'all'
}

/**
 * A worker that stalled past its lease must not claim what would be an orphan at once: the lease is held until the end
 * of the transaction, so that nobody can end it in between.
 */
async function begin(session: Session, { lease }: ClaimRequest, lock: string | undefined) {
  const isAlive = `select 1 from offstage_worker where lease = ${lease} and ended_at is null lock in share mode`
  const statements = ['start transaction', isAlive, ...(lock === undefined ? [] : [lock])]
  const [, alive, rows = []] = (await session.script(statements)) as [unknown, unknown[], ReadyRow[]?]
  return { alive: alive.length > 0, rows }
}
