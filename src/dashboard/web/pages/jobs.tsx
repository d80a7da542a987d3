import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { Link, useSearchParams } from 'wouter'
import { JOB_STATUSES, type JobStatus } from '../../../core/job.ts'
import { useRefusal } from '../access.ts'
import { countsQuery, JOBS_A_PAGE, jobsQuery } from '../api/queries.ts'
import { Button } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { copyText } from '../components/copy.tsx'
import { Select } from '../components/fields.tsx'
import { ChoiceMenu } from '../components/menu.tsx'
import { Empty, Failure, SkeletonRows } from '../components/placeholders.tsx'
import { toast } from '../components/toasts.tsx'
import { EnqueueButton } from '../enqueue/enqueue-button.tsx'
import { FilterBar } from '../filter/filter-bar.tsx'
import { listCommand, termOf, withTerm } from '../filter/terms.ts'
import { COLUMNS, storeColumns, storedColumns } from '../jobs/columns.tsx'
import { useHeldRows } from '../jobs/held-rows.ts'
import { JobTable } from '../jobs/job-table.tsx'
import { NoJobs } from '../jobs/no-jobs.tsx'
import { Paging } from '../jobs/paging.tsx'
import { AllMatching, SelectionBar } from '../jobs/selection-bar.tsx'
import { StatusTabs } from '../jobs/status-tabs.tsx'
import { useJobActions } from '../jobs/use-job-actions.ts'
import { openDialog } from '../shell/opened-dialog.ts'
import { Page } from '../shell/page.tsx'

const PRIORITIES = [
  { value: '', name: 'any priority' },
  { value: 'high', name: 'high' },
  { value: 'medium', name: 'medium' },
  { value: 'low', name: 'low' },
]

/** All jobs, filtered. The address holds the filter and the page. */
export default function JobsPage() {
  const [search, setSearch] = useSearchParams()
  const filter = search.get('filter') ?? ''
  const cursor = search.get('cursor')
  const [keys, setKeys] = useState(storedColumns)
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set())
  const actions = useJobActions()
  const refusal = useRefusal()
  // biome-ignore lint/correctness/useExhaustiveDependencies: another filter has other rows
  useEffect(() => setIds(new Set()), [filter, cursor])

  const list = useQuery(jobsQuery(filter, cursor))
  const counts = useQuery(countsQuery(filter))
  const status = statusOf(filter)
  // Running jobs come and go by the second: holding them back would show what has long ended.
  const found = list.isPlaceholderData ? undefined : list.data?.jobs
  const held = useHeldRows(filter, found, cursor === null && status !== 'running')
  const rows = cursor === null && !list.isPlaceholderData ? held.rows : (list.data?.jobs ?? [])
  const selection = { ids, set: setIds }

  const setFilter = (next: string) => setSearch(next === '' ? {} : { filter: next })
  const invalid = list.error?.httpStatus === 400 ? list.error : undefined
  const shown = COLUMNS.filter(({ key }) => keys.includes(key))

  return (
    <Page
      title="Jobs"
      actions={
        <>
          <Button icon="delete" reason={refusal('jobs.clear')} onClick={() => openDialog({ kind: 'clear' })}>
            <span className="max-sm:sr-only">Clear data…</span>
          </Button>
          <EnqueueButton />
        </>
      }
    >
      <div className="mb-3 flex flex-wrap items-start gap-2">
        <FilterBar value={filter} onChange={setFilter} error={invalid && filterError(invalid.body)} />
        <div className="w-34">
          <Select
            aria-label="Priority"
            value={termOf(filter, 'priority') ?? ''}
            onChange={(priority) => setFilter(withTerm(filter, 'priority', priority))}
            choices={withCurrent(termOf(filter, 'priority'))}
          />
        </div>
        <ChoiceMenu
          label="Columns"
          icon="columns"
          choices={COLUMNS.map(({ key, name }) => ({ value: key, name }))}
          chosen={keys}
          onChange={(next) => {
            setKeys(next)
            storeColumns(next)
          }}
        />
        <Button icon="terminal" onClick={() => copyCommand(filter)}>
          <span className="max-lg:sr-only">Copy as CLI</span>
        </Button>
        <AllMatching filter={filter} actions={actions} />
      </div>
      <div className="mb-2 flex min-h-10 flex-wrap items-center justify-between gap-x-4 gap-y-1">
        <StatusTabs
          counts={counts.data}
          chosen={status}
          onChange={(next) => setFilter(withTerm(filter, 'status', next))}
        />
        <NewRows count={cursor === null ? held.fresh : 0} onShow={held.release} />
      </div>
      <div>
        {list.error && !invalid && (
          <div className="mb-3">
            <Failure
              what="The jobs could not be loaded"
              error={list.error}
              onRetry={list.refetch}
              retrying={list.isFetching}
            />
          </div>
        )}
        <Card label="Jobs" className={list.isPlaceholderData ? 'opacity-60' : ''}>
          {rows.length > 0 ? (
            <JobTable jobs={rows} columns={shown} actions={actions} label="Jobs" selection={selection} />
          ) : list.isPending ? (
            <SkeletonRows rows={12} />
          ) : invalid ? (
            <Empty icon="filter" title="This filter cannot be read">
              Mend it above, or look at <Link href="/jobs">all jobs</Link>.
            </Empty>
          ) : (
            list.data && <NoJobs filter={filter} more={list.data.cursor !== null} />
          )}
        </Card>
        <Paging cursor={cursor} next={list.data?.cursor ?? null} filter={filter} />
      </div>
      <SelectionBar jobs={rows} selection={selection} actions={actions} />
    </Page>
  )
}

/** Without the name of the field, which stands above it. */
function filterError({ reason, message }: { reason?: string; message: string }): string {
  const text = reason ?? message
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function statusOf(filter: string): JobStatus | undefined {
  const value = termOf(filter, 'status')
  return JOB_STATUSES.find((status) => status === value)
}

function withCurrent(current: string | undefined) {
  if (current === undefined || PRIORITIES.some(({ value }) => value === current)) return PRIORITIES
  return [...PRIORITIES, { value: current, name: current }]
}

async function copyCommand(filter: string): Promise<void> {
  const command = listCommand(filter)
  if (await copyText(command, 'The command')) toast({ tone: 'good', text: `Copied: ${command}` })
}

function NewRows({ count, onShow }: { count: number; onShow: () => void }) {
  return (
    <div role="status">
      {count > 0 && (
        <button
          type="button"
          onClick={onShow}
          className="h-7 rounded-full bg-accent px-3 text-xs font-semibold text-invert"
        >
          Show {count >= JOBS_A_PAGE ? `${JOBS_A_PAGE}+` : count} new
        </button>
      )}
    </div>
  )
}
