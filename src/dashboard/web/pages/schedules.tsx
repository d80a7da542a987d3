import { useQuery } from '@tanstack/react-query'
import { useSearchParams } from 'wouter'
import type { ScheduleRow } from '../../api.ts'
import { schedulesQuery } from '../api/queries.ts'
import { Card } from '../components/card.tsx'
import { Failure, SkeletonRows } from '../components/placeholders.tsx'
import { Head, Table } from '../components/table.tsx'
import { COLUMNS } from '../schedules/columns.tsx'
import { NoSchedules } from '../schedules/no-schedules.tsx'
import { ScheduleLine } from '../schedules/schedule-line.tsx'
import { Page } from '../shell/page.tsx'

/** What is enqueued by the clock: when next, what became of it last, and whether anything keeps it from that. */
export default function SchedulesPage() {
  const [search, setSearch] = useSearchParams()
  const opened = search.get('open')
  const { data, error, refetch, isFetching } = useQuery(schedulesQuery)
  return (
    <Page title="Schedules" subtitle="What is enqueued by the clock, when next, and what became of it last.">
      {error && (
        <div className="mb-4">
          <Failure what="The schedules could not be loaded" error={error} onRetry={refetch} retrying={isFetching} />
        </div>
      )}
      <Card label="Schedules">
        {data && data.schedules.length > 0 ? (
          <Table label="Schedules">
            <Head columns={COLUMNS} />
            <tbody>
              {lateFirst(data.schedules).map((schedule) => {
                const open = opened === schedule.name
                return (
                  <ScheduleLine
                    key={schedule.name}
                    schedule={schedule}
                    open={open}
                    onToggle={() => setSearch(open ? {} : { open: schedule.name }, { replace: true })}
                  />
                )
              })}
            </tbody>
          </Table>
        ) : data ? (
          <NoSchedules />
        ) : (
          !error && <SkeletonRows />
        )}
      </Card>
    </Page>
  )
}

function lateFirst(schedules: readonly ScheduleRow[]): ScheduleRow[] {
  const [late = [], others = []] = [true, false].map((isLate) =>
    schedules.filter(({ state }) => (state === 'overdue') === isLate),
  )
  return [...late, ...others]
}
