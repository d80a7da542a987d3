import type { ScheduleRow } from '../../api.ts'
import { Badge } from '../components/status.tsx'
import { Ago } from '../components/time.tsx'
import { Untrusted, UntrustedLine } from '../components/untrusted.tsx'

/** When it comes next; or that it does not, and why. */
export function ScheduleStateText({ schedule }: { schedule: ScheduleRow }) {
  const { state, nextAt, overdueMs, pauseReason, problem } = schedule
  if (state === 'paused') {
    return (
      <>
        <Badge tone="wait" icon="pause">
          paused
        </Badge>
        {pauseReason !== null && (
          <Below>
            <UntrustedLine text={pauseReason} />
          </Below>
        )}
      </>
    )
  }
  if (state === 'over' || nextAt === null) {
    return (
      <>
        <Badge tone="off" icon="idle">
          over
        </Badge>
        <Below>No further moment fits.</Below>
      </>
    )
  }
  if (state === 'overdue') {
    return (
      <>
        <Badge tone="bad" icon="warning">
          overdue
        </Badge>
        {problem && (
          <Below>
            <Untrusted>{problem.text}</Untrusted>
          </Below>
        )}
      </>
    )
  }
  return (
    <>
      {overdueMs !== null && 'due '}
      <Ago at={nextAt} />
      {state === 'no-worker' && (
        <span className="mt-0.5 block">
          <Badge tone="off" icon="idle">
            no worker
          </Badge>
        </span>
      )}
    </>
  )
}

function Below({ children }: { children: React.ReactNode }) {
  return <span className="mt-0.5 block text-xs wrap-anywhere text-muted sm:min-w-36 xl:min-w-44">{children}</span>
}
