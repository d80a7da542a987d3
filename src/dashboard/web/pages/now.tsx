import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { Now } from '../../api.ts'
import { nowQuery } from '../api/queries.ts'
import { CauseTable } from '../causes/cause-table.tsx'
import { SeriesChart } from '../charts/series-chart.tsx'
import { Card } from '../components/card.tsx'
import { Empty, Failure } from '../components/placeholders.tsx'
import { EnqueueButton } from '../enqueue/enqueue-button.tsx'
import { HealthStrip } from '../now/health-strip.tsx'
import { NowSkeleton } from '../now/now-skeleton.tsx'
import { StatusCards } from '../now/status-cards.tsx'
import { Verdict } from '../now/verdict.tsx'
import { Page } from '../shell/page.tsx'

/** The page to land on: is it well, and if not, why. */
export default function NowPage() {
  const { data, error, refetch, isFetching } = useQuery(nowQuery)
  return (
    <Page title="Now" actions={<EnqueueButton />}>
      <div className="space-y-5">
        {error && (
          <Failure what="This page could not be loaded" error={error} onRetry={refetch} retrying={isFetching} />
        )}
        {data ? <Contents now={data} /> : !error && <NowSkeleton />}
      </div>
    </Page>
  )
}

function Contents({ now }: { now: Now }) {
  const { causes, counts, series, deploys, queues, workers } = now
  return (
    <>
      <Verdict now={now} />
      <StatusCards counts={counts} />
      <Card
        title="Causes of failures"
        aside={
          <Link href="/causes" className="text-xs font-medium text-accent hover:underline">
            All causes
          </Link>
        }
      >
        {causes.length > 0 ? (
          <CauseTable causes={causes} label="Causes of failures" />
        ) : (
          <Empty icon="completed" title="Nothing has failed in the last 24 hours">
            When jobs fail, they stand here grouped by what caused it, with a way to retry them.
          </Empty>
        )}
      </Card>
      <div className="grid gap-5 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <Card title="Last hour" aside={<span className="text-xs text-muted">jobs and attempts a minute</span>}>
          <SeriesChart series={series} deploys={deploys} label="What ended in the last hour" />
        </Card>
        <HealthStrip queues={queues} workers={workers} />
      </div>
    </>
  )
}
