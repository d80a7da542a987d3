import { lazy, Suspense, useState } from 'react'
import type { SeriesPoint } from '../../api.ts'
import { Segmented } from '../components/segmented.tsx'
import { numberText } from '../format/number.ts'
import { minuteTime, offsetName } from '../format/time.ts'
import { Broken } from '../shell/broken.tsx'
import { PARTS, sums } from './parts.ts'
import { SeriesTable } from './series-table.tsx'

const Bars = lazy(() => import('./bars.tsx'))

/** What ended over time: as bars, or as a table of the same numbers. */
export function SeriesChart({ series, label }: { series: readonly SeriesPoint[]; label: string }) {
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
              <Bars series={series} onPoint={setAt} />
            </Suspense>
          </div>
        </Broken>
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
