import { clockTime, exactTime, offsetName } from '../format/time.ts'
import { useClock } from '../live/clock.ts'
import { type LiveState, liveState, POLL_MS } from '../live/live.ts'
import { useValue } from '../live/value.ts'

const STATES: Record<LiveState, { word: string; colour: string; title: string }> = {
  live: { word: 'Live', colour: 'bg-good-fill', title: 'Changes are shown as they happen, at most once a second' },
  connecting: { word: 'Connecting', colour: 'bg-wait-fill', title: 'The stream of changes is being opened' },
  polling: {
    word: `Every ${POLL_MS / 1000} s`,
    colour: 'bg-wait-fill',
    title: 'There is no stream of changes, so everything is looked at every few seconds',
  },
  away: { word: 'Away', colour: 'bg-bad-fill', title: 'The server does not answer' },
  hidden: { word: 'Paused', colour: 'bg-off-fill', title: 'Nothing is asked for while this tab is hidden' },
}

/** Whether what is shown is of now, and what time that is, with its zone. */
export function LiveIndicator({ short = false }: { short?: boolean }) {
  const { word, colour, title } = STATES[useValue(liveState)]
  const now = useClock()
  return (
    <span className="inline-flex items-center gap-2 text-xs whitespace-nowrap text-muted" title={title}>
      <span className={`size-2 rounded-full ${colour}`} aria-hidden="true" />
      <span className="font-medium text-ink">{word}</span>
      {!short && (
        <time dateTime={new Date(now).toISOString()} title={exactTime(now)}>
          {clockTime(now)} {offsetName(now)}
        </time>
      )}
    </span>
  )
}
