import { Link } from 'wouter'
import type { JobRow } from '../../api.ts'
import { StatusBadge } from '../components/status.tsx'
import { Cell, Head, Row, Table } from '../components/table.tsx'
import { Ago } from '../components/time.tsx'
import { Untrusted, UntrustedLine } from '../components/untrusted.tsx'
import { visibleText } from '../format/hidden.ts'
import { attemptsText, type Column } from './columns.tsx'
import { RowMenu } from './job-actions.tsx'
import type { JobActions } from './use-job-actions.ts'

export interface JobTableProps {
  jobs: readonly JobRow[]
  columns: readonly Column[]
  actions: JobActions
  label: string
  /** Without it, rows cannot be selected. */
  selection?: Selection
}

export interface Selection {
  ids: ReadonlySet<string>
  set: (ids: ReadonlySet<string>) => void
}

/** Jobs as rows. On a narrow screen, what the columns say stands below the name. */
export function JobTable({ jobs, columns, actions, label, selection }: JobTableProps) {
  return (
    <Table label={label}>
      <Head
        columns={[
          ...(selection
            ? [{ key: 'select', name: <SelectAll jobs={jobs} selection={selection} />, className: 'w-10' }]
            : []),
          { key: 'status', name: 'Status', className: 'hidden md:table-cell' },
          { key: 'job', name: 'Job' },
          ...columns.map(({ key, name, right }) => ({
            key,
            name,
            className: 'hidden md:table-cell',
            ...(right ? { right } : {}),
          })),
          { key: 'act', name: <span className="sr-only">Actions</span>, className: 'w-12' },
        ]}
      />
      <tbody>
        {jobs.map((job) => (
          <Row key={job.id} selected={selection?.ids.has(job.id) ?? false}>
            {selection && (
              <Cell>
                <Select job={job} selection={selection} />
              </Cell>
            )}
            <Cell className="hidden md:table-cell">
              <StatusBadge status={job.status} reason={job.reason} />
            </Cell>
            <Cell className="w-full max-w-0 min-w-44">
              <JobName job={job} />
            </Cell>
            {columns.map(({ key, right, cell }) => (
              <Cell
                key={key}
                {...(right ? { right } : {})}
                className="hidden whitespace-nowrap text-muted md:table-cell"
              >
                {cell(job)}
              </Cell>
            ))}
            <Cell right className="py-1!">
              <RowMenu job={job} actions={actions} />
            </Cell>
          </Row>
        ))}
      </tbody>
    </Table>
  )
}

/** Class and method, and below it the first line of the error. */
function JobName({ job }: { job: JobRow }) {
  return (
    <>
      <Link href={`/jobs/${job.id}`} data-open className="block truncate font-medium hover:underline">
        <Untrusted>{job.class}</Untrusted>
        <span className="text-muted">.</span>
        <Untrusted>{job.method}</Untrusted>
      </Link>
      {job.errorLine !== null && (
        <p className="truncate text-xs text-bad" title={visibleText(job.errorLine)}>
          <UntrustedLine text={job.errorLine} />
        </p>
      )}
      <p className="mt-1 flex flex-wrap items-center gap-x-2.5 gap-y-1 text-xs text-muted md:hidden">
        <StatusBadge status={job.status} reason={job.reason} />
        <span>{attemptsText(job)}</span>
        <Ago at={job.finishedAt ?? job.startedAt ?? job.createdAt} />
      </p>
    </>
  )
}

function SelectAll({ jobs, selection }: { jobs: readonly JobRow[]; selection: Selection }) {
  const selected = jobs.filter(({ id }) => selection.ids.has(id)).length
  const all = jobs.length > 0 && selected === jobs.length
  return (
    <input
      type="checkbox"
      className="check block"
      aria-label="Select all on this page"
      checked={all}
      ref={(input) => {
        if (input) input.indeterminate = selected > 0 && !all
      }}
      onChange={() => selection.set(all ? new Set() : new Set(jobs.map(({ id }) => id)))}
    />
  )
}

function Select({ job, selection }: { job: JobRow; selection: Selection }) {
  const selected = selection.ids.has(job.id)
  return (
    <input
      type="checkbox"
      data-select
      className="check block"
      aria-label={`Select ${job.class}.${job.method} ${job.id}`}
      checked={selected}
      onChange={() => {
        const ids = new Set(selection.ids)
        if (selected) ids.delete(job.id)
        else ids.add(job.id)
        selection.set(ids)
      }}
    />
  )
}
