import { durationText, exactTime, relativeTime } from '../format/time.ts'
import { useClock } from '../live/clock.ts'

/** A moment, relative to now; the absolute with its zone on hover. */
export function Ago({ at, className }: { at: string; className?: string }) {
  const time = Date.parse(at)
  const now = useClock(time)
  return (
    <time dateTime={at} title={exactTime(time)} className={`whitespace-nowrap ${className ?? ''}`}>
      {relativeTime(time, now)}
    </time>
  )
}

/** How long something has been going on. */
export function Since({ at }: { at: string }) {
  const time = Date.parse(at)
  const now = useClock(time)
  return (
    <span title={`since ${exactTime(time)}`} className="whitespace-nowrap">
      {durationText(Math.max(0, Math.floor((now - time) / 1000)) * 1000 || 1)}
    </span>
  )
}
