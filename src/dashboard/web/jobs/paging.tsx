import { Link } from 'wouter'
import { Icon } from '../components/icons.tsx'

export interface PagingProps {
  /** Of this page; null for the first. */
  cursor: string | null
  /** Of the next; null when there is none. */
  next: string | null
  filter: string
}

/** Pages by where the one before ended: as fast among millions as among ten. Back is the browser's. */
export function Paging({ cursor, next, filter }: PagingProps) {
  if (cursor === null && next === null) return null
  return (
    <nav aria-label="Pages of jobs" className="mt-3 flex items-center justify-end gap-2">
      {cursor !== null && (
        <Link href={addressOf(filter, null)} className="page-link">
          <Icon name="left" className="size-3.5" /> Newest
        </Link>
      )}
      {next !== null && (
        <Link href={addressOf(filter, next)} className="page-link">
          Older <Icon name="right" className="size-3.5" />
        </Link>
      )}
    </nav>
  )
}

function addressOf(filter: string, cursor: string | null): string {
  const search = new URLSearchParams()
  if (filter !== '') search.set('filter', filter)
  if (cursor !== null) search.set('cursor', cursor)
  return search.size === 0 ? '/jobs' : `/jobs?${search}`
}
