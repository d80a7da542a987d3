import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { JobRow } from '../../api.ts'
import { jobsQuery } from '../api/queries.ts'
import { withIds } from '../filter/terms.ts'
import { compare, merged } from './row-merge.ts'

export interface HeldRows {
  rows: readonly JobRow[]
  /** How many rows have come that are not shown yet. */
  fresh: number
  /** Shows them. */
  release: () => void
}

/**
 * Rows do not jump away from under a pointer: those that are shown stay in their places and are kept up to date, and new
 * ones wait until somebody asks for them.
 * @param found The newest rows, as they are now.
 * @param hold False for a list whose rows come and go by the second.
 */
export function useHeldRows(filter: string, found: readonly JobRow[] | undefined, hold: boolean): HeldRows {
  const [held, setHeld] = useState<{ filter: string; rows: readonly JobRow[] }>()
  const shown = held?.filter === filter ? held.rows : undefined
  const { fresh, missing } = compare(shown ?? [], found ?? [])
  const pushedOut = hold && fresh > 0 ? missing : []

  // A row that is not among the newest any more has changed or been pushed out: asked for by its id, with the filter.
  const byId = useQuery({
    ...jobsQuery(withIds(filter, pushedOut), null),
    enabled: pushedOut.length > 0,
  })
  const unknown = byId.data && !byId.isPlaceholderData ? [] : pushedOut

  const rows = merged(shown ?? [], [...(byId.data?.jobs ?? []), ...(found ?? [])], unknown)

  const release = () => setHeld({ filter, rows: found ?? [] })
  const take = found !== undefined && (!hold || rows.length === 0 || fresh === 0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is shown changes with what was found, not by itself
  useEffect(() => {
    // Nothing is held of a page that is left: the newest rows are what one comes back for.
    if (!hold) setHeld(undefined)
    else if (take && found !== shown) setHeld({ filter, rows: found })
  }, [hold, take, found, filter])

  if (!found) return { rows: shown ?? [], fresh: 0, release }
  if (take) return { rows: found, fresh: 0, release }
  return { rows, fresh, release }
}
