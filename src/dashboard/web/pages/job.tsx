import { useQuery } from '@tanstack/react-query'
import { Link, useLocation, useParams } from 'wouter'
import type { JobAction, JobView } from '../../api.ts'
import { useMe, useRefusal } from '../access.ts'
import { jobQuery } from '../api/queries.ts'
import { Button } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { CliLine } from '../components/copy.tsx'
import { JsonView } from '../components/json-view.tsx'
import { Empty, Failure, SkeletonRows } from '../components/placeholders.tsx'
import { StatusBadge } from '../components/status.tsx'
import { Untrusted } from '../components/untrusted.tsx'
import { ACTIONS } from '../jobs/actions.ts'
import { Attempts } from '../jobs/attempts.tsx'
import { JobFacts } from '../jobs/job-facts.tsx'
import { JobHistory } from '../jobs/job-history.tsx'
import { JobLog } from '../jobs/job-log.tsx'
import { Progress } from '../jobs/progress.tsx'
import { useJobActions } from '../jobs/use-job-actions.ts'
import { Why } from '../jobs/why.tsx'
import { openDialog } from '../shell/opened-dialog.ts'
import { Page } from '../shell/page.tsx'

/** One job: what it is, why it is so, what its attempts came to. */
export default function JobPage() {
  const { id = '' } = useParams<{ id: string }>()
  const { data, error, refetch, isFetching } = useQuery(jobQuery(id))
  if (data) return <Contents view={data} {...(error ? { problem: <Problem /> } : {})} />
  if (error?.httpStatus === 404) {
    return (
      <Page title="Job">
        <Empty icon="search" title="There is no such job" command={`npx offstage jobs show ${id.slice(0, 60)}`}>
          It was deleted, or removed because its time of keeping is over. <Link href="/jobs">All jobs</Link>
        </Empty>
      </Page>
    )
  }
  return <Page title="Job">{error ? <Problem /> : <SkeletonRows rows={10} />}</Page>

  function Problem() {
    return error ? (
      <Failure what="This job could not be loaded" error={error} onRetry={refetch} retrying={isFetching} />
    ) : null
  }
}

function Contents({ view, problem }: { view: JobView; problem?: React.ReactNode }) {
  const { job, attempts, why, fingerprint, cli } = view
  const me = useMe()
  const name = `${job.class}.${job.method}`
  return (
    <Page
      title={name}
      heading={
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <Untrusted>{name}</Untrusted> <StatusBadge status={job.status} reason={job.reason} />
        </span>
      }
      subtitle={
        <>
          <Link href="/jobs" className="hover:underline">
            Jobs
          </Link>{' '}
          / <span className="font-mono text-xs">{job.id.slice(0, 8)}</span>
        </>
      }
      actions={<JobButtons view={view} name={name} />}
    >
      {problem && <div className="mb-4">{problem}</div>}
      <div className="grid gap-5 lg:grid-cols-[minmax(0,5fr)_minmax(0,3fr)]">
        <div className="min-w-0 space-y-5">
          <Why why={why} job={job} fingerprint={fingerprint} />
          {job.progress !== null && <Progress progress={job.progress} status={job.status} />}
          <Attempts attempts={attempts} job={job} />
          {me?.features.logs !== false && <JobLog job={job} attempts={attempts} />}
        </div>
        <div className="min-w-0 space-y-5">
          <JobFacts view={view} />
          <Card title="Arguments">
            <div className="p-4">
              <JsonView value={job.args} label="Arguments" />
              {job.cut && <p className="mt-2 text-xs text-muted">Shortened: what is longer ends in …</p>}
            </div>
          </Card>
          {job.status === 'completed' && (
            <Card title="Result">
              <div className="p-4">
                {job.result === null ? (
                  <p className="text-sm text-muted">It returned nothing.</p>
                ) : (
                  <JsonView value={job.result} label="Result" />
                )}
              </div>
            </Card>
          )}
          <JobHistory id={job.id} />
          <CliLine command={cli.startsWith('npx ') ? cli : `npx ${cli}`} />
        </div>
      </div>
    </Page>
  )
}

function JobButtons({ view, name }: { view: JobView; name: string }) {
  const { job } = view
  const actions = useJobActions()
  const refusal = useRefusal()
  const me = useMe()
  const [, navigate] = useLocation()
  const main: JobAction | undefined = view.actions.find((action) => action === 'retry' || action === 'run-now')
  return (
    <>
      {view.actions.map((action) => (
        <Button
          key={action}
          icon={ACTIONS[action].icon}
          look={action === main ? 'primary' : 'plain'}
          reason={actions.reason(action)}
          busy={actions.busy && action === main}
          onClick={() => actions.one(action, job.id, name, action === 'delete' ? () => navigate('/jobs') : undefined)}
        >
          {ACTIONS[action].name}
        </Button>
      ))}
      {me?.features.enqueue && (
        <Button
          icon="edit"
          reason={refusal('jobs.enqueue')}
          onClick={() => openDialog({ kind: 'enqueue', copyOf: job })}
        >
          Edit a copy
        </Button>
      )}
    </>
  )
}
