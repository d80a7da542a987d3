import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { HandlerRow, Percentiles } from '../../api.ts'
import { metricsQuery } from '../api/queries.ts'
import { SeriesChart } from '../charts/series-chart.tsx'
import { Fact } from '../components/card.tsx'
import { Icon } from '../components/icons.tsx'
import { Failure } from '../components/placeholders.tsx'
import { Badge } from '../components/status.tsx'
import { Cell, Row } from '../components/table.tsx'
import { Untrusted } from '../components/untrusted.tsx'
import { EnqueueButton } from '../enqueue/enqueue-button.tsx'
import { numberText, priorityText, rateText, shareText } from '../format/number.ts'
import { durationText } from '../format/time.ts'
import { SORTS } from './sorts.ts'
import { TrendBars } from './trend-bars.tsx'

export interface HandlerLineProps {
  handler: HandlerRow
  since: string
  open: boolean
  onToggle: () => void
}

/** A handler's numbers, and when it is open, its chart and what is configured. */
export function HandlerLine({ handler, since, open, onToggle }: HandlerLineProps) {
  const { allowed, completed, failed, perMinute, failureShare, wait, run, trend } = handler
  const name = `${handler.class}.${handler.method}`
  return (
    <>
      <Row className={open ? 'border-b-0' : ''}>
        <Cell className="w-full max-w-0 min-w-40">
          <button
            type="button"
            data-open
            aria-expanded={open}
            onClick={onToggle}
            className="flex w-full min-w-0 items-center gap-1.5 text-left font-medium"
          >
            <Icon name="right" className={`size-3.5 text-faint transition-transform ${open ? 'rotate-90' : ''}`} />
            <span className="truncate">
              <Untrusted>{name}</Untrusted>
            </span>
            {!allowed && <Badge tone="wait">not allowed</Badge>}
          </button>
        </Cell>
        <Cell right className="whitespace-nowrap">
          {rateText(perMinute)}
        </Cell>
        <Cell right className="whitespace-nowrap">
          <span className={failed > 0 ? 'font-semibold text-bad' : 'text-muted'}>{shareText(failureShare)}</span>
          {completed + failed > 0 && (
            <span className="block text-xs text-muted">
              {numberText(failed)} of {numberText(completed + failed)}
            </span>
          )}
        </Cell>
        <Cell right className="hidden md:table-cell">
          <PercentilesText percentiles={wait} />
        </Cell>
        <Cell right className="hidden md:table-cell">
          <PercentilesText percentiles={run} />
        </Cell>
        <Cell className="hidden sm:table-cell">
          <TrendBars trend={trend} />
        </Cell>
      </Row>
      {open && (
        <tr className="border-b border-line last:border-0">
          <td colSpan={SORTS.length} className="p-0">
            <Details handler={handler} since={since} />
          </td>
        </tr>
      )}
    </>
  )
}

function PercentilesText({ percentiles: { p50Ms, p95Ms, p99Ms } }: { percentiles: Percentiles }) {
  if (p50Ms === null) return <span className="text-faint">–</span>
  const [p50, p95, p99] = [p50Ms, p95Ms, p99Ms].map((ms) => (ms === null ? '–' : durationText(ms)))
  return (
    <span className="whitespace-nowrap">
      <span className="text-muted">{p50} / </span>
      <strong className="font-semibold">{p95}</strong>
      <span className="text-muted"> / {p99}</span>
    </span>
  )
}

function Details({ handler, since }: { handler: HandlerRow; since: string }) {
  const { class: className, method, defaults, isolation, allowed } = handler
  const { data, error, refetch } = useQuery(metricsQuery({ since, class: className, method }))
  const jobs = (more: string) => `/jobs?filter=${encodeURIComponent(`class:${className} method:${method}${more}`)}`
  return (
    <div className="grid gap-2 bg-sunken/50 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
      <div className="min-w-0">
        {error ? (
          <div className="p-4">
            <Failure what="The chart could not be loaded" error={error} onRetry={refetch} />
          </div>
        ) : data ? (
          <SeriesChart
            series={data.series}
            deploys={data.deploys}
            label={`${className}.${method} in the last ${since}`}
          />
        ) : (
          <div className="skeleton m-4 h-44" />
        )}
      </div>
      <div className="space-y-4 p-4 text-sm">
        <dl className="grid grid-cols-2 gap-x-4 gap-y-3">
          <Fact name="Isolation">{isolation ?? 'not known here'}</Fact>
          <Fact name="Retries">{defaults.retries}</Fact>
          <Fact name="Priority">{priorityText(defaults.priority)}</Fact>
          <Fact name="Queue">
            <Untrusted>{defaults.queue}</Untrusted>
          </Fact>
          <Fact name="Timeout">{defaults.timeoutMs === null ? 'none' : durationText(defaults.timeoutMs)}</Fact>
          <Fact name="Retried attempts">{numberText(handler.retried)}</Fact>
        </dl>
        <p className="flex flex-wrap gap-2">
          {allowed && <EnqueueButton handler={{ class: className, method }} size="small" look="plain" />}
          <Link href={jobs('')} className="page-link h-7! text-xs!">
            Its jobs
          </Link>
          <Link href={jobs(' status:failed')} className="page-link h-7! text-xs!">
            Failed ones
          </Link>
        </p>
      </div>
    </div>
  )
}
