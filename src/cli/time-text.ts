import { formatDuration } from '../core/duration.ts'

/** `12s ago`, `in 5m`, for people. */
export function ago(at: Date, now = Date.now()): string {
  const ms = now - at.getTime()
  if (Math.abs(ms) < 500) return 'now'
  const span = formatDuration(Math.max(1_000, Math.round(Math.abs(ms) / 1_000) * 1_000))
  return ms > 0 ? `${span} ago` : `in ${span}`
}

/** `2026-11-22 10:00:00` in the zone of the person at the terminal. */
export function localTime(at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${day} ${localClock(at)}`
}

/** The same in another zone, by its IANA name. */
export function timeIn(timezone: string, at: Date): string {
  // Sweden writes it so.
  return new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'medium' }).format(at)
}

/** `10:00:00` in the zone of the person at the terminal. */
export function localClock(at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
}
