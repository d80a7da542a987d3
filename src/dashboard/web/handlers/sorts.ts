import type { HandlerRow } from '../../api.ts'

export type SortKey = 'name' | 'rate' | 'failures' | 'wait' | 'run' | 'trend'

export interface Sort {
  key: SortKey
  name: string
  right: boolean
  className: string
}

/** The columns, each of which can be sorted by. */
export const SORTS: readonly Sort[] = [
  { key: 'name', name: 'Handler', right: false, className: '' },
  { key: 'rate', name: 'Rate', right: true, className: '' },
  { key: 'failures', name: 'Failures', right: true, className: '' },
  { key: 'wait', name: 'Wait p50 / p95 / p99', right: true, className: 'hidden md:table-cell' },
  { key: 'run', name: 'Run p50 / p95 / p99', right: true, className: 'hidden md:table-cell' },
  { key: 'trend', name: 'Trend', right: false, className: 'hidden sm:table-cell' },
]

/** The largest first, except names. */
export function sorted(handlers: readonly HandlerRow[], key: SortKey): HandlerRow[] {
  const name = (each: HandlerRow) => `${each.class}.${each.method}`
  const byName = handlers.toSorted((a, b) => name(a).localeCompare(name(b)))
  if (key === 'name') return byName
  return byName.sort((a, b) => weight(b, key) - weight(a, key))
}

function weight(handler: HandlerRow, key: Exclude<SortKey, 'name'>): number {
  switch (key) {
    case 'rate':
      return handler.perMinute
    case 'failures':
      return handler.failureShare ?? -1
    case 'wait':
      return handler.wait.p95Ms ?? -1
    case 'run':
      return handler.run.p95Ms ?? -1
    case 'trend':
      return handler.completed + handler.failed
  }
}
