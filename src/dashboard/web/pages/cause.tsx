import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from 'wouter'
import type { CauseDetail } from '../../api.ts'
import { useRefusal } from '../access.ts'
import { causeQuery } from '../api/queries.ts'
import { CauseMore } from '../causes/cause-more.tsx'
import { MutedBadge } from '../causes/cause-table.tsx'
import { Traits } from '../causes/traits.tsx'
import { Button } from '../components/button.tsx'
import { Card, Fact } from '../components/card.tsx'
import { CliLine } from '../components/copy.tsx'
import { Empty, Failure, SkeletonRows } from '../components/placeholders.tsx'
import { Sparkline } from '../components/sparkline.tsx'
import { ErrorView } from '../components/stack.tsx'
import { Ago } from '../components/time.tsx'
import { Untrusted, UntrustedLine } from '../components/untrusted.tsx'
import { useWindow } from '../components/window-choice.tsx'
import { listCommand } from '../filter/terms.ts'
import { counted, countText, numberText } from '../format/number.ts'
import { COLUMNS } from '../jobs/columns.tsx'
import { JobTable } from '../jobs/job-table.tsx'
import { LogLines } from '../jobs/log-lines.tsx'
import { useJobActions } from '../jobs/use-job-actions.ts'
import { openDialog } from '../shell/opened-dialog.ts'
import { Page } from '../shell/page.tsx'

/** One cause of failures: what happened where, what the failures share, and what can be done. */
export default function CausePage() {
  const { fingerprint = '' } = useParams<{ fingerprint: string }>()
  const [since, choice] = useWindow('24h')
  const { data, error, refetch, isFetching } = useQuery(causeQuery(fingerprint, since))
  if (data) return <Contents cause={data} choice={choice} />
  return (
    <Page title="Cause" actions={choice}>
      {error?.httpStatus === 404 ? (
        <Empty icon="search" title={`Nothing has failed by this cause in the last ${since}`}>
          Choose a longer time above, or look at <Link href="/causes">all causes</Link>.
        </Empty>
      ) : error ? (
        <Failure what="This cause could not be loaded" error={error} onRetry={refetch} retrying={isFetching} />
      ) : (
        <SkeletonRows rows={10} />
      )}
    </Page>
  )
}

const SAMPLE_COLUMNS = COLUMNS.filter(({ key }) => ['args', 'attempts', 'finished'].includes(key))

function Contents({ cause, choice }: { cause: CauseDetail; choice: React.ReactNode }) {
  const { name, message, fingerprint, error, frames, traits, samples, logs, retryFilter, retryable, jobId } = cause
  const actions = useJobActions()
  const reason = useRefusal()('jobs.retry')
  const nothing = retryable.count === 0 ? 'None of its jobs stands as failed now.' : undefined
  return (
    <Page
      title={name}
      heading={
        <span className="line-clamp-3">
          <span className="font-mono text-lg text-bad">
            <Untrusted>{name}</Untrusted>
          </span>{' '}
          <UntrustedLine text={message} />
        </span>
      }
      subtitle={
        <>
          <Link href="/causes" className="hover:underline">
            Causes
          </Link>{' '}
          / <span className="font-mono text-xs">{fingerprint}</span> {cause.muted && <MutedBadge muted={cause.muted} />}
        </>
      }
      actions={
        <>
          {choice}
          <Link href={`/jobs?filter=${encodeURIComponent(retryFilter)}`} className="page-link">
            Show the jobs
          </Link>
          <span className="inline-flex items-center gap-2">
            <Button
              look="primary"
              icon="retry"
              reason={reason ?? nothing}
              onClick={() => openDialog({ kind: 'bulk', action: 'retry', filter: retryFilter })}
            >
              Retry {countText(retryable)}…
            </Button>
            <CauseMore cause={cause} />
          </span>
        </>
      }
    >
      <div className="grid gap-5 lg:grid-cols-[minmax(0,5fr)_minmax(0,3fr)] lg:grid-rows-[auto_1fr]">
        <div className="min-w-0 space-y-5">
          <Card
            title="The newest failure"
            aside={
              <Link href={`/jobs/${jobId}`} className="text-xs font-medium text-accent hover:underline">
                Open the job
              </Link>
            }
          >
            <div className="p-4">
              <ErrorView error={error} frames={frames} />
            </div>
          </Card>
          <Card title="Its last log lines">
            {logs.length === 0 ? (
              <p className="px-4 py-4 text-sm text-muted">It logged nothing.</p>
            ) : (
              <LogLines lines={logs.map((line, index) => ({ ...line, number: index + 1 }))} />
            )}
          </Card>
        </div>
        <div className="min-w-0 space-y-5 lg:row-span-2">
          <Facts cause={cause} />
          <Traits traits={traits} />
          <CliLine command={listCommand(retryFilter)} />
        </div>
        <div className="min-w-0 lg:col-start-1">
          <Card title="Samples">
            {samples.length === 0 ? (
              <p className="px-4 py-4 text-sm text-muted">Its jobs have been deleted or run well since.</p>
            ) : (
              <JobTable jobs={samples} columns={SAMPLE_COLUMNS} actions={actions} label="Samples" />
            )}
          </Card>
        </div>
      </div>
    </Page>
  )
}

function Facts({ cause }: { cause: CauseDetail }) {
  const { attempts, jobs, firstAt, lastAt, firstRelease, trend, handlers } = cause
  return (
    <Card title="When and what">
      <div className="space-y-4 p-4 text-sm">
        <Sparkline
          values={trend}
          className="h-10! w-full! text-bad-fill"
          label={`Failures over the time looked at, the newest at the right: ${trend.join(', ')}`}
        />
        <dl className="grid grid-cols-2 gap-x-4 gap-y-3">
          <Fact name="Failures">{countText(attempts)}</Fact>
          <Fact name="Jobs failed for good">{numberText(jobs)}</Fact>
          <Fact name="First in this time">
            <Ago at={firstAt} />
          </Fact>
          <Fact name="Last">
            <Ago at={lastAt} />
          </Fact>
          {firstRelease !== null && (
            <Fact name="Began under release" wide>
              <span className="font-mono text-xs">
                <UntrustedLine text={firstRelease} />
              </span>
            </Fact>
          )}
        </dl>
        <ul aria-label="Handlers">
          {handlers.map((handler) => (
            <li key={`${handler.class}.${handler.method}`} className="flex justify-between gap-3 py-0.5">
              <span className="min-w-0 truncate font-medium">
                <Untrusted>{`${handler.class}.${handler.method}`}</Untrusted>
              </span>
              <span className="text-muted">{counted(handler.attempts, 'failure')}</span>
            </li>
          ))}
        </ul>
      </div>
    </Card>
  )
}
