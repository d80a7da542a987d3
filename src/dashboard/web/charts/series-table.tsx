import type { SeriesPoint } from '../../api.ts'
import { Scroller } from '../components/scroller.tsx'
import { Head } from '../components/table.tsx'
import { numberText } from '../format/number.ts'
import { minuteTime, offsetName } from '../format/time.ts'

/** The numbers of a chart, the newest first; moments in which nothing ended are left out. */
export function SeriesTable({ series, label }: { series: readonly SeriesPoint[]; label: string }) {
  const points = series
    .filter(({ completed, failed, retried, cancelled }) => completed + failed + retried + cancelled > 0)
    .toReversed()
  const zone = offsetName(Date.parse(series.at(-1)?.at ?? new Date().toISOString()))
  return (
    <Scroller label={label} className="h-44 overflow-y-auto rounded-lg border border-line">
      <table className="w-full text-sm">
        <Head
          columns={[
            { key: 'at', name: `Time (${zone})` },
            { key: 'completed', name: 'Completed', right: true },
            { key: 'retried', name: 'Retried', right: true },
            { key: 'failed', name: 'Failed', right: true },
            { key: 'cancelled', name: 'Cancelled', right: true },
          ]}
        />
        <tbody>
          {points.map((point) => (
            <tr key={point.at} className="border-b border-line last:border-0">
              <th scope="row" className="px-4 py-1 text-left font-normal">
                {minuteTime(Date.parse(point.at))}
              </th>
              {[point.completed, point.retried, point.failed, point.cancelled].map((value, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: four columns that do not move
                <td key={index} className="px-3 py-1 text-right last:pr-4">
                  {numberText(value)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {points.length === 0 && <p className="px-4 py-3 text-sm text-muted">Nothing has ended in this time.</p>}
    </Scroller>
  )
}
