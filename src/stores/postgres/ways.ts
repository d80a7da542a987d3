import type { PostgresPlace } from './url.ts'

/** How a claim finds rows again that it has looked at, or holds: pieces of its statements. */
interface Ways {
  /** What is read of each row of `ready` beside its columns. */
  place: string
  /** What a delayed job that is due is known by, and a ready one that is first. */
  due: string
  first: string
  isDue: string
  isFirst: string
  isPicked: string
}

/** By where they stand, which costs least, and leaves the server nothing to plan. */
const byPlace: Ways = {
  place: 'ctid as tid, ',
  due: 'ctid as tid',
  first: 'tid',
  isDue: 'ctid = any(array(select tid from due))',
  isFirst: 'ctid = any(array(select tid from first))',
  isPicked: 'ctid = any(array(select tid from picked))',
}

const delayedKey = 'run_at, seq'
const readyKey = 'queue, "rank", run_at, id'

/** By their keys, for a server whose rows have no place, or none that holds. */
const byKey: Ways = {
  place: '',
  due: delayedKey,
  first: readyKey,
  isDue: `(${delayedKey}) in (select ${delayedKey} from due)`,
  isFirst: `(${readyKey}) in (select ${readyKey} from first)`,
  isPicked: `(${readyKey}) in (select ${readyKey} from picked)`,
}

export function waysOf({ ctid }: Pick<PostgresPlace, 'ctid'>): Ways {
  return ctid ? byPlace : byKey
}
