import { useEffect, useRef } from 'react'

/** Keeps the pressed one of a row of tabs in view where the row is wider than the screen. */
export function useShownTab<Element extends HTMLElement>(pressed: string | undefined): React.RefObject<Element | null> {
  const row = useRef<Element>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another one is pressed then
  useEffect(() => {
    const tab = row.current?.querySelector<HTMLElement>('[aria-pressed="true"]')
    if (!row.current || !tab) return
    const end = tab.offsetLeft + tab.offsetWidth - row.current.offsetLeft
    row.current.scrollLeft = Math.max(0, end + MARGIN - row.current.clientWidth)
  }, [pressed])
  return row
}

const MARGIN = 24
