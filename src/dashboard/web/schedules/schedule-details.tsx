import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { formatFilter } from '../../../core/filter-text.ts'
import type { ScheduleJob, ScheduleRow, ScheduleView } from '../../api.ts'
import { scheduleQuery } from '../api/queries.ts'
import { Fact } from '../components/card.tsx'
import { Icon } from '../components/icons.tsx'
import { JsonView } from '../components/json-view.tsx'
import { Failure } from '../components/placeholders.tsx'
import { StatusBadge } from '../components/status.tsx'
import { Ago } from '../components/time.tsx'
import { Untrusted } from '../components/untrusted.tsx'
import { WithCode } from '../components/with-code.tsx'
import { exactTime, zonedTime } from '../format/time.ts'
import { RemoveSchedule } from './schedule-actions.tsx'
import { SOURCES } from './sources.ts'

export interface ScheduleDetailsProps {
  schedule: ScheduleRow
  onRemoved: () => void
}

/** What keeps it from its slots, what they are, what has become of those before, and what its jobs get. */
export function ScheduleDetails({ schedule, onRemoved }: ScheduleDetailsProps) {
  const { name, state, problem } = schedule
  const { data, error, refetch } = useQuery(scheduleQuery(name))
  const jobs = `/jobs?filter=${encodeURIComponent(formatFilter({ tag: `schedule:${name}` }))}`
  return (
    <div className="space-y-4 bg-sunken/50 p-4 text-sm">
      {problem && (
        <p className="flex items-start gap-2 rounded-lg border border-line bg-surface px-3 py-2">
          <Icon name="warning" className={`mt-0.5 size-4 ${state === 'overdue' ? 'text-bad' : 'text-muted'}`} />
          <span className="min-w-0 wrap-anywhere">
            <WithCode>{problem.remedy}</WithCode>
          </span>
        </p>
      )}
      {error && <Failure what="The schedule could not be loaded" error={error} onRetry={refetch} />}
      {data ? <Facts view={data} /> : !error && <div className="skeleton h-36" />}
      <p className="flex flex-wrap gap-2">
        <Link href={jobs} className="page-link h-7! text-xs!">
          Its jobs
        </Link>
        <RemoveSchedule schedule={schedule} onRemoved={onRemoved} />
      </p>
    </div>
  )
}

function Facts({ view }: { view: ScheduleView }) {
  const { args, cut, options, jobs, cron, missed, overlap, source } = view
  return (
    <div className="grid gap-x-8 gap-y-4 md:grid-cols-2 xl:grid-cols-3">
      <Part name={view.state === 'paused' ? 'Next, if it went on now' : 'Next'}>
        <Slots view={view} />
      </Part>
      <Part name="Latest jobs">
        {jobs.length === 0 ? (
          <p className="text-muted">None that is kept.</p>
        ) : (
          <ul className="space-y-1">
            {jobs.map((job) => (
              <li key={job.id}>
                <JobLine job={job} />
              </li>
            ))}
          </ul>
        )}
      </Part>
      <Part name="What it enqueues">
        <JsonView value={args} label="Arguments" />
        {cut && <p className="mt-1 text-xs text-muted">Shortened: what is longer ends in …</p>}
        <dl className="mt-3 grid grid-cols-2 gap-x-4 gap-y-3">
          {Object.entries(options).map(([option, value]) => (
            <Fact key={option} name={OPTIONS[option] ?? option}>
              <Untrusted>{optionText(value)}</Untrusted>
            </Fact>
          ))}
          <Fact name="Missed slots">{MISSED[missed]}</Fact>
          <Fact name="While the last job is open">{OVERLAPS[overlap]}</Fact>
          <Fact name="Cron">
            <span className="font-mono text-xs">
              <Untrusted>{cron}</Untrusted>
            </span>
          </Fact>
          <Fact name="Source">{SOURCES[source]}</Fact>
        </dl>
      </Part>
    </div>
  )
}

const OPTIONS: Readonly<Record<string, string>> = {
  priority: 'Priority',
  retries: 'Retries',
  backoff: 'Backoff',
  timeout: 'Timeout',
  onCrash: 'On a crash',
  expiresIn: 'Expires in',
  queue: 'Queue',
  tags: 'Tags',
  unique: 'Unique',
}

function optionText(value: unknown): string {
  if (Array.isArray(value)) return value.join(', ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}

const MISSED: Record<ScheduleRow['missed'], string> = {
  once: 'the last one is made up for',
  all: 'all are made up for',
  skip: 'are left out',
}
const OVERLAPS: Record<ScheduleRow['overlap'], string> = {
  allow: 'slots come all the same',
  skip: 'slots are left out',
}

function Slots({ view: { next, timezone } }: { view: ScheduleView }) {
  if (next.length === 0) return <p className="text-muted">No further moment fits its expression.</p>
  return (
    <>
      <ul className="max-w-80 space-y-1">
        {next.map((at) => (
          <li key={at} className="flex items-baseline justify-between gap-4">
            <span title={exactTime(Date.parse(at))} className="tabular-nums">
              {zonedTime(Date.parse(at), timezone)}
            </span>
            <span className="text-xs text-muted">
              <Ago at={at} />
            </span>
          </li>
        ))}
      </ul>
      <p className="mt-1.5 text-xs text-muted">
        By the clock of <Untrusted>{timezone}</Untrusted>
      </p>
    </>
  )
}

function JobLine({ job: { id, status, reason, createdAt } }: { job: ScheduleJob }) {
  return (
    <Link href={`/jobs/${id}`} className="inline-flex max-w-full items-center gap-2 rounded-full hover:opacity-80">
      <StatusBadge status={status} reason={reason} />
      <span className="text-xs text-muted">
        <Ago at={createdAt} />
      </span>
    </Link>
  )
}

function Part({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <section className="min-w-0">
      <h3 className="mb-2 text-xs font-medium text-muted">{name}</h3>
      {children}
    </section>
  )
}
