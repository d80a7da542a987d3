import { useSearchParams } from 'wouter'
import { Segmented } from './segmented.tsx'

const WINDOWS = ['1h', '6h', '24h', '7d'] as const
export type Span = (typeof WINDOWS)[number]

/** How far back is looked, kept in the address, and what it is chosen with. */
export function useWindow(usual: Span): [since: Span, choice: React.ReactNode] {
  const [search, setSearch] = useSearchParams()
  const since = WINDOWS.find((span) => span === search.get('since')) ?? usual
  const choose = (span: Span) => setSearch({ ...Object.fromEntries(search), since: span }, { replace: true })
  const choices = WINDOWS.map((span) => ({ value: span, name: span }))
  return [since, <Segmented key="window" label="How far back" value={since} onChange={choose} choices={choices} />]
}
