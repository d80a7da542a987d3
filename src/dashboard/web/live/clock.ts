import { useEffect, useState } from 'react'
import { holdsFor } from '../format/time.ts'

let ahead = 0

/** Learns the server's clock from the `Date` of an answer: "4 s ago" must hold on a machine whose clock is wrong. */
export function learnClock(date: string | null): void {
  if (date === null) return
  // The header counts whole seconds: only a difference that is no rounding means anything.
  const difference = Date.parse(date) - Date.now()
  ahead = Math.abs(difference) > 2000 ? difference : 0
}

/** The server's clock, in milliseconds since 1970. */
export function serverNow(): number {
  return Date.now() + ahead
}

/** The server's clock, and again whenever a time relative to it would read differently. Stands still when hidden. */
export function useClock(at?: number): number {
  const [now, setNow] = useState(serverNow)
  const every = at === undefined ? 1000 : holdsFor(Math.abs(now - at))
  useEffect(() => {
    const tick = () => {
      if (document.visibilityState === 'visible') setNow(serverNow())
    }
    const timer = setInterval(tick, every)
    document.addEventListener('visibilitychange', tick)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', tick)
    }
  }, [every])
  return now
}
