export interface SparklineProps {
  values: readonly number[]
  /** What it shows, for whoever does not see it. */
  label: string
  className?: string
}

const WIDTH = 96
const HEIGHT = 24

/** Bars, the newest at the right, scaled to the largest. */
export function Sparkline({ values, label, className = 'text-bad-fill' }: SparklineProps) {
  const most = Math.max(1, ...values)
  const step = WIDTH / Math.max(1, values.length)
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      className={`h-6 w-24 shrink-0 ${className}`}
      preserveAspectRatio="none"
    >
      <path d={`M0 ${HEIGHT - 0.5}H${WIDTH}`} className="stroke-line-strong" strokeWidth="1" />
      <path d={barsPath(values, most, step)} fill="currentColor" />
    </svg>
  )
}

function barsPath(values: readonly number[], most: number, step: number): string {
  const gap = step > 3 ? 1 : 0
  return values
    .map((value, index) => {
      if (value <= 0) return ''
      // What happened once must be seen beside what happened a thousand times.
      const height = Math.max(2, (value / most) * (HEIGHT - 1))
      return `M${(index * step).toFixed(1)} ${HEIGHT}v${(-height).toFixed(1)}h${(step - gap).toFixed(1)}V${HEIGHT}z`
    })
    .join('')
}
