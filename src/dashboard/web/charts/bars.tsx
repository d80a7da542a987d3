import 'uplot/dist/uPlot.min.css'
import { useEffect, useRef, useSyncExternalStore } from 'react'
import uPlot from 'uplot'
import type { Deploy, SeriesPoint } from '../../api.ts'
import { minuteTime } from '../format/time.ts'
import { useValue } from '../live/value.ts'
import { theme } from '../theme/theme.ts'
import { PARTS, stacked } from './parts.ts'

export interface BarsProps {
  series: readonly SeriesPoint[]
  deploys: readonly Deploy[]
  /** The bar under the pointer, by its place; undefined when there is none. */
  onPoint: (index: number | undefined) => void
}

/** Bars on a canvas: thousands of points cost nothing, and no style is written into the page's HTML. */
export default function Bars({ series, deploys, onPoint }: BarsProps) {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(undefined)
  const latest = useRef(series)
  latest.current = series
  const marks = useRef(deploys)
  marks.current = deploys
  // A canvas does not follow the theme by itself.
  const shownTheme = useColourScheme(useValue(theme))

  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme needs another drawing
  useEffect(() => {
    const element = place.current
    if (!element) return
    const drawn = new uPlot(options(element, onPoint, marks), data(latest.current), element)
    plot.current = drawn
    const resized = new ResizeObserver(() => {
      drawn.setSize({ width: element.clientWidth, height: element.clientHeight })
    })
    resized.observe(element)
    return () => {
      resized.disconnect()
      drawn.destroy()
      plot.current = undefined
    }
  }, [onPoint, shownTheme])

  useEffect(() => {
    plot.current?.setData(data(series))
  }, [series])

  return <div ref={place} className="absolute inset-0" />
}

const dark = matchMedia('(prefers-color-scheme: dark)')

/** What the theme comes to: "system" changes with the system. */
function useColourScheme(chosen: string): string {
  const systemIsDark = useSyncExternalStore(
    (changed) => {
      dark.addEventListener('change', changed)
      return () => dark.removeEventListener('change', changed)
    },
    () => dark.matches,
  )
  return chosen === 'system' ? String(systemIsDark) : chosen
}

function data(series: readonly SeriesPoint[]): uPlot.AlignedData {
  return stacked(series)
}

function options(
  element: HTMLElement,
  onPoint: BarsProps['onPoint'],
  marks: { readonly current: readonly Deploy[] },
): uPlot.Options {
  const token = (name: string) => colourOf(element, name)
  const bars = uPlot.paths.bars?.({ size: [0.72, 14], radius: 0.15 })
  const axis = { stroke: token('--faint'), font: '11px system-ui, sans-serif', ticks: { show: false } }
  return {
    width: element.clientWidth,
    height: element.clientHeight,
    legend: { show: false },
    // At the right, room for half of the last time on the axis.
    padding: [8, 16, 0, 0],
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    scales: {
      // A bar stands around its moment: the first and the last need half a step of room.
      x: { range: (plot, least, most) => [least - stepOf(plot) / 2, most + stepOf(plot) / 2] },
      y: { range: (_, __, most) => [0, Math.max(4, most * 1.05)] },
    },
    axes: [
      { ...axis, size: 30, grid: { show: false }, values: (_, times) => times.map((time) => minuteTime(time * 1000)) },
      {
        ...axis,
        size: 44,
        grid: { stroke: token('--line'), width: 1 },
        values: (_, values) => values.map((value) => (Number.isInteger(value) ? short(value) : '')),
      },
    ],
    series: [
      {},
      ...PARTS.map(({ name, token: colour }) => ({
        label: name,
        fill: token(colour),
        width: 0,
        points: { show: false },
        ...(bars ? { paths: bars } : {}),
      })),
    ],
    hooks: {
      setCursor: [({ cursor }) => onPoint(cursor.idx ?? undefined)],
      draw: [(plot) => drawMarks(plot, marks.current, token('--accent'))],
    },
  }
}

/** How far apart two bars are, in seconds. */
function stepOf({ data: [times] }: uPlot): number {
  return (times[1] ?? 0) - (times[0] ?? 0) || 60
}

/** A dashed line where another release was started. */
function drawMarks(plot: uPlot, deploys: readonly Deploy[], colour: string): void {
  const { ctx, bbox } = plot
  ctx.save()
  ctx.strokeStyle = colour
  ctx.lineWidth = devicePixelRatio
  ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio])
  for (const { at } of deploys) {
    // The axis ends where the last bar begins, and what was just started is later than that.
    const x = Math.min(Math.round(plot.valToPos(Date.parse(at) / 1000, 'x', true)), bbox.left + bbox.width)
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
  }
  ctx.restore()
}

/** A canvas knows no variables: the colour as the browser resolves it. */
function colourOf(element: HTMLElement, name: string): string {
  const probe = document.createElement('span')
  probe.style.color = `var(${name})`
  element.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}

function short(value: number): string {
  if (value >= 1e6) return `${value / 1e6}M`
  return value >= 1000 ? `${value / 1000}k` : String(value)
}
