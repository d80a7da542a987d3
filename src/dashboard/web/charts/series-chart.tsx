import { lazy, Suspense, useState } from 'react'
import type { Deploy, SeriesPoint } from '../../api.ts'
import { Segmented } from '../components/segmented.tsx'
import { UntrustedLine } from '../components/untrusted.tsx'
import { visibleText } from '../format/hidden.ts'
import { numberText } from '../format/number.ts'
import { minuteTime, offsetName } from '../format/time.ts'
import { Broken } from '../shell/broken.tsx'
import { PARTS, sums } from './parts.ts'
import { SeriesTable } from './series-table.tsx'

/** More than these under a chart are a list, not marks. */
const MOST_DEPLOYS = 8

const Bars = lazy(() => import('./bars.tsx'))

export interface SeriesChartProps {
  series: readonly SeriesPoint[]
  deploys: readonly Deploy[]
  label: string
}

/** What ended over time: as bars, or as a table of the same numbers. */
export function SeriesChart({ series, deploys, label }: SeriesChartProps) {
  const [shown, setShown] = useState<'chart' | 'table'>('chart')
  const [at, setAt] = useState<number | undefined>()
  const point = at === undefined ? undefined : series[at]
  const total = sums(point ? [point] : series)
  const table = <SeriesTable series={series} label={label} />
  return (
    <figure className="flex h-full flex-col px-4 pt-3 pb-3">
      <figcaption className="mb-2 flex flex-wrap items-center gap-x-4 gap-y-1 text-xs">
        <ul className="flex flex-wrap gap-x-4 gap-y-1">
          {PARTS.map(({ key, name, fill }) => (
            <li key={key} className="flex items-center gap-1.5">
              <span className={`size-2 rounded-sm ${fill}`} aria-hidden="true" />
              <strong className="font-semibold">{numberText(total[key])}</strong>
              <span className="text-muted">{name}</span>
            </li>
          ))}
        </ul>
        <span className="text-muted">{point ? momentText(point.at) : 'in all'}</span>
        <span className="ml-auto">
          <Segmented
            label="Show as"
            value={shown}
            onChange={setShown}
            choices={[
              { value: 'chart', name: 'Chart' },
              { value: 'table', name: 'Table' },
            ]}
          />
        </span>
      </figcaption>
      {shown === 'table' ? (
        table
      ) : (
        <Broken instead={table}>
          <div
            role="img"
            aria-label={`${label}: ${spoken(sums(series))}. The same as a table: press Table.`}
            className="relative min-h-44 flex-1"
          >
            <Suspense fallback={<div className="skeleton absolute inset-0" />}>
              <Bars series={series} deploys={deploys} onPoint={setAt} />
            </Suspense>
          </div>
        </Broken>
      )}
      {deploys.length > 0 && (
        <ul aria-label="Deploys" className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
          {deploys.slice(-MOST_DEPLOYS).map(({ release, at: started }) => (
            <li key={`${release} ${started}`} className="flex min-w-0 items-center gap-1.5">
              <span className="h-3 w-0 border-l border-dashed border-accent" aria-hidden="true" />
              <span className="max-w-40 truncate font-mono" title={visibleText(release)}>
                <UntrustedLine text={release} />
              </span>
              {momentText(started)}
            </li>
          ))}
        </ul>
      )}
    </figure>
  )
}

function momentText(at: string): string {
  const time = Date.parse(at)
  return `${minuteTime(time)} ${offsetName(time)}`
}

function spoken(total: Record<'completed' | 'retried' | 'failed', number>): string {
  return PARTS.map(({ key, name }) => `${total[key]} ${name}`).join(', ')
}
