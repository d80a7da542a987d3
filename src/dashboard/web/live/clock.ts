import { useSyncExternalStore } from 'react'
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

let shown = Math.ceil(Date.now() / 1000) * 1000
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

function tick(): void {
  if (document.visibilityState === 'hidden') return
  shown = Math.ceil(serverNow() / 1000) * 1000
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  if (timer === undefined) {
    timer = setInterval(tick, 1000)
    document.addEventListener('visibilitychange', tick)
    tick()
  }
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
    document.removeEventListener('visibilitychange', tick)
  }
}

/**
 * The server's clock, the same in all that is shown, and again when a time that is so far from now would read
 * differently. Stands still when hidden.
 */
export function useClock(at?: number): number {
  return useSyncExternalStore(subscribe, () => {
    const step = at === undefined ? 1000 : holdsFor(Math.abs(shown - at))
    return Math.ceil(shown / step) * step
  })
}
