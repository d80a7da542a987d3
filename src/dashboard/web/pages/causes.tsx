import { useQuery } from '@tanstack/react-query'
import { causesQuery } from '../api/queries.ts'
import { CauseTable } from '../causes/cause-table.tsx'
import { Card } from '../components/card.tsx'
import { Empty, Failure, SkeletonRows } from '../components/placeholders.tsx'
import { useWindow } from '../components/window-choice.tsx'
import { Page } from '../shell/page.tsx'

/** Failures grouped by what caused them. */
export default function CausesPage() {
  const [since, choice] = useWindow('24h')
  const { data, error, refetch, isFetching } = useQuery(causesQuery(since))
  return (
    <Page
      title="Causes"
      subtitle="Failures with the same message and the same first frame of your own code belong together."
      actions={choice}
    >
      {error && (
        <div className="mb-4">
          <Failure what="The causes could not be loaded" error={error} onRetry={refetch} retrying={isFetching} />
        </div>
      )}
      <Card label="Causes">
        {data && data.causes.length > 0 ? (
          <CauseTable causes={data.causes} label="Causes" />
        ) : data ? (
          <Empty icon="completed" title={`Nothing has failed in the last ${since}`}>
            Look further back with the choice above, if you look for something older.
          </Empty>
        ) : (
          !error && <SkeletonRows />
        )}
      </Card>
    </Page>
  )
}
