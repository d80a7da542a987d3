import { Icon } from '../components/icons.tsx'
import { liveState } from '../live/live.ts'
import { useValue } from '../live/value.ts'

/** While the server does not answer: what is shown may be old. It goes by itself. */
export function Away() {
  const state = useValue(liveState)
  return (
    <div role="status">
      {state === 'away' && (
        <p className="mb-4 flex items-center gap-2.5 rounded-lg bg-wait-soft px-4 py-2.5 text-sm">
          <Icon name="warning" className="size-4 text-wait" />
          <span>
            <strong className="font-semibold text-wait">The server cannot be reached.</strong> What you see is from
            before. Trying again every 2 seconds.
          </span>
        </p>
      )}
    </div>
  )
}
