import { OffstageError } from '../core/errors.ts'
import { isId } from '../core/id.ts'
import type { JobId } from '../core/job.ts'
import type { Store } from '../store/store.ts'

/** How many of the jobs that were meant are named when it was not clear which. */
const NAMED = 5

/**
 * The id that was meant: the whole of it, or a beginning that only one job has.
 * @throws OffstageError JOB_NOT_FOUND when no job begins with it, OPTION_INVALID when several do or no id can.
 */
export async function findJobId(store: Store, text: string): Promise<JobId> {
  const wanted = text.toLowerCase()
  if (isId(wanted)) return wanted
  if (!isBeginning(wanted)) throw noId(text)
  const [id, ...others] = await store.idsByPrefix(wanted, NAMED + 1)
  if (id === undefined) throw noSuchJob(text)
  if (others.length === 0) return id
  const named = [id, ...others].slice(0, NAMED).join(', ')
  const more = others.length === NAMED ? ' and more' : ''
  throw new OffstageError('OPTION_INVALID', `several jobs begin with ${text}: ${named}${more}; give more of the id`)
}

const FORM = '00000000-0000-0000-0000-000000000000'

/** True when an id can begin like this. */
function isBeginning(text: string): boolean {
  return text !== '' && text.length < FORM.length && text.replaceAll(/[0-9a-f]/g, '0') === FORM.slice(0, text.length)
}

function noId(text: string): OffstageError {
  const shown = JSON.stringify(text.slice(0, 60))
  return new OffstageError(
    'OPTION_INVALID',
    `${shown} is no id of a job: use one of \`offstage jobs list\`, or its beginning, such as 0193a5c0-7e00`,
  )
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
