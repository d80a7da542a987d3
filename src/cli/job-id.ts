import { OffstageError } from '../core/errors.ts'
import { isId } from '../core/id.ts'
import type { JobId } from '../core/job.ts'
import type { Store } from '../store/store.ts'

/**
 * The id that was meant: the whole of it, or a beginning that only one job has.
 * @throws OffstageError JOB_NOT_FOUND when no job begins with it, OPTION_INVALID when several do.
 */
export async function findJobId(store: Store, text: string): Promise<JobId> {
  const wanted = text.toLowerCase()
  if (isId(wanted)) return wanted
  const found = /^[0-9a-f-]{1,36}$/.test(wanted) ? await store.idsByPrefix(wanted, 2) : []
  const [id, other] = found
  if (id === undefined) throw noSuchJob(text)
  if (other === undefined) return id
  throw new OffstageError('OPTION_INVALID', `several jobs begin with ${text}: give more of the id`)
}

export function noSuchJob(id: string): OffstageError {
  const shown = JSON.stringify(id.slice(0, 60)).slice(1, -1)
  return new OffstageError('JOB_NOT_FOUND', `there is no job ${shown}: see \`offstage jobs list\``)
}

/**
 * The beginning of an id that tells jobs apart: its time, and the count of the ids that one process made within that
 * millisecond.
 */
export function shortId(id: JobId): string {
  return id.slice(0, 26)
}
