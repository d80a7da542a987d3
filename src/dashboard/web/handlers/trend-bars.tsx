import type { HandlerRow } from '../../api.ts'

const WIDTH = 96
const HEIGHT = 24

/** Completed above failed, the newest at the right. */
export function TrendBars({ trend }: { trend: HandlerRow['trend'] }) {
  const most = Math.max(1, ...trend.map(({ completed, failed }) => completed + failed))
  const step = WIDTH / Math.max(1, trend.length)
  const completed = trend.reduce((sum, each) => sum + each.completed, 0)
  const failed = trend.reduce((sum, each) => sum + each.failed, 0)
  return (
    <svg
      role="img"
      aria-label={`${completed} completed and ${failed} failed over the time looked at`}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      className="h-6 w-24"
    >
      <path d={`M0 ${HEIGHT - 0.5}H${WIDTH}`} className="stroke-line-strong" strokeWidth="1" />
      <path d={path((each) => each.completed + each.failed)} className="fill-good-fill" />
      <path d={path((each) => each.failed)} className="fill-bad-fill" />
    </svg>
  )

  function path(height: (each: HandlerRow['trend'][number]) => number): string {
    return trend
      .map((each, index) => {
        const value = height(each)
        if (value <= 0) return ''
        const tall = Math.max(1.5, (value / most) * (HEIGHT - 1)).toFixed(1)
        return `M${(index * step).toFixed(1)} ${HEIGHT}v-${tall}h${(step - 1).toFixed(1)}V${HEIGHT}z`
      })
      .join('')
  }
}
