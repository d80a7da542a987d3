import { Link } from 'wouter'
import type { AttemptView, JobRow } from '../../api.ts'
import { Card } from '../components/card.tsx'
import { Icon, type IconName } from '../components/icons.tsx'
import { ErrorView } from '../components/stack.tsx'
import { Badge, type Tone } from '../components/status.tsx'
import { Ago, Since } from '../components/time.tsx'
import { Untrusted, UntrustedLine } from '../components/untrusted.tsx'
import { durationText } from '../format/time.ts'
import { attemptsText } from './columns.tsx'

const OUTCOMES: Record<string, { tone: Tone; icon: IconName }> = {
  completed: { tone: 'good', icon: 'completed' },
  failed: { tone: 'bad', icon: 'failed' },
  crashed: { tone: 'bad', icon: 'failed' },
  timed_out: { tone: 'bad', icon: 'pending' },
  cancelled: { tone: 'off', icon: 'cancelled' },
  snoozed: { tone: 'wait', icon: 'idle' },
}

/** Every attempt, the newest first, with what went wrong in it. */
export function Attempts({ attempts, job }: { attempts: readonly AttemptView[]; job: JobRow }) {
  return (
    <Card title="Attempts" aside={<span className="text-sm text-muted">{attemptsText(job)}</span>}>
      {attempts.length === 0 ? (
        <p className="px-4 py-4 text-sm text-muted">It has not been started yet.</p>
      ) : (
        <ol className="divide-y divide-line">
          {attempts.toReversed().map((attempt, index) => (
            <li key={attempt.attempt}>
              <Attempt attempt={attempt} open={index === 0} />
            </li>
          ))}
        </ol>
      )}
    </Card>
  )
}

function Attempt({ attempt, open }: { attempt: AttemptView; open: boolean }) {
  const { attempt: number, outcome, workerId, release, startedAt, finishedAt, durationMs, error, frames } = attempt
  const { tone, icon } = OUTCOMES[outcome ?? ''] ?? { tone: finishedAt === null ? 'busy' : 'off', icon: 'running' }
  return (
    <details open={open} className="group">
      <summary className="flex list-none flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5 text-sm outline-offset-[-2px] hover:bg-hover">
        <Icon name="right" className="size-3.5 text-faint transition-transform group-open:rotate-90" />
        <span className="font-semibold">Attempt {number}</span>
        <Badge tone={tone} icon={icon} turning={finishedAt === null}>
          {finishedAt === null ? 'running' : (outcome ?? 'ended').replace('_', ' ')}
        </Badge>
        {error && (
          <span className="min-w-0 flex-1 basis-40 truncate text-xs text-muted group-open:invisible">
            <UntrustedLine text={error.message} />
          </span>
        )}
        <span className="ml-auto text-xs whitespace-nowrap text-muted">
          {durationMs === null ? finishedAt === null && <Since at={startedAt} /> : durationText(durationMs)} ·{' '}
          <Ago at={startedAt} />
        </span>
      </summary>
      <div className="px-4 pt-1 pb-4">
        {workerId !== null && (
          <p className="mb-3 text-xs text-muted">
            on worker{' '}
            <Link
              href={`/jobs?filter=${encodeURIComponent(`worker:${workerId}`)}`}
              className="font-mono wrap-anywhere hover:underline"
            >
              <Untrusted>{workerId}</Untrusted>
            </Link>
            {release !== null && (
              <>
                , release{' '}
                <span className="font-mono">
                  <UntrustedLine text={release} />
                </span>
              </>
            )}
          </p>
        )}
        {error ? (
          <ErrorView error={error} frames={frames} />
        ) : (
          <p className="text-sm text-muted">{finishedAt === null ? 'It runs now.' : 'It ended without an error.'}</p>
        )}
      </div>
    </details>
  )
}
