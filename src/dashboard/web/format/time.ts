const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** `4 min ago`, `in 12 s`, `just now`. Both in milliseconds since 1970. */
export function relativeTime(at: number, now: number): string {
  const distance = Math.abs(now - at)
  if (distance < 5 * SECOND) return at > now + SECOND ? 'in a moment' : 'just now'
  const text = roughly(distance)
  return at > now ? `in ${text}` : `${text} ago`
}

function roughly(ms: number): string {
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`
  if (ms < 2 * DAY) return `${Math.floor(ms / HOUR)} h`
  if (ms < 90 * DAY) return `${Math.floor(ms / DAY)} d`
  return `${Math.floor(ms / (30 * DAY))} months`
}

/** How long the text of {@link relativeTime} holds at least, in milliseconds. */
export function holdsFor(distance: number): number {
  return distance < MINUTE ? SECOND : distance < HOUR ? 10 * SECOND : MINUTE
}

/** `12 ms`, `1.24 s`, `3 min 12 s`, `2 h 5 min`, `3 d 4 h`. */
export function durationText(ms: number): string {
  if (ms < 1) return '< 1 ms'
  if (ms < SECOND) return `${Math.round(ms)} ms`
  if (ms < 10 * SECOND) return `${trimmed(ms / SECOND, 2)} s`
  if (ms < MINUTE) return `${trimmed(ms / SECOND, 1)} s`
  if (ms < HOUR) return two(ms, MINUTE, 'min', SECOND, 's')
  if (ms < DAY) return two(ms, HOUR, 'h', MINUTE, 'min')
  return two(ms, DAY, 'd', HOUR, 'h')
}

function two(ms: number, large: number, largeName: string, small: number, smallName: string): string {
  const whole = Math.floor(ms / large)
  const rest = Math.floor((ms % large) / small)
  return rest === 0 ? `${whole} ${largeName}` : `${whole} ${largeName} ${rest} ${smallName}`
}

function trimmed(value: number, digits: number): string {
  // Cut rather than rounded: 9.999 s is not 10.00 s yet.
  const factor = 10 ** digits
  return String(Math.floor(value * factor) / factor)
}

/** `2026-11-22 10:00:12 UTC+1`, in the zone of the browser. */
export function absoluteTime(at: number): string {
  return `${localDate(at)} ${clockTime(at)} ${offsetName(at)}`
}

/** `2026-11-22 10:00:12.345 UTC+1`. */
export function exactTime(at: number): string {
  const ms = String(new Date(at).getMilliseconds()).padStart(3, '0')
  return `${localDate(at)} ${clockTime(at)}.${ms} ${offsetName(at)}`
}

export function clockTime(at: number): string {
  const date = new Date(at)
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(padded).join(':')
}

/** `10:00`, for axes. */
export function minuteTime(at: number): string {
  return clockTime(at).slice(0, 5)
}

export function localDate(at: number): string {
  const date = new Date(at)
  return `${date.getFullYear()}-${padded(date.getMonth() + 1)}-${padded(date.getDate())}`
}

/** `UTC`, `UTC+1`, `UTC-3:30`: of the browser's zone at that moment. */
export function offsetName(at: number): string {
  const minutes = -new Date(at).getTimezoneOffset()
  if (minutes === 0) return 'UTC'
  const rest = Math.abs(minutes) % 60
  const hours = Math.floor(Math.abs(minutes) / 60)
  return `UTC${minutes < 0 ? '-' : '+'}${hours}${rest === 0 ? '' : `:${padded(rest)}`}`
}

/** `Mon 2026-11-30 03:00`, by the clock of a time zone; by the browser's where it does not know that. */
export function zonedTime(at: number, timeZone: string): string {
  try {
    const named = new Intl.DateTimeFormat('en-GB', { timeZone, ...ZONED }).formatToParts(at)
    const part = (type: Intl.DateTimeFormatPartTypes) => named.find((each) => each.type === type)?.value ?? ''
    const seconds = part('second') === '00' ? '' : `:${part('second')}`
    return `${part('weekday')} ${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')}${seconds}`
  } catch {
    return absoluteTime(at)
  }
}

const ZONED: Intl.DateTimeFormatOptions = {
  weekday: 'short',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
}

function padded(value: number): string {
  return String(value).padStart(2, '0')
}
